import { expect, test } from 'vitest';
import { templates } from '../../graphs/registry';
import { readGraph } from '../../nodes/graph';
import { layOut } from '../../nodes/sweep-cells';
import { listValues } from '../../nodes/sweep-values';
import { readAxes } from '../../server/cli/sweep-axes';

const graph = readGraph(templates['text-to-video']).graph!;
const read = (...axes: string[]) => readAxes(graph, { axes, skips: [] });
const values = (text: string) => listValues(read(text).axes[0]!.values);

test.each([
  ['denoiser.steps=4,8,16', [4, 8, 16]],
  ['denoiser.guidance=1..3 by 0.5', [1, 1.5, 2, 2.5, 3]],
  ['denoiser.sampler=euler, unipc', ['euler', 'unipc']],
  ['denoiser.sampler=Euler a, dpmpp_2m', ['euler-ancestral', 'dpmpp-2m-k']],
  ['noise-seed.seed=2 seeds from 5', [5, 6]],
  ['prompt.text=a red ball, bouncing || a star', ['a red ball, bouncing', 'a star']],
  ['muxer.name=1,2', ['1', '2']],
])('%s', (text, wanted) => {
  expect(values(text.replace('noise-seed', 'noise'))).toEqual(wanted);
});

test('words in braces, templates, and what is left out', () => {
  const sweep = readAxes(graph, {
    axes: ['{colour}=red,blue', 'prompt.text=a {colour} ball', 'denoiser.steps=4,8'],
    skips: ['steps=4 colour=red'],
  });
  expect(sweep.axes.map(({ name, values: { kind } }) => `${name} ${kind}`)).toEqual([
    ...['colour list', 'text template', 'steps list'],
  ]);
  expect(layOut(graph, sweep)).toMatchObject({ count: 3, problems: [] });
});

test('a wrong call says how it is meant', () => {
  expect(() => read('steps=4')).toThrow('denoiser.steps=4,8,16');
  expect(() => read('nobody.steps=4')).toThrow(/no node "nobody".*denoiser/);
  expect(() => read('prompt.text=@nowhere.txt')).toThrow('There is no file nowhere.txt');
  const skips = (text: string) => () => readAxes(graph, { axes: ['denoiser.steps=4,8'], skips: [text] });
  expect(skips('step=4')).toThrow('There is no axis "step". There are: steps');
  expect(skips('steps=5')).toThrow('"steps" has no value 5. It has: 4, 8');
  expect(layOut(graph, read('denoiser.stepz=4')).problems[0]?.says).toContain('has no param "stepz"');
});
