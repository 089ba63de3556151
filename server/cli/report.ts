import { sayTrail } from '../../nodes/component-node';
import type { RunHappening } from '../../nodes/events';
import type { Graph } from '../../nodes/graph';

/** Tells people on stderr how a run goes, or machines on stdout, one line of JSON per event. */
export function openReport(graph: Graph, isJson: boolean): { tell(event: RunHappening): void; end(): void } {
  if (isJson) {
    return {
      // Pictures in a terminal's pipe help nobody; everything else is as the page gets it.
      tell: (event) =>
        console.log(JSON.stringify(event, (key, value: unknown) => (key === 'preview' ? undefined : value))),
      end() {},
    };
  }
  const isTerminal = process.stderr.isTTY;
  let isLineOpen = false;
  const name = (id: string) => sayTrail(graph, id) || id;
  const say = (line: string) => {
    process.stderr.write(`${isLineOpen ? '\r\x1b[K' : ''}${line}\n`);
    isLineOpen = false;
  };
  const show = (line: string) => {
    if (!isTerminal) return;
    process.stderr.write(`\r\x1b[K${line}`);
    isLineOpen = true;
  };
  return {
    tell(event) {
      if (event.type === 'node.started') {
        show(`${name(event.node)} …${event.resumedAt ? ` (goes on after step ${event.resumedAt})` : ''}`);
      } else if (event.type === 'node.progress') show(`${name(event.node)} … ${event.done} of ${event.of}`);
      else if (event.type === 'node.done') {
        say(`${name(event.node)}: ${event.seconds.toFixed(1)} s${event.where ? `, ${event.where}` : ''}`);
      } else if (event.type === 'node.failed') say(`${name(event.node)} (${event.node}): ${event.says}`);
      else if (event.type === 'run.cancelled') say('Cancelled. What was finished is kept; the same command goes on.');
      else if (event.type === 'run.done') {
        const reused = event.reused ? `, ${event.reused} taken from the cache` : '';
        say(`Done in ${event.seconds.toFixed(1)} s: ${event.ran} ran${reused}.`);
      }
    },
    end() {
      if (isLineOpen) process.stderr.write('\n');
    },
  };
}
