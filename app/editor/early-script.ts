import superjson from 'superjson';
import { graphAt } from './graph-at';

/**
 * Text of a script for the page of a graph, which asks for graph and models while the page's other scripts are still being
 * read; empty for what is no graph's id. It asks what `early.ts` will ask, letter by letter, and `api-client.ts` takes the
 * answer. Were the letters others, the page would only ask once more.
 */
export function earlyScript(id: string): string {
  if (!graphAt(`/graph/${id}`)) return '';
  const url = '/api/trpc/graphs.get,models.list?batch=1';
  const body = JSON.stringify({ 0: superjson.serialize({ id }), 1: superjson.serialize(undefined) });
  const init = { method: 'POST', headers: { 'content-type': 'application/json', 'x-skein': '1' }, body };
  const answer = `fetch(${JSON.stringify(url)},${JSON.stringify(init)})`;
  // A refusal is told of by whoever takes the answer.
  return `window.early={asks:${JSON.stringify(`${url} ${body}`)},answer:${answer}};window.early.answer.catch(function(){})`;
}
