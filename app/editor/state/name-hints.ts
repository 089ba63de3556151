import type { Graph } from '../../../nodes/graph';
import type { ModelCard, Models, NameHint } from '../../../nodes/model-card';

interface Known {
  graph: Pick<Graph, 'nodes' | 'wires'>;
  models: Models;
}

/** A model or a LoRA that can be used. */
export function cardIn(models: Models, id: unknown): ModelCard | undefined {
  const card = typeof id === 'string' && Object.hasOwn(models, id) ? models[id] : undefined;
  return card?.broken === undefined ? card : undefined;
}

/** The card that a card's model comes from. */
const before = ({ graph }: Known, node: string) => {
  const wire = graph.wires.find(({ to }) => to.node === node && to.port === 'model');
  return graph.nodes.find(({ id }) => id === wire?.from.node);
};

/** What the names of the LoRAs say through which a card's model comes, the one nearest to the model first. */
export function hintsOfLoras(known: Known, node: string): NameHint[] {
  const card = before(known, node);
  if (!card) return [];
  const own = cardIn(known.models, card.params['lora'])?.byName;
  return [...hintsOfLoras(known, card.id), ...(own ? [own] : [])];
}

/** The card on which the model of this one was chosen, or a LoRA on the way, if its name says how it wants to be stepped. */
export function hinted(known: Known, node: string): { node: string; model: string } | null {
  const card = before(known, node);
  if (!card) return null;
  const id = card.params['lora'] ?? card.params['model'];
  if (typeof id === 'string' && cardIn(known.models, id)?.byName) return { node: card.id, model: id };
  return hinted(known, card.id);
}
