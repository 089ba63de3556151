import type { Editor } from '../../app/editor/state/editor-store';
import type { LooseEnd } from '../../app/editor/state/fitting';
import type { GraphNode, GraphWire } from '../../nodes/graph';

/** Choices from a list of numbers, taken one after the other and from the front again: the same numbers, the same edits. */
export class Dice {
  private turn = 0;
  constructor(private readonly numbers: readonly number[]) {}
  below(count: number): number {
    return count > 0 ? this.numbers[this.turn++ % this.numbers.length]! % count : 0;
  }
  of<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }
}

export const state = (editor: Editor) => editor.getState();
export const anyNode = (editor: Editor, dice: Dice): GraphNode | undefined => dice.of(state(editor).graph.nodes);
export const anyWire = (editor: Editor, dice: Dice): GraphWire | undefined => dice.of(state(editor).graph.wires);
export const somewhere = (dice: Dice) => ({ x: dice.below(3000) - 500, y: dice.below(2000) - 500 });

/** Chooses one to four of all that lies on the canvas. */
export function choose(editor: Editor, dice: Dice): void {
  const { cards, select } = state(editor);
  select(new Set(Array.from({ length: 1 + dice.below(4) }, () => dice.of(cards)?.id ?? '')));
}

export function anySocket(editor: Editor, dice: Dice, side: LooseEnd['side']): LooseEnd | undefined {
  const { graph, definitions } = state(editor);
  const ends = graph.nodes.flatMap(({ id, type }) => {
    const ports = side === 'source' ? definitions[type]?.outputs : definitions[type]?.inputs;
    return Object.keys(ports ?? {}).map((port) => ({ node: id, port, side }));
  });
  return dice.of(ends);
}
