import type { NodeProblem } from './define';
import type { Facts, ModelCard, Models, WireType } from './values';

/** The card of the model a wire comes from, when the library has it. */
export function cardOf(type: WireType | undefined, models: Models): ModelCard | undefined {
  const id = type?.facts.model;
  return typeof id === 'string' ? models[id] : undefined;
}

/** What a wire's model is called: its title, or its id, or null when the wire does not say. */
function modelName(type: WireType, models: Models): string | null {
  const id = type.facts.model;
  return typeof id === 'string' ? (models[id]?.title ?? id) : null;
}

/**
 * A problem when a latent (or known frames) lies in another space than the model's. The sentence names both, so that the
 * user sees which of the two wires to change.
 */
export function otherSpace(
  about: { port: string; value: WireType | undefined; model: WireType | undefined; what: string },
  models: Models,
): NodeProblem[] {
  const { value, model, port, what } = about;
  const given = value?.facts.space;
  const wanted = model?.facts.space;
  if (!value || !model || given === undefined || wanted === undefined || given === wanted) return [];
  const from = modelName(value, models);
  const here = modelName(model, models) ?? 'the model here';
  const says = `${what} ${from ? `comes from ${from}` : 'lies'} in the latent space "${given}", and ${here} works in "${wanted}". Use the same model at both ends.`;
  return [{ port, says }];
}

/** A problem when text was encoded by an encoder the denoiser was not trained with. Names both models. */
export function otherText(
  about: { port: string; text: WireType | undefined; model: WireType | undefined },
  models: Models,
): NodeProblem[] {
  const { port, text, model } = about;
  const card = cardOf(model, models);
  if (!text || !card) return [];
  const here = card.title;
  const from = modelName(text, models) ?? 'another model';
  if (text.facts.family !== undefined && text.facts.family !== card.family)
    return [
      {
        port,
        says: `The text was encoded by ${from} (family ${text.facts.family}), and ${here} reads the texts of family ${card.family}. Encode it with the text encoder of ${here}.`,
      },
    ];
  if (text.facts.width !== undefined && text.facts.width !== card.text.width)
    return [
      {
        port,
        says: `The text of ${from} is ${text.facts.width} numbers wide, and ${here} reads ${card.text.width}. Encode it with the text encoder of ${here}.`,
      },
    ];
  return [];
}

const sides = { frames: 'latent frames', height: 'latent rows', width: 'latent columns' } as const;

/** A problem when two latents that are to be mixed differ in size. */
export function otherSize(about: {
  port: string;
  value: WireType | undefined;
  like: Facts | undefined;
  what: string;
  likeWhat: string;
}): NodeProblem[] {
  const { value, like, port, what, likeWhat } = about;
  if (!value || !like) return [];
  for (const [side, words] of Object.entries(sides)) {
    const given = value.facts[side];
    const wanted = like[side];
    if (given !== undefined && wanted !== undefined && given !== wanted) {
      const says = `${what} has ${given} ${words}, and ${likeWhat} has ${wanted}. Give both the same size and number of frames.`;
      return [{ port, says }];
    }
  }
  return [];
}
