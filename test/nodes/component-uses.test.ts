import { describe, expect, test } from 'vitest';
import { active } from '../../nodes/active';
import { check } from '../../nodes/check';
import { withParamAt } from '../../nodes/component-pages';
import { namedModels, renameModel } from '../../nodes/named-models';
import { emptySweep } from '../../nodes/sweep';
import { cellGraph, layOut } from '../../nodes/sweep-cells';
import { plan } from '../../server/engine/plan';
import { doubled, film, made, nothing } from './components-for-tests';
import { models, textToVideo } from './graphs-for-tests';

describe('everywhere else', () => {
  test('muted, it is out with what needs it; a component is a target', () => {
    const graph = doubled(film());
    const muted = {
      ...graph,
      nodes: graph.nodes.map((node) => (node.id === 'twin' ? { ...node, off: 'mute' as const } : node)),
    };
    const about = { models, device: 'cpu/fp32', cache: nothing };
    expect(plan(muted, about).nodes.get('still')?.state).toBe('off');
    expect(plan(muted, about).nodes.get('making/denoiser')?.state).toBe('will-run');
    expect(plan(graph, { ...about, targets: ['making'] }).nodes.get('muxer')?.state).toBe('unused');
    expect(plan(graph, { ...about, targets: ['making'] }).problems).toEqual([]);
  });

  test('a sweep goes over a control of its card, over one inside, and over a word inside', () => {
    const graph = withParamAt(
      made(film(), ['prompt', 'text'], 'Words', 'c9'),
      { node: 'words', param: 'text' },
      'a {thing}',
    );
    const axes = [
      { name: 'seed', at: { node: 'making', param: 'seed' }, values: { kind: 'list' as const, values: [1, 2] } },
      {
        name: 'steps',
        at: { node: 'making/denoiser', param: 'steps' },
        values: { kind: 'list' as const, values: [4, 8] },
      },
      { name: 'thing', values: { kind: 'list' as const, values: ['ball'] } },
    ];
    const laid = layOut(graph, { ...emptySweep(), axes });
    expect(laid.problems).toEqual([]);
    const cells = laid.cells.map((cell) => check(active(cellGraph(graph, laid, cell)).graph, models));
    expect(cells.flatMap(({ problems }) => problems)).toEqual([]);
    expect(cells.map(({ params }) => [params['making/noise']?.['seed'], params['making/denoiser']?.['steps']])).toEqual(
      [
        [1, 4],
        [1, 8],
        [2, 4],
        [2, 8],
      ],
    );
    expect(cells[0]!.params['words/prompt']?.['text']).toBe('a ball');
    expect(
      layOut(graph, { ...emptySweep(), axes: [{ ...axes[0]!, values: { kind: 'list', values: [-1] } }] }).problems,
    ).toHaveLength(1);
  });

  test('models inside are known and replaced', () => {
    const graph = made(textToVideo({ model: { model: 'gone' } }), ['model', 'noise'], 'Making');
    expect(namedModels(graph)).toEqual([{ node: 'making/model', param: 'model', model: 'gone', isLora: false }]);
    expect(namedModels(renameModel(graph, 'gone', 'gosling'))[0]?.model).toBe('gosling');
  });
});
