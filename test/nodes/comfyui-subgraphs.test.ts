import { describe, expect, test } from 'vitest';
import { active } from '../../nodes/active';
import { componentOf, isComponent } from '../../nodes/component';
import { type Graph, readGraph } from '../../nodes/graph';
import { flow, judged, pack, prints, said, uuid } from './subgraphs-for-tests';
import { bring, paramsOf, textToVideo } from './workflows-for-tests';

const cards = (graph: Graph) => graph.nodes.filter(isComponent);

describe("ComfyUI's subgraphs", () => {
  test('become a component that means the same, and is read again as it was written', () => {
    const packed = flow();
    pack(packed, { ids: [4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Sampling' });
    const { graph, remarks } = bring(packed);
    expect(remarks).toEqual([]);
    expect(judged(graph).problems).toEqual([]);
    expect(graph.components).toMatchObject([{ id: uuid(1), name: 'Sampling' }]);
    expect(graph.components![0]!.inputs.map(({ title }) => title)).toEqual(['Denoiser', 'Text encoder', 'VAE']);
    expect(graph.nodes.map(({ type }) => type.slice(0, 10)).sort()).toEqual(['component:', 'model', 'muxer']);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
    expect(readGraph(JSON.stringify(graph)).graph).toEqual(graph);
  });

  test('what wires say of a model lies where all who use it reach it', () => {
    // The text encoder's loader is outside, the network's inside: the model node has to be outside.
    const packed = flow();
    pack(packed, { ids: [1, 4, 7, 8], host: 20, definition: uuid(1), name: 'Sampling' });
    const { graph } = bring(packed);
    expect(graph.components).toHaveLength(1);
    expect(graph.nodes.map(({ type }) => type)).toContain('model');
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });

  test('controls come along: in their order, by their names, with what is set outside', () => {
    const packed = flow();
    const show: [number, string, string?][] = [
      [8, 'steps'],
      [5, 'text', 'what to show'],
      [1, 'unet_name'],
      [2, 'clip_name'],
      [7, 'batch_size'],
    ];
    const host = pack(packed, {
      ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      host: 20,
      definition: uuid(1),
      name: 'All',
      show,
    });
    host.widgets_values = [31, 'a green star', null, null, null];
    const { graph, remarks } = bring(packed);
    const [card] = cards(graph);
    const { params } = componentOf(graph, card!)!;
    expect(params.map(({ title, param }) => [title, param])).toEqual([
      [undefined, 'steps'],
      ['What to show', 'text'],
      [undefined, 'model'],
    ]);
    // What was never touched outside is as it is inside.
    expect(card!.params).toEqual({ steps: 31, text: 'a green star', model: 'gosling' });
    expect(said(remarks)).toMatch(/^All: Nothing on its card answers to “batch_size_4”/);
  });

  test.each([
    ['in proxies of sockets', [['-1', 'text_3']]],
    ['in proxies of nodes', [['5', 'text']]],
    ['as text, with a third word', JSON.stringify([['5', 'text', '8']])],
  ])('values are found %s', (_, proxyWidgets) => {
    const packed = flow();
    const host = pack(packed, {
      ...{ ids: [4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Sampling' },
      show: [[5, 'text']],
    });
    host.properties = { proxyWidgets };
    host.widgets_values = ['a green star'];
    const { graph } = bring(packed);
    expect(cards(graph)[0]!.params).toEqual({ text: 'a green star' });
    expect(componentOf(graph, cards(graph)[0]!)!.params).toHaveLength(1);
  });

  test('a control may show a node inside without a socket', () => {
    const packed = flow();
    const host = pack(packed, { ids: [4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Sampling' });
    host.properties = {
      proxyWidgets: [
        ['8', 'seed'],
        ['8', 'control_after_generate'],
      ],
    };
    host.widgets_values = [99];
    expect(cards(bring(packed).graph)[0]!.params).toEqual({ seed: 99 });
  });

  test('the same definition used twice is one component, each use with its own values', () => {
    const twice = flow();
    const of = { ids: [4, 5, 6, 7, 8, 9, 10], host: 20, definition: uuid(1), name: 'Sampling' };
    const host = pack(twice, {
      ...of,
      show: [
        [5, 'text'],
        [8, 'seed'],
      ],
    });
    host.widgets_values = ['a green star', 1];
    const again = structuredClone(host);
    const film = structuredClone(twice.nodes.find(({ type }) => type === 'SaveVideo')!);
    Object.assign(again, { id: 21, widgets_values: ['a blue cube', 2] });
    Object.assign(film, { id: 22, widgets_values: ['second', 'auto', 'auto'] });
    for (const input of again.inputs) {
      const link = (twice.links as number[][]).find(([number]) => number === input.link);
      if (!link) continue;
      input.link = 5000 + link[0]!;
      twice.links.push([input.link, link[1], link[2], 21, link[4], '*']);
    }
    film.inputs[0]!.link = 6000;
    twice.links.push([6000, 21, 0, 22, 0, '*']);
    twice.nodes.push(again, film);
    const { graph } = bring(twice);
    expect(graph.components).toHaveLength(1);
    expect(cards(graph).map(({ params }) => params)).toEqual([
      { text: 'a green star', seed: 1 },
      { text: 'a blue cube', seed: 2 },
    ]);
    expect(new Set(cards(graph).map(({ type }) => type)).size).toBe(1);
    const flat = active(graph).graph;
    expect(paramsOf(flat, 'noise-seed').map(({ seed }) => seed)).toEqual([1, 2]);
    expect(judged(graph).problems).toEqual([]);
  });

  test('one in another: components in components, controls handed outwards', () => {
    const nested = flow();
    const inner = pack(nested, {
      ids: [5, 6],
      host: 30,
      definition: uuid(2),
      name: 'Words',
      show: [[5, 'text', 'scene']],
    });
    inner.widgets_values = ['a green star'];
    pack(nested, {
      ...{ ids: [2, 3, 1, 4, 7, 8, 9, 10, 30], host: 20, definition: uuid(1), name: 'Everything' },
      show: [[30, inner.inputs.at(-1)!.name, 'Scene of the film']],
    }).widgets_values = ['a blue cube'];
    const { graph, remarks } = bring(nested);
    expect(remarks).toEqual([]);
    expect(graph.components!.map(({ name }) => name)).toEqual(['Words', 'Everything']);
    // Two sockets here come from one there: its name would say nothing.
    expect(graph.components![0]!.outputs.map(({ title }) => title)).toEqual([undefined, undefined]);
    expect(graph.nodes).toHaveLength(2);
    expect(cards(graph)[0]!.params).toEqual({ text: 'a blue cube' });
    expect(graph.components![1]!.params).toMatchObject([{ title: 'Scene of the film' }]);
    const red = { ...textToVideo, 5: { ...textToVideo[5], inputs: { ...textToVideo[5].inputs, text: 'a blue cube' } } };
    expect(prints(graph)).toEqual(prints(bring(red).graph));
  });

  test('what has no counterpart opens its subgraph, with a name on the group and the path in the remark', () => {
    const packed = flow();
    const odd = { ...structuredClone(packed.nodes.find(({ id }) => id === 4)!), id: 12, type: 'PerturbedAttention' };
    odd.title = 'PAG';
    const model = (packed.links as unknown[][]).find(([, from, , to]) => from === 1 && to === 4)!;
    model[3] = 12;
    packed.links.push([90, 12, 0, 4, 0, 'MODEL']);
    packed.nodes.find(({ id }) => id === 4)!.inputs[0]!.link = 90;
    packed.nodes.push(odd);
    pack(packed, { ids: [4, 12], host: 30, definition: uuid(2), name: 'Guided' });
    pack(packed, { ids: [5, 6, 7, 8, 30], host: 20, definition: uuid(1), name: 'Sampling' });
    const { graph, remarks } = bring(packed);
    expect(graph.components).toBeUndefined();
    expect(graph.layout.groups).toMatchObject([{ title: 'Sampling' }]);
    expect(graph.layout.groups[0]!.holds).toContain('denoiser');
    expect(said(remarks)).toMatch(
      /^Sampling > Guided > PAG \(PerturbedAttention\): Skein has no such change to a model/m,
    );
    expect(said(remarks)).toMatch(/^Sampling: It lies open in a group .* one of its nodes has no counterpart/m);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });

  test('a subgraph that would need its own work from outside lies open, and it is said why', () => {
    // Text encoder and film inside, the sampler between them outside.
    const packed = flow();
    pack(packed, { ids: [5, 6, 9, 10], host: 20, definition: uuid(1), name: 'Round about' });
    const { graph, remarks } = bring(packed);
    expect(graph.components).toBeUndefined();
    expect(graph.layout.groups).toMatchObject([{ title: 'Round about' }]);
    expect(said(remarks)).toMatch(/Round about: It lies open .*"Denoiser" lies between them/);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });

  test('muted and bypassed ones are cards that are off: what a bypassed one is given goes on, a muted one keeps the rest from running', () => {
    const packed = flow();
    const lora = { ...structuredClone(packed.nodes.find(({ id }) => id === 4)!), id: 12, type: 'LoraLoaderModelOnly' };
    lora.widgets_values = ['Paper.safetensors', 1];
    (packed.links as unknown[][]).find(([, from, , to]) => from === 1 && to === 4)![3] = 12;
    packed.links.push([90, 12, 0, 4, 0, '*']);
    packed.nodes.find(({ id }) => id === 4)!.inputs[0]!.link = 90;
    packed.nodes.push(lora);
    const host = pack(packed, { ids: [12], host: 20, definition: uuid(1), name: 'Style' });
    expect(bring(packed).graph.nodes.some(isComponent)).toBe(true);
    host.mode = 4;
    const bypassed = bring(packed);
    expect(bypassed.remarks).toEqual([]);
    expect(bypassed.graph.nodes.find(isComponent)).toMatchObject({ off: 'bypass' });
    expect(bypassed.graph.components![0]!.nodes).toMatchObject([{ type: 'lora' }]);
    expect(prints(active(bypassed.graph).graph)).toEqual(prints(bring(textToVideo).graph));
    host.mode = 2;
    const muted = bring(packed).graph;
    expect(muted.nodes.find(isComponent)).toMatchObject({ off: 'mute' });
    expect(active(muted).off.get('muxer')).toBe('idle');
  });

  test('notes of a subgraph are on the page of its component', () => {
    const packed = flow();
    const note = { ...structuredClone(packed.nodes[0]!), id: 40, type: 'MarkdownNote', inputs: [], outputs: [] };
    packed.nodes.push({ ...note, widgets_values: ['Mind the seed.'] });
    pack(packed, { ids: [5, 6, 40], host: 20, definition: uuid(1), name: 'Words' });
    const { graph } = bring(packed);
    expect(graph.components![0]!.layout.notes).toMatchObject([{ text: 'Mind the seed.' }]);
    expect(graph.layout.notes).toHaveLength(1);
  });

  test('in the format of the API what is left of subgraphs is a group', () => {
    const renamed = JSON.parse(JSON.stringify(textToVideo).replace(/"(4|5|6|8)"/g, '"12:3:$1"'));
    const { graph, remarks } = bring(renamed);
    expect(remarks).toEqual([]);
    const [inner, outer] = graph.layout.groups;
    expect([inner!.title, outer!.title]).toEqual(['Subgraph 12:3', 'Subgraph 12']);
    expect(inner!.holds).toContain('text-encoder');
    expect(outer!.holds).toEqual([inner!.id]);
    expect(prints(graph)).toEqual(prints(bring(textToVideo).graph));
  });
});
