import { cardOf } from '../agreement';
import type { NodeProblem } from '../define';
import type { Fact, ModelCard, Models, WireType } from '../values';

/** Which frames are held, as far as models differ in what they can hold. */
export type Held = 'first' | 'last' | 'first-last' | 'others';

/** What is held after one more piece; undefined when it is not known. */
export function heldWith(own: Held, before: WireType | undefined): Held | undefined {
  if (!before) return own;
  const { held } = before.facts;
  if (held === own) return own;
  if (held === undefined) return undefined;
  if (own === 'others' || held === 'others') return 'others';
  return 'first-last';
}

/** Why a model cannot hold these frames, as a sentence; null when it can, or when too little is known. */
export function cannotHold(card: ModelCard, held: Fact | undefined, beyondFirst: Fact | undefined): string | null {
  const { title, pins } = card;
  if (pins === 'none')
    return `${title} makes clips from text alone and cannot hold known frames. Remove them, or choose another model.`;
  if (pins === 'first' && beyondFirst === true)
    return `${title} was made for one known first frame only. Hold one picture at the beginning, or choose another model.`;
  if (pins === 'first-last' && (held === 'others' || held === 'last'))
    return held === 'last'
      ? `${title} needs to know the first frame when it is given the last. Hold a picture at the beginning too.`
      : `${title} holds a first and a last frame and nothing between. Hold one picture at either end, or choose another model.`;
  return null;
}

/** What speaks against the known frames that a denoiser is given, or not given. */
export function holding(frames: WireType | undefined, about: { model?: WireType; models: Models }): NodeProblem[] {
  const card = cardOf(about.model, about.models);
  if (!card) return [];
  const says = frames
    ? (cannotHold(card, frames.facts.held, frames.facts.beyondFirst) ?? lacksLast(card, frames.facts.held))
    : lacksAll(card);
  return says ? [{ port: 'frames', says }] : [];
}

const lacksLast = ({ title, mustHold }: ModelCard, held: Fact | undefined): string | null =>
  mustHold === 'first-last' && held === 'first'
    ? `${title} goes from a first frame to a last one and needs both. Hold a picture at the end too.`
    : null;

function lacksAll({ title, mustHold }: ModelCard): string | null {
  if (!mustHold) return null;
  const what = mustHold === 'first' ? 'a first picture' : 'a first and a last picture';
  return `${title} brings ${what} to life and was given none. Connect a frame conditioner to "Frames", or choose another model.`;
}
