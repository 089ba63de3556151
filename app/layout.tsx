import './globals.css';
import type { Metadata, Viewport } from 'next';
import type { ReactNode } from 'react';
import { preload } from 'react-dom';
import { Hints } from './Hints';
import { Providers } from './Providers';

export const metadata: Metadata = {
  title: { default: 'Skein', template: '%s · Skein' },
  description: 'Wire a model, press Run, watch the film.',
};
export const viewport: Viewport = { width: 'device-width', initialScale: 1 };

/** The letters of nearly every word here. Found only in the style sheet, they would come after the first drawing, and all be drawn anew. */
const letters = new URL('@fontsource-variable/inter/files/inter-latin-wght-normal.woff2', import.meta.url).href;

/** Sets the theme before the first paint, so that a dark page never flashes white. */
const themeFirst = `try{var t=localStorage.getItem('skein.theme');document.documentElement.dataset.theme=t==='light'||t==='dark'?t:matchMedia('(prefers-color-scheme: light)').matches?'light':'dark'}catch(e){document.documentElement.dataset.theme='dark'}`;

export default function RootLayout({ children }: { children: ReactNode }) {
  preload(letters, { as: 'font', type: 'font/woff2', crossOrigin: 'anonymous' });
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant of ours, needed before React is there */}
        <script dangerouslySetInnerHTML={{ __html: themeFirst }} />
      </head>
      <body>
        <Providers>{children}</Providers>
        <Hints />
      </body>
    </html>
  );
}
