import { frameChosen, makeRoom, tidyCards } from '../../app/editor/arrange';
import {
  alignChosen,
  collapseChosen,
  duplicateChosen,
  nudgeChosen,
  pinChosen,
  removeChosen,
  switchChosen,
  writeNote,
} from '../../app/editor/chosen';
import { alignments } from '../../app/editor/state/align';
import { branchFrom } from '../../app/editor/state/branch';
import type { Editor } from '../../app/editor/state/editor-store';
import * as edits from '../../app/editor/state/edits';
import { offeredTypes, portOnBody, wireTo } from '../../app/editor/state/fitting';
import { applicable } from '../../app/editor/state/presets';
import { insertOnWire, replaceNode } from '../../app/editor/state/refit';
import { refusal } from '../../app/editor/state/refusal';
import { moveSigma, withSteps } from '../../app/editor/state/sigma-list';
import { definitionsFor } from '../../nodes/component-node';
import { withParamAt } from '../../nodes/component-pages';
import { formFields, moveFormField, setFormField, toggleInForm, usualForm } from '../../nodes/form';
import { type GraphWire, readGraph } from '../../nodes/graph';
import { renameModel } from '../../nodes/named-models';
import { sourceFor, withSource } from '../../nodes/sweep-source';
import { small } from '../nodes/graphs-for-tests';
import { anyNode, anySocket, anyWire, choose, type Dice, somewhere, state } from './dice';
import { componentChanges } from './random-component-edits';

/** What people write into controls, right and wrong. */
const written = [
  0,
  1,
  2,
  17,
  -3,
  0.5,
  1e9,
  '',
  'a red ball',
  'gosling',
  'wan22',
  'simple',
  'euler',
  true,
  false,
  null,
  [],
  [1, 0.5, 0],
  {},
];

function lay(editor: Editor, wire: GraphWire, instead?: GraphWire): void {
  const { graph, models, edit } = state(editor);
  if (refusal(graph, wire, models) !== null) return;
  edit((now) => edits.connect(instead ? edits.disconnect(now, new Set([edits.wireId(instead)])) : now, wire));
}

/** How the room that was last made is given back, when the card is folded again. */
const given = new WeakMap<Editor, () => void>();

