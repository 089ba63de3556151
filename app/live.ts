import type { RunEvent } from '../nodes/events';
import { api } from './api-client';

type Listener = (events: readonly RunEvent[]) => void;
const listeners = new Set<Listener>();
let stream: { unsubscribe(): void } | undefined;
let waiting: RunEvent[] = [];
let frame = 0;

/**
 * All run events, from one stream for the whole tab. They come in batches of at most one per drawn frame, so that a
 * flood of progress costs one drawing. The stream resumes by itself where a broken one ended. Returns how to stop.
 */
export function listen(listener: Listener): () => void {
  listeners.add(listener);
  stream ??= api.runs.events.subscribe(undefined, {
    onData: ({ data }) => {
      waiting.push(data);
      // A hidden tab draws no frames; its news must not pile up.
      if (document.hidden) flush();
      else frame ||= requestAnimationFrame(flush);
    },
    onError: (error) => console.error('The event stream ended:', error.message),
  });
  return () => {
    listeners.delete(listener);
    if (listeners.size) return;
    stream?.unsubscribe();
    stream = undefined;
  };
}

function flush(): void {
  cancelAnimationFrame(frame);
  frame = 0;
  const batch = waiting;
  waiting = [];
  for (const listener of listeners) listener(batch);
}
