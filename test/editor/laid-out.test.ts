import { expect, test } from 'vitest';
import { cardHeight, cardWidth } from '../../app/editor/state/card-size';
import { laidOut, wholeLaidOut } from '../../app/editor/state/tidy';
import { registry } from '../../nodes/registry';
import { flowOf, pack, uuid } from '../nodes/subgraphs-for-tests';
import { asPage, bring, textToVideo } from '../nodes/workflows-for-tests';

test('a graph without places gets them: in the order of work, no card upon another', () => {
  const { graph } = bring(textToVideo);
  const { positions } = laidOut(graph).layout;
  expect(Object.keys(positions)).toHaveLength(graph.nodes.length);
  for (const { from, to } of graph.wires) expect(positions[from.node]!.x).toBeLessThan(positions[to.node]!.x);
  for (const [index, one] of graph.nodes.entries())
    for (const other of graph.nodes.slice(index + 1)) {
      const [a, b] = [positions[one.id]!, positions[other.id]!];
      const apart =
        a.y < b.y ? b.y - a.y - cardHeight(registry[one.type]) : a.y - b.y - cardHeight(registry[other.type]);
      expect(Math.abs(a.x - b.x) >= cardWidth || apart > 0).toBe(true);
    }
});

test('from a page of ComfyUI cards lie as their nodes lay, framed as there, none upon another, wires to the right', () => {
  const at: Record<number, [number, number]> = {
    ...{ 1: [50, 900], 2: [50, 0], 3: [50, 300], 4: [400, 900], 5: [460, 20], 6: [455, 260] },
    ...{ 7: [50, 1300], 8: [900, 700], 9: [1250, 700], 10: [1500, 700], 11: [1700, 690] },
  };
  const page = asPage(textToVideo);
  const nodes = page.nodes.map((node) => ({ ...node, pos: at[node.id], size: [300, 200] }));
  const groups = [
    { title: 'All but the film', bounding: [0, -100, 1230, 1700] },
    { title: 'Words', bounding: [400, -50, 400, 600] },
    { title: 'Nothing in it', bounding: [5000, 0, 10, 10] },
    { title: 'Damaged', bounding: 'large' },
  ];
  const { graph } = bring({ ...page, nodes, groups });
  expect(graph.layout.groups).toMatchObject([
    { title: 'Words', holds: expect.arrayContaining(['prompt', 'prompt-2', 'text-encoder']) },
    { title: 'All but the film', holds: expect.arrayContaining(['model', 'noise-seed', 'denoiser', 'frame']) },
  ]);
  const { positions, groups: drawn, near } = laidOut(graph).layout;
  expect(near).toBeUndefined();
  for (const { from, to } of graph.wires) expect(positions[from.node]!.x).toBeLessThan(positions[to.node]!.x);
  // The words were above, the noise below; the models in the middle.
  const y = (id: string) => positions[id]!.y;
  expect([y('prompt'), y('prompt-2'), y('model'), y('noise-seed')]).toEqual(
    [y('prompt'), y('prompt-2'), y('model'), y('noise-seed')].sort((a, b) => a - b),
  );
  const [words, all] = drawn;
  expect(words!.at.x).toBeGreaterThan(all!.at.x);
  expect(positions['muxer']!.x).toBeGreaterThan(all!.at.x + all!.size.x);
  expect(positions['model']!.y).toBeGreaterThan(words!.at.y + words!.size.y);
});

test('places that somebody chose stay', () => {
  const graph = laidOut(bring(textToVideo).graph);
  expect(laidOut(graph)).toBe(graph);
});

test('groups without places are drawn round what they hold, and nothing else lies in them', () => {
  const renamed = JSON.parse(
    JSON.stringify(textToVideo)
      .replace(/"(4|5|6|8)"/g, '"12:3:$1"')
      .replace(/"7"/g, '"12:7"'),
  );
  const { graph } = bring(renamed);
  const [inner, outer] = graph.layout.groups;
  const { positions, groups } = laidOut(graph).layout;
  const box = (id: string) => {
    const group = groups.find((one) => one.id === id);
    const node = graph.nodes.find((one) => one.id === id);
    if (group) return { ...group.at, right: group.at.x + group.size.x, bottom: group.at.y + group.size.y };
    const { x, y } = positions[id]!;
    return { x, y, right: x + cardWidth, bottom: y + cardHeight(registry[node!.type]) };
  };
  const isIn = (one: string, other: string) => {
    const [a, b] = [box(one), box(other)];
    return a.x > b.x && a.y > b.y && a.right < b.right && a.bottom < b.bottom;
  };
  const isApart = (one: string, other: string) => {
    const [a, b] = [box(one), box(other)];
    return a.x >= b.right || b.x >= a.right || a.y >= b.bottom || b.y >= a.bottom;
  };
  const held = new Set([...inner!.holds!, ...outer!.holds!]);
  for (const id of inner!.holds!) expect(isIn(id, inner!.id), id).toBe(true);
  for (const id of outer!.holds!) expect(isIn(id, outer!.id), id).toBe(true);
  for (const { id } of graph.nodes) if (!held.has(id)) expect(isApart(id, outer!.id), id).toBe(true);
  expect(groups.some(({ holds }) => holds)).toBe(false);
});

test('groups that hold each other, or themselves, do no harm', () => {
  const { graph } = bring(textToVideo);
  const empty = { title: '', at: { x: 0, y: 0 }, size: { x: 0, y: 0 } };
  const groups = [
    { ...empty, id: 'one', holds: ['two', 'one', 'model'] },
    { ...empty, id: 'two', holds: ['one', 'nobody'] },
  ];
  const { layout } = laidOut({ ...graph, layout: { ...graph.layout, groups } });
  expect(Object.keys(layout.positions).sort()).toEqual(graph.nodes.map(({ id }) => id).sort());
});

test('cards inside components that say nothing of places get them, too', () => {
  const packed = flowOf(asPage(textToVideo));
  pack(packed, { ids: [4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Sampling' });
  const [component] = wholeLaidOut(bring(packed).graph).components!;
  expect(Object.keys(component!.layout.positions)).toHaveLength(component!.nodes.length);
});
