import { expect, test } from 'vitest';
import { active } from '../../nodes/active';
import { flow, flowOf, prints } from './subgraphs-for-tests';
import { asPage, bring, textToVideo } from './workflows-for-tests';

/** What ComfyUI's page has switched off comes along switched off, and what runs is what ran there. */
test('a second way to a film that is off comes along off; what both share is on', () => {
  const page = flow();
  const copies = new Map([8, 9, 10, 11].map((id) => [id, id + 20]));
  const links = page.links as [number, number, number, number, number, string][];
  const renumbered = new Map<number, number>();
  for (const [number, from, fromSlot, to, toSlot, type] of [...links])
    if (copies.has(to)) {
      renumbered.set(number, number + 500);
      links.push([number + 500, copies.get(from) ?? from, fromSlot, copies.get(to)!, toSlot, type]);
    }
  for (const node of page.nodes.filter(({ id }) => copies.has(id))) {
    const inputs = node.inputs.map((one) => ({ ...one, link: renumbered.get(one.link!)! }));
    const copy = { ...structuredClone(node), id: copies.get(node.id)!, mode: 4, inputs };
    if (node.id === 8) copy.widgets_values[1] = 'fixed';
    if (node.id === 8) copy.widgets_values[2] = 30;
    // The one that is off stands first in the file.
    page.nodes.unshift(copy);
  }
  const { graph, remarks } = bring(page);
  expect(remarks).toEqual([]);
  expect(
    graph.nodes
      .filter(({ off }) => off)
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['denoiser', 'muxer', 'vae-decoder']);
  expect(graph.nodes.filter(({ type }) => type === 'denoiser').map(({ params, off }) => [params.steps, off])).toEqual([
    [12, undefined],
    [30, 'mute'],
  ]);
  expect(prints(active(graph).graph)).toEqual(prints(bring(textToVideo).graph));
});

test('a picture that is off holds nothing, and is there to be switched on', () => {
  const page = flowOf(
    asPage({
      ...textToVideo,
      7: {
        class_type: 'WanImageToVideo',
        inputs: {
          ...{ positive: ['5', 0], negative: ['6', 0], vae: ['3', 0], start_image: ['20', 0] },
          ...{ width: 64, height: 64, length: 17, batch_size: 1 },
        },
      },
      8: {
        ...textToVideo[8],
        inputs: { ...textToVideo[8].inputs, positive: ['7', 0], negative: ['7', 1], latent_image: ['7', 2] },
      },
      20: { class_type: 'LoadImage', inputs: { image: 'start.png' } },
    }),
  );
  page.nodes.find(({ type }) => type === 'LoadImage')!.mode = 4;
  const { graph } = bring(page);
  const offs = graph.nodes.filter(({ off }) => off);
  expect(offs.map(({ type, off }) => [type, off]).sort()).toEqual([
    ['frame-conditioner', 'bypass'],
    ['image', 'mute'],
  ]);
  expect(active(graph).graph.nodes.some(({ type }) => type === 'denoiser')).toBe(true);
});
