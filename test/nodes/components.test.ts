import { describe, expect, test } from 'vitest';
import { active } from '../../nodes/active';
import { check, refuses } from '../../nodes/check';
import { instanceOf, withComponents } from '../../nodes/component';
import { dissolve, makeComponent } from '../../nodes/component-edits';
import { definitionsFor, sayTrail } from '../../nodes/component-node';
import { carrying, cleaned, pageAt, takeVersion, withParamAt } from '../../nodes/component-pages';
import { type Component, type Graph, makeNode, readGraph } from '../../nodes/graph';
import { diffGraphs } from '../../nodes/graph-diff';
import { plan } from '../../server/engine/plan';
import { at, definition, doubled, film, inside, made, meanings, nothing, prints, set } from './components-for-tests';
import { models, textToVideo, wireOf } from './graphs-for-tests';

describe('a component made of cards', () => {
  test('its sockets are the wires that cross its edge, one for each source, of the kinds they had', () => {
    const graph = film();
    const { inputs, outputs } = definitionsFor(graph)[graph.nodes.find(({ id }) => id === 'making')!.type]!;
    expect(Object.entries(inputs).map(([name, { kind, optional }]) => [name, kind, optional])).toEqual([
      ['model', 'model', false],
      ['text', 'conditioning', false],
      ['avoid', 'conditioning', true],
    ]);
    expect(inputs['model']?.facts).toEqual({ part: 'denoiser' });
    expect(Object.entries(outputs).map(([name, { kind }]) => [name, kind])).toEqual([['clip', 'latent']]);
    expect(definition(graph, 'making').inputs[0]?.to).toHaveLength(2);
    expect(graph.version).toBe(2);
  });

  test('controls of one name are told apart by the names of their cards', () => {
    const graph = textToVideo({ model: { model: 'gosling' } });
    const away = { ...makeNode('prompt', 'away'), title: 'Keep away from' };
    const { params } = definition(
      made({ ...graph, nodes: [...graph.nodes, away] }, ['prompt', 'away', 'noise']),
      'making',
    );
    expect(params.map(({ name, title }) => title ?? name)).toEqual(['Prompt', 'seed', 'Keep away from']);
  });

  test('sockets of one name are told apart by the names of their cards, and counted where those are alike', () => {
    const graph = textToVideo({ model: { model: 'gosling' } });
    const called = (list: readonly { name: string; title?: string | undefined }[]) =>
      list.map(({ name, title }) => title ?? name);
    const { inputs } = definition(made(graph, ['denoiser', 'decoder']), 'making');
    expect(called(inputs)).toEqual(['Denoiser model', 'noise', 'text', 'avoid', 'VAE decoder model']);
    // Two denoisers whose clips both leave.
    const twin = makeNode('denoiser', 'twin');
    const decoder = { ...makeNode('vae-decoder', 'second'), title: 'Look' };
    const wires = [...graph.wires, wireOf('twin.clip > second.clip')];
    const two = { ...graph, nodes: [...graph.nodes, twin, decoder], wires };
    expect(called(definition(made(two, ['denoiser', 'twin']), 'making').outputs)).toEqual([
      'Denoiser clip',
      'Denoiser clip 2',
    ]);
  });

  test('the same graph with and without it shares all work, also nested', () => {
    const plain = textToVideo({ model: { model: 'gosling' } });
    const nested = made(made(plain, ['denoiser'], 'Inner', 'c2'), ['noise', 'inner', 'text'], 'Outer', 'c3');
    expect(check(active(nested).graph, models).problems).toEqual([]);
    expect(meanings(film())).toEqual(meanings(plain));
    expect(meanings(nested)).toEqual(meanings(plain));
    expect(Object.keys(prints(nested))).toContain('outer/inner/denoiser');
    expect(sayTrail(nested, 'outer/inner/denoiser')).toBe('Outer / Inner / Denoiser');
  });

  test('made of everything and dissolved again, the graph is the same; what its card sets is kept', () => {
    const plain = textToVideo({ model: { model: 'gosling' } });
    const whole = made(
      plain,
      plain.nodes.map(({ id }) => id),
    );
    const { graph } = dissolve(whole, 'making');
    expect(cleaned(graph)).toMatchObject({ version: 1, nodes: plain.nodes });
    expect(meanings(graph)).toEqual(meanings(plain));
    const turned = dissolve(set(film(), 'making', { seed: 7 }), 'making').graph;
    expect(meanings(turned)).toEqual(meanings(set(plain, 'noise', { seed: 7 })));
  });

  test('pins and bends of wires go inside and come back', () => {
    const plain = textToVideo({ model: { model: 'gosling' } });
    const bent = 'noise.noise>denoiser.noise';
    const looks = {
      positions: { noise: at, denoiser: { x: 500, y: 50 } },
      pinned: ['noise'],
      bends: { [bent]: [{ x: 300, y: 90 }] },
    };
    const graph = made({ ...plain, layout: { ...plain.layout, ...looks } }, ['noise', 'denoiser']);
    expect(definition(graph, 'making').layout).toMatchObject(looks);
    const back = dissolve(graph, 'making').graph.layout;
    expect(back).toMatchObject({ pinned: ['noise'], bends: { [bent]: [{ x: 300, y: 90 }] } });
  });

  test('cards with another one between them are refused, naming it', () => {
    const graph = textToVideo({ model: { model: 'gosling' } });
    const result = makeComponent(graph, { ids: new Set(['model', 'denoiser']), id: 'c', name: 'Two ends', at });
    expect(result.problem).toMatch(/^"(Text encoder|Noise seed)" lies between them.*Choose it, too\.$/);
  });

  test('a wire that would not fit inside is refused outside, with the reason of the node inside', () => {
    const graph = film();
    const wrong = {
      ...graph,
      nodes: [
        ...graph.nodes,
        { ...makeNode('model', 'other'), params: { model: 'ltx' } },
        makeNode('text-encoder', 'strange'),
      ],
    };
    const wired = {
      ...wrong,
      wires: [...wrong.wires, wireOf('other.textEncoder > strange.model'), wireOf('prompt.text > strange.prompt')],
    };
    expect(refuses(wired, wireOf('strange.text > making.text'), models)).toMatch(/family ltx/);
    expect(refuses(wired, wireOf('prompt.text > making.model'), models)).toMatch(/takes a model/);
    expect(refuses(wired, wireOf('making.clip > making.text'), models)).toMatch(/feed itself/);
  });
});

