import { withParamAt } from './component-pages';
import type { FieldMeta } from './define';
import { flatten } from './flatten';
import type { Graph } from './graph';
import { hubName } from './graph-schema';
import { registry } from './registry';
import type { ModelSource, Models } from './values';

/** A param of a node that names a model of the library, or a LoRA. */
export interface NamedModel {
  node: string;
  param: string;
  model: string;
  isLora: boolean;
}

/** Every model a graph names, in the order of its nodes, inside components too; nothing where none is chosen. */
export function namedModels(graph: Graph): NamedModel[] {
  return flatten(graph, { evenOff: true }).graph.nodes.flatMap(({ id, type, params }) => {
    const shape = Object.hasOwn(registry, type) ? registry[type]?.params.shape : undefined;
    return Object.entries(shape ?? {}).flatMap(([param, schema]): NamedModel[] => {
      // What defineNode asks of `.meta`: FieldMeta.
      const meta = schema.meta() as FieldMeta | undefined;
      if (meta?.control !== 'model') return [];
      const value = Object.hasOwn(params, param) ? params[param] : schema.safeParse(undefined).data;
      if (typeof value !== 'string' || value === '') return [];
      return [{ node: id, param, model: value, isLora: meta.offers === 'loras' }];
    });
  });
}

/** Those of them that are not in the library, each once, with the nodes that name it. */
export function missingModels(graph: Graph, models: Models): (Omit<NamedModel, 'node'> & { nodes: string[] })[] {
  const missing = new Map<string, Omit<NamedModel, 'node'> & { nodes: string[] }>();
  for (const { node, ...named } of namedModels(graph)) {
    if (Object.hasOwn(models, named.model)) continue;
    const known = missing.get(named.model);
    if (known) known.nodes.push(node);
    else missing.set(named.model, { ...named, nodes: [node] });
  }
  return [...missing.values()];
}

/**
 * The graph with a note of where its models can be had from: of those in the library as their cards say, of others as it was
 * noted before. The same object when nothing changes.
 */
export function withSources(graph: Graph, models: Models): Graph {
  const noted = new Map((graph.sources ?? []).map((source) => [source.model, source]));
  const sources = [...new Set(namedModels(graph).map(({ model }) => model))].flatMap((model) => {
    const source: ModelSource | undefined =
      (Object.hasOwn(models, model) ? models[model]?.source : undefined) ?? noted.get(model);
    return source ? [{ model, hub: source.hub, revision: source.revision }] : [];
  });
  if (JSON.stringify(sources) === JSON.stringify(graph.sources ?? [])) return graph;
  const { sources: _, ...rest } = graph;
  return sources.length ? { ...rest, sources } : rest;
}

/**
 * The repository that a model is probably called after, where nothing else says where it can be had: people write
 * `owner/name`. Nothing for other names, and for files in folders of a library.
 */
export function likelyHub(model: string): string | undefined {
  return hubName.safeParse(model).success && !/\.\w*safetensors$/i.test(model) ? model : undefined;
}

/** Every node that names one model names another instead. A component that names it inside becomes a new version. */
export function renameModel(graph: Graph, model: string, other: string): Graph {
  return namedModels(graph)
    .filter((one) => one.model === model)
    .reduce((next, { node, param }) => withParamAt(next, { node, param }, other), graph);
}
