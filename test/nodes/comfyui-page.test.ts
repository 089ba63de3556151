import { describe, expect, test } from 'vitest';
import { typeOf } from '../../nodes/component';
import { flatten } from '../../nodes/flatten';
import { asPage, bring, paramsOf, textToVideo } from './workflows-for-tests';

describe("the format of ComfyUI's page", () => {
  test('the format of the page means the same as that of the API', () => {
    expect(bring(asPage(textToVideo)).graph).toEqual(bring(textToVideo).graph);
  });

  test('muted nodes are gone, bypassed ones and reroutes are bridged, a subgraph keeps its meaning', () => {
    const page = asPage(textToVideo);
    const grouped = structuredClone(page) as ReturnType<typeof asPage> & { definitions?: unknown };
    const sampling = grouped.nodes.find(({ type }) => type === 'ModelSamplingSD3')!;
    sampling.mode = 4;
    // The noise's wire takes a detour by a reroute.
    const latentLink = grouped.links.findIndex((link) => (link as number[])[1] === 7);
    const [number, , , to, slot] = grouped.links[latentLink] as number[];
    grouped.links[latentLink] = [number, 50, 0, to, slot, 'LATENT'];
    grouped.links.push([90, 7, 0, 50, 0, 'LATENT']);
    grouped.nodes.push({
      ...sampling,
      id: 50,
      type: 'Reroute',
      mode: 0,
      inputs: [{ name: '', type: '*', link: 90 }],
      widgets_values: [],
    });
    // Prompt and negative prompt move into a group that shows the prompt's text.
    const inside = grouped.nodes.filter(({ type }) => type === 'CLIPTextEncode');
    grouped.nodes = grouped.nodes.filter((node) => !inside.includes(node));
    for (const link of grouped.links as number[][]) {
      if (link[1] === 5) link[1] = 60;
      else if (link[1] === 6) [link[1], link[2]] = [60, 1];
    }
    grouped.links.push([91, 2, 0, 60, 0, 'CLIP']);
    grouped.nodes.push({
      ...sampling,
      id: 60,
      type: 'words-of-two',
      mode: 0,
      inputs: [{ name: 'clip', type: 'CLIP', link: 91 }],
      widgets_values: ['a green star'],
      ...{ properties: { proxyWidgets: [['5', 'text']] } },
    });
    grouped.definitions = {
      subgraphs: [
        {
          id: 'words-of-two',
          inputs: [{ name: 'clip' }],
          inputNode: { id: -10 },
          outputNode: { id: -20 },
          nodes: inside.map((node, index) => ({ ...node, inputs: [{ name: 'clip', type: 'CLIP', link: index }] })),
          links: [0, 1].flatMap((index) => [
            { id: index, origin_id: -10, origin_slot: 0, target_id: inside[index]!.id, target_slot: 0, type: 'CLIP' },
            {
              id: index + 2,
              origin_id: inside[index]!.id,
              origin_slot: 0,
              target_id: -20,
              target_slot: index,
              type: 'CONDITIONING',
            },
          ]),
        },
      ],
    };
    const { graph, remarks } = bring(grouped);
    expect(remarks).toMatchObject([{ what: 'Switched off there', says: expect.stringMatching(/^ModelSamplingSD3\./) }]);
    expect(graph.nodes.some(({ type }) => type === typeOf(graph.components![0]!))).toBe(true);
    const flat = flatten(graph).graph;
    expect(paramsOf(flat, 'prompt').map(({ text }) => text)).toEqual(['a green star', 'blur']);
    expect(paramsOf(graph, 'denoiser')).toMatchObject([{ shift: 8, steps: 12 }]);
    expect(paramsOf(graph, 'noise-seed')).toMatchObject([{ width: 64, frames: 17 }]);
  });
});
