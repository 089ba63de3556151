import { type Graph, order } from '../graph';
import type { Models } from '../values';
import { Draft } from './draft';
import { folded } from './fold';
import { gap, heightFor, notesAbove, noteWidth } from './notes';
import { readWorkflow } from './read-workflow';
import { Reading, type Remark, stem } from './reading';
import { Translation } from './translate';
import { isLink, type Workflow } from './workflow';

export interface Imported {
  graph: Graph;
  /** What has no place in the graph, or another one: also written into its note. */
  remarks: readonly Remark[];
}

/** How many remarks the note holds; more would be a wall. */
const shown = 12;

/**
 * A ComfyUI workflow, in the format of its API or of its page, as a graph: the core nodes of Wan and LTX text-to-video
 * and image-to-video. What maps is mapped, the rest is named. `models`: the library, to find files by their names.
 */
export function importWorkflow(
  value: unknown,
  { name, models }: { name: string; models: Models },
): (Imported & { problem?: undefined }) | { graph?: undefined; problem: string } {
  const workflow = readWorkflow(value);
  if ('problem' in workflow) return workflow;
  if (isCircular(workflow))
    return { problem: 'The wires of this ComfyUI workflow go round in a circle. Mend it there and save it anew.' };
  const draft = new Draft();
  const reading = new Reading(workflow);
  new Translation(reading, draft, (files) => modelNamed(files, models)).run();
  const folds = draft.nodes.length ? folded(draft, reading) : undefined;
  const { remarks } = reading;
  if (!folds) return { problem: nothingOf(workflow, remarks) };
  const text = noteText(remarks);
  const size = { x: noteWidth, y: Math.max(160, heightFor(text)) };
  const notes = [
    { id: 'from-comfyui', text, at: { x: 0, y: -size.y - gap }, size },
    ...notesAbove(folds.texts, size.y, 1),
  ];
  // Places are for whoever draws it.
  return { remarks, graph: { ...folds.graph, name, layout: { ...folds.graph.layout, notes } } };
}

/** Why nothing was brought over: what kind of workflow it is, and what was met first on the way back from its results. */
function nothingOf({ nodes }: Workflow, remarks: readonly Remark[]): string {
  const first = remarks.find(({ isLost }) => isLost) ?? remarks[0];
  const types = [...new Set([...nodes.values()].map(({ type }) => type))];
  const isLtx2 = types.some((type) => /^(LTXV.*(AVLatent|Audio)|LTXAV)/.test(type));
  const has = isLtx2 ? 'is for LTX-2, which makes sound, too' : `has ${types.slice(0, 5).join(', ') || 'no nodes'}`;
  const met = first ? ` First in the way: ${first.what}: ${first.says}` : '';
  return `Nothing of this ComfyUI workflow could be brought over: Skein makes videos with Wan and LTX, and this ${has}.${met}`;
}

function isCircular({ nodes }: Workflow): boolean {
  const wires = [...nodes.values()].flatMap(({ id, inputs }) =>
    Object.values(inputs).flatMap((value) =>
      isLink(value) ? [{ from: { node: value.node, port: '' }, to: { node: id, port: '' } }] : [],
    ),
  );
  const list = [...nodes.keys()].map((id) => ({ id, type: '', version: 1, params: {} }));
  return order({ nodes: list, wires }) === null;
}

function noteText(remarks: readonly Remark[]): string {
  if (!remarks.length) return '**From ComfyUI.** Everything was brought over.';
  const lines = remarks.slice(0, shown).map(({ what, says }) => `- **${what}**: ${says}`);
  const more = remarks.length > shown ? [`- and ${remarks.length - shown} more`] : [];
  return ['**From ComfyUI.** What is different, or missing:', ...lines, ...more].join('\n');
}

/** The model of the library that has this file's name; otherwise the name itself, which the model card then asks for. */
function modelNamed(files: readonly string[], models: Models): string {
  const plain = (words: string) =>
    stem(words)
      .toLowerCase()
      .replace(/[_-]?(high|low)[_-]?noise/g, '')
      .replace(/[^a-z0-9]+/g, '-');
  const wanted = files.map(plain);
  const found = Object.values(models).find(
    (card) => !card.lora && wanted.some((one) => plain(card.id) === one || plain(card.title) === one),
  );
  return (
    found?.id ??
    (stem(files[0] ?? '')
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-') ||
      'gosling')
  );
}
