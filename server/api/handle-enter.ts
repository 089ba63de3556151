import { accessToken, isSame, sessionHeader } from '../safety/access-token';
import { refusal } from '../safety/guard';
import { answer } from './http';

/** Wrong tokens taken in a minute, from everybody together; then nobody may try until it is over. */
const triesAllowed = 20;
let tries: number[] = [];

const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Skein</title><meta name="color-scheme" content="dark light"><style>
body{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;min-height:90vh;margin:0}
form{display:grid;gap:.75rem;width:min(22rem,90vw)}input,button{font:inherit;padding:.6rem .8rem;border-radius:.5rem;border:1px solid #8888}
p{min-height:1.5em;margin:0;color:#d33}</style>
<form><label for="t">This Skein asks for its token. It was printed where it was started.</label>
<input id="t" type="password" autocomplete="current-password" autofocus required><button>Enter</button><p role="alert"></p></form>
<script>
const form = document.forms[0], box = document.getElementById('t'), note = document.querySelector('p');
async function enter(token) {
  const answer = await fetch('/api/enter', { method: 'POST', headers: { 'content-type': 'application/json', 'x-skein': '1' }, body: JSON.stringify({ token }) });
  if (answer.ok) location.replace('/'); else note.textContent = (await answer.json()).error;
}
form.addEventListener('submit', (event) => { event.preventDefault(); enter(box.value); });
const given = new URLSearchParams(location.hash.slice(1)).get('t');
if (given) { history.replaceState(null, '', location.pathname); enter(given); }
</script></html>`;

const pagePolicy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";

/** `GET /api/enter`: the page that asks for the token. */
export function showEntrance(request: Request): Response {
  const refused = refusal(request, { page: true });
  if (refused) return answer(refused.status, refused.says);
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pagePolicy,
    'cache-control': 'no-store',
  };
  return new Response(page, { headers });
}

/** `POST /api/enter` with `{ token }`: gives a session cookie for the right token. */
export async function enter(request: Request): Promise<Response> {
  const refused = refusal(request);
  if (refused) return answer(refused.status, refused.says);
  const token = accessToken();
  if (token === null) return Response.json({ ok: true });
  tries = tries.filter((at) => at > Date.now() - 60_000);
  if (tries.length >= triesAllowed) return answer(429, 'Too many wrong tokens. Wait a minute, then try again.');
  if (Number(request.headers.get('content-length') ?? Number.POSITIVE_INFINITY) > 4096)
    return answer(413, 'A token is shorter than that.');
  const body: unknown = await request.json().catch(() => null);
  const given = typeof body === 'object' && body !== null && 'token' in body ? body.token : null;
  if (typeof given !== 'string' || !isSame(given, token)) {
    tries.push(Date.now());
    return answer(401, 'That is not the token. It was printed where Skein was started.');
  }
  const isSecure = request.headers.get('origin')?.startsWith('https:') ?? false;
  return Response.json({ ok: true }, { headers: { 'set-cookie': sessionHeader(token, isSecure) } });
}
