import { definitionsFor, nameOf } from './component-node';
import type { FieldMeta } from './define';
import type { Graph, GraphForm } from './graph-schema';
import { label } from './label';

/** One line of a form: a param of a node, what it is called there, and under which heading it stands. */
export type FormField = GraphForm['fields'][number];

const isAt = (field: FormField, { node, param }: Pick<FormField, 'node' | 'param'>) =>
  field.node === node && field.param === param;

const withFields = (graph: Graph, fields: FormField[]): Graph => {
  const { form: _, ...rest } = graph;
  return fields.length ? { ...rest, form: { fields } } : rest;
};

export const formFields = ({ form }: Pick<Graph, 'form'>): readonly FormField[] => form?.fields ?? [];
export const isInForm = (graph: Graph, at: Pick<FormField, 'node' | 'param'>): boolean =>
  formFields(graph).some((field) => isAt(field, at));

/** Shows a control in the form, last, under the heading of the line before it; or takes it out again. */
export function toggleInForm(graph: Graph, at: Pick<FormField, 'node' | 'param'>): Graph {
  const fields = formFields(graph);
  if (isInForm(graph, at))
    return withFields(
      graph,
      fields.filter((field) => !isAt(field, at)),
    );
  const group = fields.at(-1)?.group;
  return withFields(graph, [...fields, { node: at.node, param: at.param, ...(group ? { group } : {}) }]);
}

/** Gives a line another name or heading; an empty one gives the control's own name, or none. */
export function setFormField(
  graph: Graph,
  at: Pick<FormField, 'node' | 'param'>,
  patch: Partial<Pick<FormField, 'title' | 'group'>>,
): Graph {
  const changed = formFields(graph).map((field) => {
    if (!isAt(field, at)) return field;
    const { title, group, ...rest } = { ...field, ...patch };
    return { ...rest, ...(title?.trim() ? { title } : {}), ...(group?.trim() ? { group } : {}) };
  });
  return withFields(graph, changed);
}

/** Moves a line by so many places, as far as there are any. */
export function moveFormField(graph: Graph, at: Pick<FormField, 'node' | 'param'>, by: number): Graph {
  const fields = [...formFields(graph)];
  const from = fields.findIndex((field) => isAt(field, at));
  const to = Math.max(0, Math.min(fields.length - 1, from + by));
  if (from < 0 || from === to) return graph;
  fields.splice(to, 0, ...fields.splice(from, 1));
  return withFields(graph, fields);
}

/** Lines that follow one another under the same heading, together. */
export function formGroups(graph: Pick<Graph, 'form'>): { title?: string | undefined; fields: FormField[] }[] {
  const groups: { title?: string | undefined; fields: FormField[] }[] = [];
  for (const field of formFields(graph)) {
    const last = groups.at(-1);
    if (last && last.title === field.group) last.fields.push(field);
    else groups.push({ title: field.group, fields: [field] });
  }
  return groups;
}

/**
 * What a line is called that nobody has named: as its control, words and uploads as their card when that has nothing else to
 * set, and where two lines would be called the same, both. Undefined when the control is not there.
 */
export function usualName(graph: Graph, field: FormField): string | undefined {
  const called = plainName(graph, field);
  const node = graph.nodes.find(({ id }) => id === field.node);
  if (called === undefined || !node) return undefined;
  const isTwice = formFields(graph).some(
    (other) => other !== field && !isAt(other, field) && plainName(graph, other) === called,
  );
  return isTwice ? `${nameOf(node, graph)}: ${called.toLowerCase()}` : called;
}

function plainName(graph: Graph, { node: id, param }: FormField): string | undefined {
  const node = graph.nodes.find((one) => one.id === id);
  const shape = definitionsFor(graph)[node?.type ?? '']?.params.shape;
  if (!node || !shape || !Object.hasOwn(shape, param)) return undefined;
  const meta = (shape[param]!.meta() ?? {}) as FieldMeta; // nodes give nothing else as meta
  const isAlone = Object.keys(shape).length === 1 && (meta.control === 'words' || meta.control === 'asset');
  return isAlone ? nameOf(node, graph) : (meta.title ?? label(param));
}

/** A form to begin with: prompts and uploads first, then seeds and sizes, as they come in the graph. */
export function usualForm(graph: Graph): Graph {
  const definitions = definitionsFor(graph);
  const found = graph.nodes.flatMap(({ id, type }) =>
    Object.entries(definitions[type]?.params.shape ?? {}).map(([param, schema]) => ({
      at: { node: id, param },
      control: ((schema.meta() ?? {}) as FieldMeta).control, // nodes give nothing else as meta
    })),
  );
  const of = (...wanted: FieldMeta['control'][]) =>
    found.filter(({ control }) => wanted.includes(control)).map(({ at }) => at);
  return withFields(graph, [...of('words'), ...of('asset'), ...of('seed', 'size')].slice(0, 200));
}