/** Every kind of change a person can make to a document in the editor, through the functions that the editor's own controls call. */
export const changes: Readonly<Record<string, (editor: Editor, dice: Dice) => void>> = {
  add(editor, dice) {
    const type = dice.of(offeredTypes(state(editor).graph))!.type;
    state(editor).edit((graph) => edits.addNode(graph, { type, at: somewhere(dice) }).graph);
  },
  connect(editor, dice) {
    const { graph, models } = state(editor);
    const end = anySocket(editor, dice, dice.of(['source', 'target'] as const)!);
    const lawful = end
      ? graph.nodes.flatMap(({ id }) => {
          const port = id === end.node ? undefined : portOnBody(graph, models, { end, node: id });
          return port ? [wireTo(end, { node: id, port })] : [];
        })
      : [];
    const wire = dice.of(lawful);
    if (wire) lay(editor, wire);
  },
  reconnect(editor, dice) {
    const wire = anyWire(editor, dice);
    const other = anySocket(editor, dice, 'target');
    if (wire && other) lay(editor, { from: wire.from, to: { node: other.node, port: other.port } }, wire);
  },
  disconnect(editor, dice) {
    const wire = anyWire(editor, dice);
    if (wire) state(editor).edit((graph) => edits.disconnect(graph, new Set([edits.wireId(wire)])));
  },
  insert(editor, dice) {
    const wire = anyWire(editor, dice);
    const { graph, models, edit } = state(editor);
    const types = wire ? offeredTypes(graph).map(({ type }) => type) : [];
    const first = dice.below(types.length);
    for (const type of [...types.slice(first), ...types.slice(0, first)]) {
      const made = insertOnWire(graph, models, { wire: wire!, type, at: somewhere(dice) });
      if (made) return edit(() => made.graph);
    }
  },
  replace(editor, dice) {
    const node = anyNode(editor, dice);
    const type = dice.of(offeredTypes(state(editor).graph))!.type;
    if (node) state(editor).edit((graph) => replaceNode(graph, state(editor).models, { id: node.id, type }).graph);
  },
  remove(editor, dice) {
    choose(editor, dice);
    const wire = anyWire(editor, dice);
    if (wire && dice.below(2)) state(editor).wiresChanged([{ type: 'select', id: edits.wireId(wire), selected: true }]);
    removeChosen(editor);
  },
  drag(editor, dice) {
    const card = dice.of(state(editor).cards);
    if (!card) return;
    const position = somewhere(dice);
    state(editor).cardsChanged([{ type: 'position', id: card.id, position, dragging: true }]);
    state(editor).cardsChanged([{ type: 'position', id: card.id, position, dragging: false }]);
  },
  nudge(editor, dice) {
    choose(editor, dice);
    nudgeChosen(editor, { x: dice.below(20), y: -dice.below(20) });
  },
  align(editor, dice) {
    choose(editor, dice);
    alignChosen(editor, dice.of(alignments)!);
  },
  tidy: (editor) => tidyCards(editor),
  group(editor, dice) {
    choose(editor, dice);
    frameChosen(editor);
  },
  regroup(editor, dice) {
    const group = dice.of(state(editor).graph.layout.groups);
    const patch = dice.below(2) ? { title: 'Sampling' } : { at: somewhere(dice), size: { x: 300, y: 200 } };
    if (group) state(editor).edit((graph) => edits.setGroup(graph, group.id, patch), `${group.id}.title`);
  },
  pin(editor, dice) {
    choose(editor, dice);
    pinChosen(editor);
  },
  bend(editor, dice) {
    const wire = anyWire(editor, dice);
    const points = Array.from({ length: dice.below(3) }, () => somewhere(dice));
    if (wire) state(editor).edit((graph) => edits.setBends(graph, edits.wireId(wire), points));
  },
  room(editor, dice) {
    const node = anyNode(editor, dice);
    if (node) given.set(editor, makeRoom(editor, node.id));
  },
  giveRoomBack: (editor) => given.get(editor)?.(),
  form(editor, dice) {
    const { root } = state(editor);
    const node = dice.of(root.nodes);
    const param = node && dice.of(Object.keys(definitionsFor(root)[node.type]?.params.shape ?? {}));
    if (dice.below(3) === 0) state(editor).editRoot(usualForm);
    else if (param) state(editor).editRoot((graph) => toggleInForm(graph, { node: node.id, param }));
  },
  formLine(editor, dice) {
    const at = dice.of(formFields(state(editor).root));
    const names = { title: dice.of(['', 'Text'])!, group: 'Film' };
    const by = dice.below(5) - 2;
    if (at && dice.below(2)) state(editor).editRoot((graph) => moveFormField(graph, at, by));
    else if (at) state(editor).editRoot((graph) => setFormField(graph, at, names), `form.${at.node}.title`);
  },
  switchOff(editor, dice) {
    choose(editor, dice);
    switchChosen(editor, dice.of(['mute', 'bypass'] as const)!);
  },
  collapse(editor, dice) {
    choose(editor, dice);
    collapseChosen(editor);
  },
  widen(editor, dice) {
    const node = anyNode(editor, dice);
    if (node) state(editor).edit((graph) => edits.setWidth(graph, node.id, 200 + dice.below(300) / 7));
  },
  name(editor, dice) {
    const node = anyNode(editor, dice);
    if (node) state(editor).edit((graph) => edits.setTitle(graph, node.id, dice.of(['', ' Mine ', 'W'.repeat(200)])!));
  },
  nameGraph: (editor, dice) =>
    state(editor).edit((graph) => ({ ...graph, name: dice.of(['', 'A film', 'Another'])! }), 'name'),
  note: (editor, dice) => writeNote(editor, somewhere(dice)),
  writeNote(editor, dice) {
    const note = dice.of(state(editor).graph.layout.notes);
    const patch = dice.below(2) ? { text: 'Try 30 steps' } : { at: somewhere(dice), size: { x: 100, y: 90 } };
    if (note) state(editor).edit((graph) => edits.setNote(graph, note.id, patch), `${note.id}.text`);
  },
  paste(editor, dice) {
    choose(editor, dice);
    duplicateChosen(editor);
  },
  set(editor, dice) {
    const node = anyNode(editor, dice);
    const field = node && dice.of(Object.keys(state(editor).definitions[node.type]?.params.shape ?? {}));
    if (!field) return;
    const gesture = dice.below(2) ? `${node.id}.${field}` : undefined;
    state(editor).edit((graph) => edits.setParams(graph, node.id, { [field]: dice.of(written) }), gesture);
  },
  preset(editor, dice) {
    const node = anyNode(editor, dice);
    const definition = node && state(editor).definitions[node.type];
    if (!definition) return;
    const { fits } = applicable(definition, { steps: 8, seed: 3, sampler: 'lcm', text: 'a boat', width: -1 });
    state(editor).edit((graph) => edits.setParams(graph, node.id, fits));
  },
  schedulePoint(editor, dice) {
    const node = dice.of(state(editor).graph.nodes.filter(({ type }) => type === 'drawn-schedule'));
    if (!node)
      return state(editor).edit((graph) => edits.addNode(graph, { type: 'drawn-schedule', at: somewhere(dice) }).graph);
    const sigmas = Array.isArray(node.params.sigmas) ? node.params.sigmas.filter((one) => typeof one === 'number') : [];
    if (sigmas.length < 2) return;
    const next = dice.below(2)
      ? moveSigma(sigmas, dice.below(sigmas.length), dice.below(100) / 100)
      : withSteps(sigmas, 1 + dice.below(12));
    state(editor).edit((graph) => edits.setParams(graph, node.id, { sigmas: next }), `${node.id}.sigmas`);
  },
  branch(editor, dice) {
    const node = dice.of(state(editor).graph.nodes.filter(({ type }) => type === 'denoiser'));
    // Each branch doubles what lies behind it.
    if (!node || state(editor).graph.nodes.length > 40) return;
    state(editor).edit((graph) => branchFrom(graph, { node: node.id, step: 1 + dice.below(5), bottom: 900 }).graph);
  },
  /** The settings of a sweep's cell, taken into the document. */
  sweep(editor, dice) {
    const { root } = state(editor);
    const node = dice.of(root.nodes);
    if (!node) return;
    const { definitions } = state(editor);
    const port = dice.of(Object.keys(definitions[node.type]?.inputs ?? {}));
    const param = dice.of(Object.keys(definitions[node.type]?.params.shape ?? {}));
    const value = dice.of(['a boat', 3, 'gosling'])!;
    if (dice.below(2) && port && sourceFor(root, { node: node.id, port }).problem === undefined)
      state(editor).editRoot((graph) => withSource(graph, { node: node.id, port, value }));
    else if (param) state(editor).editRoot((graph) => withParamAt(graph, { node: node.id, param }, value));
  },
  renameModel: (editor, dice) =>
    state(editor).editRoot((graph) => renameModel(graph, 'gosling', dice.of(['wan22', 'gone', 'gosling'])!)),
  ...componentChanges,
  /** An older version of the document, opened with the way back kept. */
  reopen(editor, dice) {
    const older = dice.of(state(editor).history.past);
    const { graph } = readGraph(JSON.stringify(older ?? state(editor).root));
    state(editor).open(graph!, true);
  },
  /** A model that has come, or of which it became known where it was had from. */
  setModels(editor, dice) {
    const { models, setModels } = state(editor);
    const name = dice.of(['gosling', 'wan22', 'gone'])!;
    const source = { hub: 'somebody/something', revision: 'a'.repeat(40) };
    setModels({ ...models, [name]: { ...small, id: name, source } });
  },
  undo(editor, dice) {
    for (let back = dice.below(4); back >= 0; back--) state(editor).undo();
  },
  redo: (editor) => state(editor).redo(),
};
