import { dissolveChosen, makeOfChosen, nameComponent, toggleShown } from '../../app/editor/component-actions';
import type { Editor } from '../../app/editor/state/editor-store';
import { componentOf } from '../../nodes/component';
import { freshName } from '../../nodes/component-edits';
import { takeVersion } from '../../nodes/component-pages';
import type { Component } from '../../nodes/graph';
import { anyNode, anySocket, choose, type Dice, state } from './dice';

/** Changes what the page's component shows to the outside. */
function changeOwn(editor: Editor, recipe: (own: Component) => Component): void {
  state(editor).edit((page) => (page.own ? { ...page, own: recipe(page.own) } : page), 'says');
}

/** What is done with components and on their pages. */
export const componentChanges: Readonly<Record<string, (editor: Editor, dice: Dice) => void>> = {
  enter(editor, dice) {
    const inner = state(editor).graph.nodes.filter((node) => componentOf(state(editor).root, node));
    state(editor).enter(dice.of(inner)?.id ?? '');
  },
  leave: (editor, dice) => state(editor).leave(dice.below(state(editor).path.length)),
  makeComponent(editor, dice) {
    choose(editor, dice);
    makeOfChosen(editor);
  },
  dissolve(editor, dice) {
    const inner = state(editor).graph.nodes.filter((node) => componentOf(state(editor).root, node));
    state(editor).select(new Set([dice.of(inner)?.id ?? '']));
    dissolveChosen(editor);
  },
  nameComponent(editor, dice) {
    const inner = state(editor).graph.nodes.filter((node) => componentOf(state(editor).root, node));
    const id = dice.of(inner)?.id;
    if (id) nameComponent(editor, id, dice.of(['Making', 'Light'])!);
  },
  takeVersion(editor, dice) {
    const { graph, root } = state(editor);
    const node = dice.of(graph.nodes.filter((one) => componentOf(root, one)));
    const from = node && componentOf(root, node);
    const to = dice.of((root.components ?? []).filter(({ id, key }) => id === from?.id && key !== from.key));
    if (node && to)
      state(editor).edit((page) => takeVersion(page, node.id, { to, definitions: root.components ?? [] }));
  },
  showControl(editor, dice) {
    const node = anyNode(editor, dice);
    const param = node && dice.of(Object.keys(state(editor).definitions[node.type]?.params.shape ?? {}));
    if (param) toggleShown(editor, node.id, param);
  },
  addSocket(editor, dice) {
    const side = dice.of(['source', 'target'] as const)!;
    const end = anySocket(editor, dice, side);
    if (!end) return;
    const { node, port } = end;
    changeOwn(editor, (own) =>
      side === 'target'
        ? { ...own, inputs: [...own.inputs, { name: freshName(port, own.inputs), to: [{ node, port }] }] }
        : { ...own, outputs: [...own.outputs, { name: freshName(port, own.outputs), from: { node, port } }] },
    );
  },
  dropSocket(editor, dice) {
    const side = dice.of(['inputs', 'outputs', 'params'] as const)!;
    changeOwn(editor, (own) => {
      const gone = own[side][dice.below(own[side].length)]?.name;
      return { ...own, [side]: own[side].filter((one: { name: string }) => one.name !== gone) };
    });
  },
  titleSocket(editor, dice) {
    changeOwn(editor, (own) => ({
      ...own,
      says: dice.of(['', 'Makes a clip'])!,
      inputs: own.inputs.map((one, at) => (at ? one : { ...one, title: 'Text of the film' })),
    }));
  },
};
