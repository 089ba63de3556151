import { describe, expect, test } from 'vitest';
import { readWorkflow } from '../../nodes/comfyui/read-workflow';
import { type Definition, flow, pack, prints, said, uuid } from './subgraphs-for-tests';
import { bring, textToVideo } from './workflows-for-tests';

describe('subgraphs that are not as they should be', () => {
  const usesOf = (id: number, type: string) => ({
    ...{ id, type, mode: 0, inputs: [], outputs: [{ type: 'MODEL' }], widgets_values: [] },
  });
  const definition = (number: number, nodes: Definition['nodes']): Definition => ({
    ...{ id: uuid(number), name: `Level ${number}`, inputNode: { id: -10 }, outputNode: { id: -20 } },
    ...{ inputs: [], outputs: [], nodes, links: [] },
  });

  test('a missing definition, one in itself and ten thousand in one another are named; the rest is there', () => {
    const odd = flow();
    odd.nodes.push(usesOf(50, uuid(7)), usesOf(51, uuid(8)), usesOf(52, uuid(1000)));
    odd.definitions.subgraphs.push(definition(8, [usesOf(1, uuid(8))]));
    for (let depth = 1000; depth < 11_000; depth++)
      odd.definitions.subgraphs.push(definition(depth, [usesOf(1, uuid(depth + 1))]));
    const { graph, remarks } = bring(odd);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
    expect(said(remarks)).toMatch(/Subgraph: The file does not hold this subgraph/);
    expect(said(remarks)).toMatch(/Level 8 > Level 8: This subgraph contains itself/);
    expect(said(remarks)).toMatch(/Level 1099 > Level 1100: Subgraphs are nested deeper than 100 levels/);
  });

  test('subgraphs that would unfold beyond all measure are refused before they do', () => {
    const odd = flow();
    odd.nodes.push(usesOf(50, uuid(100)));
    for (let depth = 100; depth < 160; depth++)
      odd.definitions.subgraphs.push(definition(depth, [usesOf(1, uuid(depth + 1)), usesOf(2, uuid(depth + 1))]));
    expect(bring(odd).problem).toMatch(/would unfold to more than 20,000 nodes/);
  });

  test('wires to nothing are named by the input they lead to', () => {
    const packed = flow();
    pack(packed, { ids: [4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Sampling' });
    const inside = packed.definitions.subgraphs[0]!;
    for (const link of inside.links)
      if (link.target_id === 4) link.origin_slot = 9;
      else if (link.target_id === 5) [link.origin_id, link.origin_slot] = [77, 0];
      else if (link.target_id === 9 && link.target_slot === 0) link.origin_slot = 8;
    (packed.links as unknown[][]).find(([, from]) => from === 20)![2] = 6;
    const read = readWorkflow(packed);
    const found = 'faults' in read ? read.faults.map(({ at, says }) => `${at}: ${says}`).sort() : [];
    expect(found.map((words) => words.replace(/, which the file.*/, ''))).toEqual([
      '11: Its input “video” is wired to output 7 of node 20',
      '20:4: Its input “model” is wired to socket 10 of the subgraph',
      '20:5: Its input “clip” is wired to node 77',
      '20:9: Its input “samples” is wired to output 9 of node 8',
    ]);
    expect(bring(packed).problem).toMatch(/First in the way: SaveVideo: Its input “video” is wired to output 7/);
    const api = bring({
      ...textToVideo,
      9: { class_type: 'VAEDecode', inputs: { samples: ['8', 0], vae: ['99', 0] } },
    });
    expect(said(api.remarks)).toMatch(/VAEDecode: Its input “vae” is wired to 99, which the file does not hold/);
  });

  test('lists and objects where a wire or a value should be do no harm', () => {
    for (const odd of [[], {}, [1, 2, 3], ['no', 'wire'], { node: 4 }, null])
      for (const input of ['model', 'positive', 'latent_image', 'seed', 'sampler_name']) {
        const sampler = { class_type: 'KSampler', inputs: { ...textToVideo[8].inputs, [input]: odd } };
        expect(bring({ ...textToVideo, 8: sampler }).graph, input).toBeDefined();
      }
  });

  test('damage is named by its place', () => {
    const odd = flow();
    odd.nodes[3]!.inputs = 7 as never;
    expect(bring(odd).problem).toMatch(/nodes\.3\.inputs/);
  });
});
