import { active } from './active';
import { samplers } from './denoise/samplers/registry';
import type { Sampler } from './denoise/sampling';
import { type Graph, upstream } from './graph';
import { registry } from './registry';

/** What a result was made of, in short: for people who look for one among many. */
export interface Outline {
  /** Name of the graph. */
  graph: string;
  /** Its prompts, those to keep away from left out. */
  prompt: string;
  /** `seed 1`, `20 steps`, `UniPC`, `guidance 2`, `gosling`: each once, in this order. */
  settings: string[];
}

const phrases: Readonly<Record<string, (value: string | number) => string>> = {
  seed: (value) => `seed ${value}`,
  steps: (value) => `${value} steps`,
  sampler: (value) => Object.values<Sampler>(samplers).find(({ name }) => name === value)?.title ?? String(value),
  guidance: (value) => `guidance ${value}`,
  model: String,
};

/** The outline of what `node` of a graph made, by its id in the flat graph; of the whole graph where no node is named. */
export function outlineOf(document: Graph, node: string | null): Outline {
  const { graph } = active(document);
  const needed = node === null ? null : upstream(graph, [node]);
  const nodes = graph.nodes.filter(({ id }) => !needed || needed.has(id));
  const unwanted = new Set(graph.wires.flatMap(({ from, to }) => (to.port === 'negative' ? from.node : [])));
  const prompts = nodes.flatMap(({ id, type, params }) =>
    type === 'prompt' && !unwanted.has(id) && typeof params['text'] === 'string' ? params['text'].trim() : [],
  );
  const set = nodes.map(({ type, params }) => ({ ...registry[type]?.params.safeParse(params).data, ...params }));
  const settings = Object.entries(phrases).flatMap(([name, say]) =>
    set.flatMap((params: Record<string, unknown>) => {
      const value = params[name];
      return typeof value === 'number' || (typeof value === 'string' && value) ? say(value) : [];
    }),
  );
  return { graph: document.name, prompt: prompts.filter(Boolean).join(' · '), settings: [...new Set(settings)] };
}
