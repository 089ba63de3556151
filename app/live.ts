import type { RunEvent } from '../nodes/events';
import { api } from './api-client';

type Listener = (events: readonly RunEvent[]) => void;
const listeners = new Set<Listener>();
/** How long a tab may be out of sight before it gives its stream back, in milliseconds. */
const patience = 2000;
let stream: { unsubscribe(): void } | undefined;
let lastEventId: string | undefined;
let waiting: RunEvent[] = [];
let frame = 0;
let leaving: ReturnType<typeof setTimeout> | undefined;

/**
 * All run events, from one stream for the whole tab. They come in batches of at most one per drawn frame, so that a
 * flood of progress costs one drawing. The stream resumes by itself where a broken one ended. Returns how to stop.
 */
export function listen(listener: Listener): () => void {
  if (!listeners.size) document.addEventListener('visibilitychange', follow);
  listeners.add(listener);
  if (!document.hidden) open();
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    document.removeEventListener('visibilitychange', follow);
    clearTimeout(leaving);
    close();
    lastEventId = undefined;
  };
}

/**
 * Browsers open six connections to a server, for all tabs together: with a stream in each, a seventh tab would wait for
 * ever. So a tab out of sight lets go of its stream, and is told what it missed when it is looked at again.
 */
function follow(): void {
  clearTimeout(leaving);
  if (document.hidden) leaving = setTimeout(close, patience);
  else open();
}

function open(): void {
  stream ??= api.runs.events.subscribe(lastEventId === undefined ? undefined : { lastEventId }, {
    onData: ({ id, data }) => {
      lastEventId = id;
      waiting.push(data);
      // A hidden tab draws no frames; its news must not pile up.
      if (document.hidden) flush();
      else frame ||= requestAnimationFrame(flush);
    },
    onError: (error) => console.error('The event stream ended:', error.message),
  });
}

function close(): void {
  stream?.unsubscribe();
  stream = undefined;
}

function flush(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  const batch = waiting;
  waiting = [];
  for (const listener of listeners) listener(batch);
}