describe('what hurt elsewhere', () => {
  test('values on a card survive saving, opening its page, leaving it, and an update', () => {
    const graph = set(film(), 'making', { seed: 7 });
    const read = readGraph(JSON.stringify(graph)).graph!;
    expect(read).toEqual(graph);
    expect(pageAt(read, ['making'])!.nodes.find(({ id }) => id === 'noise')!.params['seed']).toBe(7);
    expect(inside(read, ['making'], (page) => page)).toEqual(read);
    const changed = inside(read, ['making'], (page) => set(page, 'denoiser', { steps: 8 }));
    expect(changed.nodes.find(({ id }) => id === 'making')!.params).toEqual({ seed: 7 });
    expect(meanings(changed)).toEqual(
      meanings(set(set(textToVideo({ model: { model: 'gosling' } }), 'noise', { seed: 7 }), 'denoiser', { steps: 8 })),
    );
  });

  test('a control that a card shows and that is set on the page belongs to that card', () => {
    const graph = inside(doubled(film()), ['making'], (page) => set(page, 'noise', { seed: 9 }));
    expect(graph.components).toHaveLength(1);
    expect(graph.nodes.find(({ id }) => id === 'making')!.params).toEqual({ seed: 9 });
    expect(prints(graph)['twin/noise']).not.toBe(prints(graph)['making/noise']);
  });

  test('two cards of one component are two: a value on one, or a change inside one, leaves the other alone', () => {
    const graph = doubled(film());
    const before = prints(graph);
    expect(before['twin/denoiser']).toBe(before['making/denoiser']);
    const valued = prints(set(graph, 'twin', { seed: 5 }));
    expect(valued['making/denoiser']).toBe(before['making/denoiser']);
    expect(valued['twin/denoiser']).not.toBe(before['twin/denoiser']);
    const changed = inside(graph, ['making'], (page) => set(page, 'denoiser', { steps: 3 }));
    expect(prints(changed)['twin/denoiser']).toBe(before['twin/denoiser']);
    expect([definition(changed, 'making').version, definition(changed, 'twin').version]).toEqual([2, 1]);
    expect(definition(graph, 'making').nodes).not.toBe(definition(changed, 'making').nodes);
  });

  test('a control no longer shown keeps the value its card had', () => {
    const graph = inside(set(film(), 'making', { seed: 7 }), ['making'], (page) => ({
      ...page,
      own: { ...page.own!, params: [] },
    }));
    expect(definition(graph, 'making').nodes.find(({ id }) => id === 'noise')!.params['seed']).toBe(7);
    expect(check(active(graph).graph, models).params['making/noise']?.['seed']).toBe(7);
  });

  test('whatever a file calls its definitions, they are found; one that is not there is told of at its card, and kept', () => {
    const graph = film();
    const { key } = definition(graph, 'making');
    const byHand = JSON.stringify(graph).replaceAll(key, 'two-passes');
    expect(readGraph(byHand).graph).toEqual(graph);
    const { components: _, ...torn } = graph;
    const read = readGraph(JSON.stringify(torn)).graph!;
    expect(read.nodes).toEqual(graph.nodes);
    expect(check(active(read).graph, models).problems).toContainEqual({
      at: 'making',
      says: 'The definition of this component is not in this graph. Copy the card again from a graph that has it, or remove it.',
    });
    expect(plan(read, { models, device: 'cpu/fp32', cache: nothing }).nodes.get('muxer')?.state).toBe('blocked');
  });

  test('a component in itself, and one that unfolds without end, are told of', () => {
    const graph = film();
    const own = definition(graph, 'making');
    const round = { ...own, nodes: [...own.nodes, instanceOf(own, 'again')] };
    const read = readGraph({ ...graph, components: [round] }).graph!;
    expect(check(active(read).graph, models).problems.map(({ says }) => says)).toContainEqual(
      expect.stringMatching(/contains itself/),
    );
    let deep: Graph = graph;
    for (let level = 0; level < 40; level++) {
      const last = deep.components!.at(-1)!;
      const pair: Component = {
        ...own,
        key: `level-${level}`,
        id: `level-${level}`,
        nodes: [instanceOf(last, 'a'), instanceOf(last, 'b')],
        wires: [],
        inputs: [],
        outputs: [],
        params: [],
      };
      deep = withComponents(deep, [...deep.components!, pair]);
    }
    const flood = readGraph({ ...deep, nodes: [instanceOf(deep.components!.at(-1)!, 'flood')], wires: [] }).graph!;
    expect(check(active(flood).graph, models).problems[0]?.says).toMatch(/too large/);
  });
});

