import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The token that protects an exposed server. Whoever knows it gets a cookie; a program sends it as a bearer. The cookie
 * is signed with the token itself: nothing on disk can forge one, and a new token ends every session.
 */
export const accessToken = (): string | null => process.env['SKEIN_TOKEN'] || null;

export const sessionCookie = 'skein_session';
/** Thirty days. */
export const sessionSeconds = 30 * 24 * 3600;

const digest = (text: string) => createHash('sha256').update(text).digest();
/** Compares without telling by its time how much was right. */
export const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

const sign = (token: string, until: string) => createHmac('sha256', digest(token)).update(until).digest('base64url');

/** A session that ends at `until`, in seconds since the epoch. */
export function makeSession(token: string, until: number): string {
  return `${until}.${sign(token, String(until))}`;
}

function isSession(token: string, session: string): boolean {
  const [until = '', signature = ''] = session.split('.');
  return /^\d{1,12}$/.test(until) && Number(until) * 1000 > Date.now() && isSame(signature, sign(token, until));
}

/** Whether a request may see anything: no token is set, or it shows the token or a session. */
export function isAllowed(headers: Pick<Headers, 'get'>, token = accessToken()): boolean {
  if (token === null) return true;
  const bearer = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1];
  if (bearer !== undefined) return isSame(bearer, token);
  const cookies = (headers.get('cookie') ?? '').split(';').map((one) => one.trim());
  const session = cookies.find((one) => one.startsWith(`${sessionCookie}=`))?.slice(sessionCookie.length + 1);
  return session !== undefined && isSession(token, session);
}

/** The `Set-Cookie` header of a fresh session. `secure` under https. */
export function sessionHeader(token: string, secure: boolean): string {
  const value = makeSession(token, Math.floor(Date.now() / 1000) + sessionSeconds);
  const rest = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionSeconds}`;
  return `${sessionCookie}=${value}; ${rest}${secure ? '; Secure' : ''}`;
}
