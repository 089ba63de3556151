/**
 * Who may speak to the server. A loopback address is no wall: any page in the same browser can send requests to it, and
 * with DNS rebinding read the answers. So every request passes here, in the proxy file and again in each handler.
 */

/** A refusal, as HTTP would say it. */
export interface Refusal {
  status: 400 | 401 | 403 | 421;
  says: string;
}

/** The parts of a request that decide. */
export interface Knock {
  method: string;
  headers: Pick<Headers, 'get'>;
}

/** Names under which this machine calls itself: no page from elsewhere can have one as its host. */
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Names beyond loopback, from `--public-host`. Ports are not compared with ours but with each other (Origin against
 * Host): behind `ssh -L` or a reverse proxy the port that the browser sees is not the one we listen on.
 */
export function publicHosts(env: NodeJS.ProcessEnv = process.env): ReadonlySet<string> {
  const names = env['SKEIN_PUBLIC_HOSTS'] ?? '';
  return new Set(names.split(',').flatMap((name) => (name.trim() ? [name.trim().toLowerCase()] : [])));
}

const hostPattern = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::(\d{1,5}))?$/;

/** The name in a Host header without its port, or null when it is not one. */
function nameOf(host: string): string | null {
  return hostPattern.exec(host.toLowerCase())?.[1] ?? null;
}

/** The header every changing request must carry: a form cannot set it, and a page elsewhere must ask first, in vain. */
export const ownHeader = 'x-skein';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Null when the request may go on. `page` is set for documents, which a link elsewhere may open; everything else is for
 * our own pages only.
 */
export function refusal(knock: Knock, about: { page?: boolean; hosts?: ReadonlySet<string> } = {}): Refusal | null {
  const hosts = about.hosts ?? publicHosts();
  const host = knock.headers.get('host');
  const name = host === null ? null : nameOf(host);
  if (host === null || name === null || !(loopbackNames.has(name) || hosts.has(name)))
    return {
      status: 421,
      says: 'This server does not answer to that name. Open it under the address it printed, or start it with --public-host.',
    };
  const isRead = reads.has(knock.method);
  const origin = knock.headers.get('origin');
  if (origin !== null && !isOwnOrigin(origin, host)) return { status: 403, says: 'Another page may not ask this.' };
  const site = knock.headers.get('sec-fetch-site');
  if (site !== null && site !== 'same-origin' && site !== 'none') {
    const isLink = about.page && isRead && knock.headers.get('sec-fetch-mode') === 'navigate';
    if (!isLink) return { status: 403, says: 'Another page may not ask this.' };
  }
  if (!isRead && knock.headers.get(ownHeader) === null)
    return { status: 403, says: `Requests that change something need the header "${ownHeader}: 1".` };
  return null;
}

/** `Origin: null` (sandboxed frames, files) is nobody's. */
function isOwnOrigin(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
