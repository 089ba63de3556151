import { z } from 'zod';
import { cardOf, otherSize, otherSpace } from '../agreement';
import { defineNode, type NodeProblem, optional, port } from '../define';
import type { LatentValue } from '../values';
import { ofLatent, ofPictures, packed } from './held-piece';
import { inPinSpace, pinChannelsOf, pinSpaceOf } from './pictures';
import { placeKeyframes, placePins } from './place-pins';
import { cannotHold, heldWith } from './which-frames';

export default defineNode({
  type: 'frame-conditioner',
  version: 1,
  title: 'Frame conditioner',
  says: 'Holds frames that are already known in their places; the denoiser makes up the rest around them.',
  inputs: {
    model: port.model('vae', 'The VAE that turns the pictures into latents'),
    noise: port.latent('The noise of the clip to come: says how large and how long it will be'),
    frames: optional(port.frames('A picture, or the pictures of a clip')),
    clip: optional(port.latent('A latent clip instead of pictures')),
    pins: optional(port.pins('Other known frames, to which these are added')),
  },
  outputs: { frames: port.pins('All frames that are known so far') },
  params: z.object({
    position: z.enum(['first', 'last', 'at']).default('first').meta({
      control: 'select',
      says: 'Where they belong: at the beginning, at the end, or from a latent frame on.',
    }),
    at: z.int().min(0).max(4096).default(0).meta({
      title: 'Latent frame',
      says: 'For the position "at". 0 is the first; each later one covers several pictures.',
    }),
    take: z.int().min(1).max(4097).nullable().default(null).meta({
      unit: 'frames',
      says: 'How many pictures of a clip to hold: its last ones at the beginning, its first ones elsewhere. Empty: all.',
    }),
    strength: z.number().min(0).max(1).default(1).meta({
      control: 'slider',
      step: 0.01,
      says: 'How firmly they are held. Slightly below 1 lets the model mend flaws, e.g. 0.95 for frames it made itself.',
    }),
    fit: z.enum(['cover', 'contain', 'fill']).default('cover').meta({
      control: 'select',
      advanced: true,
      says: 'When the shape differs: cut the overhang, pad with black, or stretch.',
    }),
  }),
  computes: true,
  // In version 1 of this node keyframes at first lay in the clip, then beside it; what is held less firmly was not stepped.
  identity: ({ params }) => ({
    ...params,
    ...(params.position === 'first' && params.strength === 1 ? {} : { keyframes: 'stepped' }),
  }),
  infer({ inputs, params, models }) {
    const { model, noise, frames, clip, pins } = inputs;
    const like = { like: noise?.facts, likeWhat: 'the noise' };
    const card = cardOf(noise, models) ?? cardOf(model, models);
    const problems: NodeProblem[] = [
      ...otherSpace({ port: 'noise', value: noise, model, what: 'The noise' }, models),
      ...otherSpace({ port: 'clip', value: clip, model, what: 'The clip' }, models),
      ...otherSpace({ port: 'pins', value: pins, model: inPinSpace(model, card), what: 'The known frames' }, models),
      ...otherSize({ port: 'pins', value: pins, what: 'The known frames', ...like }),
    ];
    if (!frames && !clip)
      problems.push({
        port: 'frames',
        says: 'Nothing is given to hold. Connect pictures to "Frames", or a latent to "Clip".',
      });
    if (frames && clip)
      problems.push({
        port: 'clip',
        says: 'Pictures and a latent are both given, and one can be held. Remove one of the wires.',
      });
    const length = noise?.facts.frames;
    if (params.position === 'at' && typeof length === 'number' && params.at >= length)
      problems.push({
        param: 'at',
        says: `The clip has ${length} latent frames, numbered from 0: there is none ${params.at}. Take ${length - 1} or less.`,
      });
    const first = params.position === 'first' || (params.position === 'at' && params.at === 0);
    const several = Math.min(Number(frames?.facts.count ?? clip?.facts.frames ?? 1), params.take ?? Infinity) > 1;
    const beyondFirst = !first || several || pins?.facts.beyondFirst === true;
    const last = params.position === 'last' || (typeof length === 'number' && params.at === length - 1);
    const held = heldWith(several ? 'others' : first ? 'first' : last ? 'last' : 'others', pins);
    // One after the other the two ends may come in any order; only the denoiser sees whether one is lacking.
    const says = card && cannotHold(card, held === 'last' ? 'first-last' : held, beyondFirst);
    if (says)
      problems.push(card.pins === 'none' ? { port: 'noise', says } : { param: first ? 'take' : 'position', says });
    if (card?.pinsBy && params.strength !== 1)
      problems.push({
        param: 'strength',
        says: `${card.title} is shown known frames as they are and cannot hold them less firmly. Set strength to 1.`,
      });
    const as = card?.pinsBy ? { space: pinSpaceOf(card), channels: pinChannelsOf(card) } : {};
    return { outputs: { frames: { ...noise?.facts, ...as, beyondFirst, held } }, problems };
  },
  async run({ inputs, params, ctx }) {
    const { noise, pins } = inputs;
    const [, length] = noise.shape;
    const atStart = params.position === 'first' || (params.position === 'at' && params.at === 0);
    const card = ctx.models.card(inputs.model);
    const asKeyframe = card.keyframes === 'beside' && !atStart;
    const about = { atStart, asKeyframe, take: params.take, fit: params.fit, noise, model: inputs.model, ctx };
    const piece = card.pinsBy
      ? await packed(inputs, { ...about, card })
      : inputs.clip
        ? ofLatent(inputs.clip, { ...about, time: card.latent.time })
        : await ofPictures(inputs.frames, about);
    const [, , rows, columns] = noise.shape;
    const like = { space: pinSpaceOf(card), shape: [pinChannelsOf(card), length, rows, columns] as const };
    mustMatch(piece.latent, like);
    const count = piece.latent.shape[1] - piece.skip;
    const at = params.position === 'last' ? length - count : params.position === 'at' ? params.at : 0;
    if (at < 0 || at + count > length)
      throw new Error(
        `${count} latent frames from ${at} on do not fit into a clip of ${length}. Take fewer pictures, or make the clip longer.`,
      );
    const placing = { piece: piece.latent, noise: 1 - params.strength, like, pins };
    const held = asKeyframe
      ? placeKeyframes({ ...placing, at: at - piece.skip, time: card.latent.time })
      : placePins({ ...placing, skip: piece.skip, at });
    if (held.known.every(Boolean))
      throw new Error(
        `All ${length} latent frames of the clip are held and nothing is left to make. Take fewer pictures, or make the clip longer.`,
      );
    return { frames: held };
  },
});

type Like = Pick<LatentValue, 'space' | 'shape'>;

function mustMatch(piece: Like, noise: Like): void {
  const side = (latent: Like) => [latent.space, latent.shape[0], latent.shape[2], latent.shape[3]].join(', ');
  if (side(piece) !== side(noise))
    throw new Error(
      `The frames to hold lie in (${side(piece)}), the noise in (${side(noise)}): space, channels, rows, columns. Make both with one model and size.`,
    );
}
