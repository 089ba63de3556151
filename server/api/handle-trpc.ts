import { fetchRequestHandler } from '@trpc/server/adapters/fetch';
import { graphLimit } from '../../nodes/graph';
import { hostileKeyIn, isTooDeep } from '../safety/hostile-key';
import { admit, answer } from './http';
import { services } from './open-services';
import { appRouter } from './root';

/** A graph of the largest size, with what JSON adds around it. */
const bodyLimit = 2 * graphLimit;
const tooLarge = () => answer(413, 'This request is larger than 16 MB, larger than any graph. Send a smaller one.');
const tooDeep = () => answer(400, 'This request is nested far deeper than any graph. Send a flatter one.');

/** The body as text, or null when it is too large: read no further than needed to know. */
async function readBody(request: Request): Promise<string | null> {
  if (Number(request.headers.get('content-length') ?? 0) > bodyLimit) return null;
  if (!request.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.length;
    if (size > bodyLimit) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Every call of the API: guarded, bounded, JSON only. */
export async function handleTrpc(request: Request): Promise<Response> {
  const admitted = admit(request);
  if (admitted.refused) return admitted.refused;
  const { viewer } = admitted;
  let call = request;
  if (request.method === 'POST') {
    if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? ''))
      return answer(415, 'The API takes JSON only. Send "content-type: application/json".');
    const body = await readBody(request);
    if (body === null) return tooLarge();
    if (isTooDeep(body)) return tooDeep();
    const hostile = hostileKeyIn(body);
    if (hostile) return answer(400, hostile);
    call = new Request(request.url, { method: 'POST', headers: request.headers, body, signal: request.signal });
  } else if (request.method !== 'GET') return answer(405, 'The API takes GET and POST.');
  else if (isTooDeep(new URL(request.url).searchParams.get('input') ?? '')) return tooDeep();
  return fetchRequestHandler({
    endpoint: '/api/trpc',
    req: call,
    router: appRouter,
    // Queries may come as POST: a graph does not fit into an address. Mutations never come as GET.
    allowMethodOverride: true,
    createContext: async () => ({ viewer, services: await services() }),
    onError({ error, path }) {
      // Everything else is the caller's to mend, and has been told so.
      if (error.code === 'INTERNAL_SERVER_ERROR') console.error(`api ${path}:`, error.cause ?? error);
    },
  });
}
