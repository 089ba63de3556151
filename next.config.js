import path from 'node:path';

const isDev = process.env.NODE_ENV === 'development';

/** Pages may load nothing from elsewhere. Next's own inline scripts need `unsafe-inline`; its dev server needs `eval`. */
const contentPolicy = [
  "default-src 'self'",
  `script-src 'self' 'unsafe-inline'${isDev ? " 'unsafe-eval'" : ''}`,
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  `connect-src 'self'${isDev ? ' ws:' : ''}`,
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** @type {import('next').NextConfig} */
export default {
  // Loaded by Node as they are: native parts, dynamic requires.
  serverExternalPackages: [
    'onnxruntime-node',
    'sharp',
    'fluent-ffmpeg',
    'pg',
    'pino',
    '@prisma/adapter-libsql',
    '@prisma/client',
    '@libsql/client',
    'libsql',
  ],
  // The image route would fetch what it is told to; we have no use for it.
  images: { unoptimized: true },
  poweredByHeader: false,
  reactStrictMode: true,
  turbopack: { root: path.resolve(import.meta.dirname) },
  // `npm test` checks the types; a newcomer's first start should not wait for it.
  typescript: { ignoreBuildErrors: true },
  async headers() {
    const everywhere = [
      { key: 'X-Content-Type-Options', value: 'nosniff' },
      { key: 'Referrer-Policy', value: 'no-referrer' },
      { key: 'Cross-Origin-Resource-Policy', value: 'same-origin' },
      { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
    ];
    return [
      { source: '/:path*', headers: everywhere },
      // Files people uploaded have a stricter policy of their own.
      { source: '/((?!api/).*)', headers: [{ key: 'Content-Security-Policy', value: contentPolicy }] },
    ];
  },
};
