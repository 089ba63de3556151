import type { CanvasNode } from './drawing';
import type { EditorState } from './editor-store';

/** Lines below a picture: the slider of a denoiser's steps, what is known of a file. In canvas pixels, with the margins. */
const lines = { steps: 54, file: 44 };
/** What a card keeps free on both sides of its picture. */
const margins = 26;

type Known = Pick<EditorState, 'byId' | 'definitions' | 'checked' | 'graph'>;

/**
 * How tall a card is once it has run, in canvas pixels: a denoiser then shows its clip, an output its film or picture. A view
 * that is fitted with it, and cards laid out with it, need not make way when the picture comes.
 */
export function heightWithPicture(state: Known, card: CanvasNode): number {
  const { id, width = 0, initialHeight = 0, measured } = card;
  const drawn = measured?.height ?? card.height ?? initialHeight;
  const definition = state.definitions[state.byId.get(id)?.type ?? ''];
  if (card.type !== 'card' || !definition || state.graph.layout.collapsed?.includes(id)) return drawn;
  const isFilm = Object.values(definition.outputs).some(({ kind }) => kind === 'file');
  if (!definition.pausedAt && !isFilm) return drawn;
  const picture = (width - margins) * tallness(state, id);
  return Math.max(drawn, initialHeight + picture + (definition.pausedAt ? lines.steps : lines.file));
}

/** Height over width of what a node shows, by what is known of its wires; 1 while nothing is. */
function tallness({ checked, graph }: Known, id: string): number {
  const before = graph.wires
    .filter(({ to }) => to.node === id)
    .map(({ from }) => checked.types[from.node]?.[from.port]);
  for (const type of [...Object.values(checked.types[id] ?? {}), ...before]) {
    const [width, height] = [Number(type?.facts.width), Number(type?.facts.height)];
    if (width > 0 && height > 0) return height / width;
  }
  return 1;
}
