import type { Graph } from '../nodes/graph';
import { type Change, diffGraphs } from '../nodes/graph-diff';
import { ChangeList } from './ChangeList';
import { GraphSketch, type Mark, markColours, wireKey } from './GraphSketch';

const same = 'Nothing: both make the same.';
const says: Record<Mark, string> = { added: 'new', removed: 'gone', changed: 'changed' };

/** Two graphs as one drawing: what is new, gone and changed from `before` to `after` stands out, and is told below. */
export function GraphDifference({ before, after }: { before: Graph; after: Graph }) {
  const changes = diffGraphs(before, after);
  if (!changes.length) return <ChangeList changes={changes} none={same} />;
  const { graph, marks } = together(before, after, changes);
  const used = [...new Set([...Object.values(marks.cards), ...Object.values(marks.wires)])];
  return (
    <>
      <figure className="mb-4 overflow-hidden rounded-2xl border border-line bg-field">
        <div className="h-[300px] max-h-[38vh]">
          <GraphSketch graph={graph} marks={marks} />
        </div>
        <figcaption className="flex gap-4 border-t border-line px-4 py-2 text-[12px] text-ink-2">
          {used.map((mark) => (
            <span key={mark} className="flex items-center gap-1.5">
              <span aria-hidden className="size-2.5 rounded-full" style={{ background: markColours[mark] }} />
              {says[mark]}
            </span>
          ))}
        </figcaption>
      </figure>
      <ChangeList changes={changes} none={same} />
    </>
  );
}

/** The later graph with what it has lost put back, and what has become of each part. */
function together(before: Graph, after: Graph, changes: readonly Change[]) {
  const is = new Map(changes.map(({ node, is }) => [node, is]));
  const [old, now] = [before, after].map(({ nodes }) => new Set(nodes.map(({ id }) => id)));
  const [oldWires, newWires] = [before, after].map(({ wires }) => new Set(wires.map(wireKey)));
  const lost = before.nodes.filter(({ id }) => !now!.has(id));
  const cut = before.wires.filter((wire) => !newWires!.has(wireKey(wire)));
  const cards: Record<string, Mark> = {};
  for (const { id } of after.nodes) if (is.has(id)) cards[id] = old!.has(id) ? 'changed' : 'added';
  for (const { id } of lost) cards[id] = 'removed';
  const wires: Record<string, Mark> = {};
  for (const wire of after.wires) if (!oldWires!.has(wireKey(wire))) wires[wireKey(wire)] = 'added';
  for (const wire of cut) wires[wireKey(wire)] = 'removed';
  const graph: Graph = {
    ...after,
    nodes: [...after.nodes, ...lost],
    wires: [...after.wires, ...cut],
    layout: { ...after.layout, positions: { ...before.layout.positions, ...after.layout.positions } },
    components: [
      ...new Map([before, after].flatMap((one) => one.components ?? []).map((one) => [one.key, one])).values(),
    ],
  };
  return { graph, marks: { cards, wires } };
}