describe('versions', () => {
  test('a card goes on with its version until the update is taken; the diff says what changes', () => {
    const graph = doubled(set(film(), 'making', { seed: 7 }));
    const changed = inside(set(graph, 'twin', { seed: 5 }), ['making'], (page) => ({
      ...set(page, 'denoiser', { steps: 3 }),
      own: { ...page.own!, params: page.own!.params.map((one) => ({ ...one, title: 'Luck' })) },
    }));
    const next = definition(changed, 'making');
    const updated = cleaned(takeVersion(changed, 'twin', { to: next, definitions: changed.components! }));
    expect(updated.components).toHaveLength(1);
    expect(updated.nodes.find(({ id }) => id === 'twin')!.params).toEqual({ seed: 5 });
    expect(diffGraphs(changed, updated).map(({ says }) => says)).toEqual([
      'Making: version 1 → 2',
      'Making / Denoiser: Steps 20 → 3',
      'Making / Control “Seed” is called “Luck”',
    ]);
    expect(diffGraphs(updated, updated)).toEqual([]);
  });

  test('wires to sockets that a change took away are cut; back to what it was, it is the old version', () => {
    const graph = film();
    const cut = inside(graph, ['making'], (page) => ({
      ...page,
      own: { ...page.own!, inputs: page.own!.inputs.filter(({ name }) => name !== 'avoid') },
    }));
    expect(cut.wires.some(({ to }) => to.port === 'avoid')).toBe(false);
    const there = inside(graph, ['making'], (page) => set(page, 'denoiser', { steps: 3 }));
    const back = inside(there, ['making'], (page) => set(page, 'denoiser', { steps: 20 }));
    expect(definition(back, 'making').key).toBe(definition(graph, 'making').key);
    const moved = inside(graph, ['making'], (page) => ({
      ...page,
      layout: { ...page.layout, positions: { noise: at } },
    }));
    expect(definition(moved, 'making')).toMatchObject({ version: 1, key: definition(graph, 'making').key });
  });

  test('a change two pages down makes new versions of both, and none elsewhere', () => {
    const nested = made(
      made(textToVideo({ model: { model: 'gosling' } }), ['denoiser'], 'Inner', 'c2'),
      ['noise', 'inner'],
      'Making',
      'c3',
    );
    const graph = doubled(nested);
    const changed = withParamAt(graph, { node: 'making/inner/denoiser', param: 'steps' }, 3);
    expect(prints(changed)['twin/inner/denoiser']).toBe(prints(graph)['twin/inner/denoiser']);
    expect(check(active(changed).graph, models).params['making/inner/denoiser']?.['steps']).toBe(3);
    expect(changed.components).toHaveLength(4);
    expect(definition(changed, 'making').version).toBe(2);
  });

  test('a component is not taken into a version of itself', () => {
    const graph = film();
    const own = definition(graph, 'making');
    const page = pageAt(graph, ['making'])!;
    expect(
      takeVersion({ ...page, nodes: [...page.nodes, instanceOf(own, 'x')] }, 'x', {
        to: { ...own, key: 'other' },
        definitions: [own],
      }).nodes.at(-1)?.type,
    ).toBe(instanceOf(own, 'x').type);
    expect(carrying(graph, [own])).toBe(graph);
  });
});
