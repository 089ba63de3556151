import type { Out } from './draft';
import type { Given } from './given';
import type { Reading } from './reading';
import { type ComfyNode, isLink } from './workflow';

/** Where a sampler starts: the size of the clip, pictures held in it, a clip to rework. */
export interface Start {
  size: { width?: Given; height?: Given; frames?: Given | number };
  pins: Pin[];
  rework?: Out;
  /** The nodes that say so. */
  by: readonly ComfyNode[];
}

interface Pin {
  by: ComfyNode;
  frames: Out;
  position: 'first' | 'last' | 'at';
  at?: number;
  strength?: unknown;
}

/** How pictures and latents on the way are brought over; undefined where they cannot be. */
interface Bring {
  frames(from: unknown): Out | undefined;
  clip(from: unknown): Out | undefined;
}

/** A LATENT that a sampler starts from. */
export function startOf(reading: Reading, from: unknown, bring: Bring): Start {
  const node = reading.node(from);
  if (!node) return { size: {}, pins: [], by: [] };
  const at = (name: string) => reading.given(node, name);
  const by = [node];
  const size =
    'width' in node.inputs ? { width: at('width'), height: at('height'), frames: lengthOf(reading, node) } : {};
  const pin = (image: string, position: 'first' | 'last', strength?: unknown): Pin[] => {
    const frames = node.inputs[image] === undefined ? undefined : bring.frames(node.inputs[image]);
    return frames ? [{ by: node, frames, position, strength }] : [];
  };
  reading.node(node.inputs['vae']);
  for (const name of ['clip_vision_output', 'clip_vision_start_image', 'clip_vision_end_image'])
    vision(reading, node.inputs[name]);
  switch (node.type) {
    case 'EmptyHunyuanLatentVideo':
    case 'EmptyLTXVLatentVideo':
    case 'EmptyLatentImage':
      return { size, pins: [], by };
    case 'WanImageToVideo':
    case 'Wan22ImageToVideoLatent':
      return { size, pins: pin('start_image', 'first'), by };
    case 'WanFirstLastFrameToVideo':
    case 'WanFunInpaintToVideo':
      return { size, pins: [...pin('start_image', 'first'), ...pin('end_image', 'last')], by };
    case 'LTXVImgToVideo':
      return { size, pins: pin('image', 'first', at('strength')), by };
    case 'LTXVAddGuide':
      return guided(reading, node, bring);
    default: {
      if ('width' in size) {
        reading.lose(node, 'Skein has no such node: only the size was taken from it.');
        return { size, pins: [], by };
      }
      const clip = bring.clip(from);
      reading.remark(node, 'It starts from another clip: give the noise the size of that clip.');
      return { size: {}, pins: [], by: [], ...(clip ? { rework: clip } : {}) };
    }
  }
}

/** How many pictures; a latent that says nothing of them holds one. */
function lengthOf(reading: Reading, node: ComfyNode): Given | number {
  return 'length' in node.inputs ? reading.given(node, 'length') : 1;
}

/** One more picture held by LTXVAddGuide. `frame_idx` counts pictures; one latent frame holds eight. */
function guided(reading: Reading, node: ComfyNode, bring: Bring): Start {
  const before = startOf(reading, node.inputs['latent'], bring);
  const frames = bring.frames(node.inputs['image']);
  if (!frames) return before;
  const index = Number(reading.given(node, 'frame_idx').value ?? 0);
  const { frames: length } = before.size;
  const count = typeof length === 'object' ? Number(length.value) : length;
  const isLast = index < 0 || index === Number(count) - 1;
  const place =
    index === 0
      ? { position: 'first' as const }
      : isLast
        ? { position: 'last' as const }
        : { position: 'at' as const, at: Math.ceil(index / 8) };
  return {
    ...before,
    pins: [...before.pins, { by: node, frames, ...place, strength: reading.given(node, 'strength') }],
  };
}

/** CLIP vision: Skein's frame conditioner asks the model's own image encoder, so its nodes only have to be known. */
function vision(reading: Reading, from: unknown): void {
  const node = isLink(from) ? reading.node(from) : undefined;
  if (node?.type === 'CLIPVisionEncode') reading.node(node.inputs['clip_vision']);
}
