import { HubProblem } from './hub-problem';
import type { Hub } from './settings';

const mostHops = 8;
/** How long an answer may take to begin, in milliseconds. */
const patienceMs = 30_000;

/**
 * `fetch`, as the hub is asked. The token goes to the endpoint's own origin only: files come by redirects from other
 * hosts, which must not see it. A secure hub may not lead to insecure addresses. Throws `HubProblem` when nobody answers.
 */
export function hubFetch(hub: Hub): typeof fetch {
  const home = new URL(hub.endpoint);
  const ask = async (url: URL, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    // Ours to decide, whoever calls.
    headers.delete('authorization');
    if (hub.token !== undefined && url.origin === home.origin) headers.set('authorization', `Bearer ${hub.token}`);
    return begun(url, { ...init, headers, redirect: 'manual' });
  };
  return async (input, init = {}) => {
    let url = new URL(input instanceof Request ? input.url : input);
    for (let hop = 0; hop < mostHops; hop++) {
      if (!/^https?:$/.test(url.protocol) || (home.protocol === 'https:' && url.protocol !== 'https:'))
        throw new HubProblem(
          'refused',
          `${home.host} leads to ${url.protocol}//${url.host}, which is not safe to ask. Choose another hub.`,
        );
      const answer = await ask(url, init);
      const next = answer.headers.get('location');
      if (answer.status < 300 || answer.status > 399 || next === null) return answer;
      await answer.body?.cancel();
      if (!URL.canParse(next, url))
        throw new HubProblem('network', `${url.host} leads nowhere: its redirect is no address. Try again later.`);
      url = new URL(next, url);
    }
    throw new HubProblem('network', `${home.host} leads in circles (${mostHops} redirects). Try again later.`);
  };
}

/** An answer whose headers have come in time. Its body may take as long as it likes. */
async function begun(url: URL, init: RequestInit): Promise<Response> {
  const tooLate = new AbortController();
  const timer = setTimeout(() => tooLate.abort(), patienceMs);
  const signal = init.signal ? AbortSignal.any([init.signal, tooLate.signal]) : tooLate.signal;
  try {
    return await fetch(url, { ...init, signal });
  } catch (error) {
    init.signal?.throwIfAborted();
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const why = tooLate.signal.aborted
      ? 'no answer came in time'
      : cause instanceof Error
        ? cause.message
        : String(cause);
    throw new HubProblem(
      'network',
      `${url.host} cannot be reached (${why}). Check the network and the hub's address, then try again.`,
    );
  } finally {
    clearTimeout(timer);
  }
}
