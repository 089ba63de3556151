import { type Carving, carvingOf } from './carving';
import type { Draft, Out } from './draft';
import { type Film, filmOf } from './film';
import { type Network, networkOf } from './network';
import { nameOf, type Reading, whole } from './reading';
import { wordsOf } from './words';
import { type ComfyNode, isLink } from './workflow';

/** Where a sampler starts: the size of the clip, pictures held in it, a clip to rework. */
interface Start {
  size: { width?: unknown; height?: unknown; frames?: unknown };
  pins: { frames: Out; position: 'first' | 'last' | 'at'; at?: number; strength?: unknown }[];
  rework?: { clip: Out };
}

/** Where ComfyUI moves the steps of Wan when no node says otherwise (its table of models). Checkpoints say 3 to 12. */
const wanShift = 8;

/**
 * Translates what ComfyUI's nodes mean, from the outputs back to their sources. Their ports speak of the same things
 * (MODEL, CONDITIONING, LATENT, IMAGE), yet carry more than ours: a latent its size and held pictures, a model its shift.
 */
export class Translation {
  #frameRate: number | undefined;
  #files: readonly string[] = [];

  constructor(
    private readonly reading: Reading,
    private readonly draft: Draft,
    private readonly modelNamed: (files: readonly string[]) => string,
  ) {}

  /** All nodes that make a file, each with everything it needs. */
  run(): void {
    for (const node of this.reading.workflow.nodes.values()) this.#output(node);
    this.reading.remarkUnused();
  }

  #output(node: ComfyNode): void {
    const name = nameOf(node.inputs['filename_prefix']);
    const film = filmOf(this.reading, node);
    if (film) this.#film(node, film, name);
    switch (node.type) {
      case 'SaveImage':
      case 'PreviewImage': {
        const frames = this.#frames(node.inputs['images']);
        if (frames) this.#add(node, 'still', { inputs: { frames }, params: { name } });
        break;
      }
      case 'SaveLatent': {
        const clip = this.#clip(node.inputs['samples']);
        if (clip) this.#add(node, 'save-latent', { inputs: { clip }, params: { name } });
      }
    }
  }

  #film(node: ComfyNode, { images, fps, crf, format }: Film, name?: string): void {
    this.#frameRate = typeof fps === 'number' ? fps : undefined;
    const frames = this.#frames(images);
    if (frames) this.#add(node, 'muxer', { inputs: { frames }, params: { format, crf, name } });
    else this.reading.remark(node, 'What it would show could not be brought over, so there is nothing to write.');
  }

  #frames(from: unknown): Out | undefined {
    const node = this.reading.node(from);
    if (!node) return undefined;
    const { inputs } = node;
    switch (node.type) {
      case 'VAEDecodeTiled':
      case 'VAEDecode': {
        const clip = this.#clip(inputs['samples']);
        const model = clip && this.#part('vae');
        this.reading.node(inputs['vae']);
        return clip && { node: this.#add(node, 'vae-decoder', { inputs: { model, clip } }), port: 'frames' };
      }
      case 'LoadImage': {
        const title = String(inputs['image'] ?? 'Picture');
        this.reading.remark(node, `Choose the picture ${title} on its card: pictures do not travel inside workflows.`);
        return { node: this.#add(node, 'image', { title }), port: 'frames' };
      }
      case 'ImageScale': {
        const frames = this.#frames(inputs['image']);
        const params = {
          width: inputs['width'],
          height: inputs['height'],
          fit: inputs['crop'] === 'center' ? 'cover' : 'fill',
        };
        return frames && { node: this.#add(node, 'resize', { inputs: { frames }, params }), port: 'frames' };
      }
      case 'LTXVPreprocess':
        this.reading.remark(node, 'It compresses the picture a little before use; the picture is taken as it is.');
        return this.#frames(inputs['image']);
      default:
        this.reading.remark(node, 'Skein has no such node: what hangs on it was left out.');
        return undefined;
    }
  }

  /** A finished latent clip. */
  #clip(from: unknown): Out | undefined {
    const node = this.reading.node(from);
    if (!node) return undefined;
    const { inputs } = node;
    switch (node.type) {
      case 'KSampler':
      case 'KSamplerAdvanced':
      case 'SamplerCustom':
      case 'SamplerCustomAdvanced': {
        const carving = carvingOf(this.reading, node);
        return carving && this.#denoiser(node, carving);
      }
      case 'LTXVCropGuides':
        return this.#clip(inputs['latent']);
      case 'VAEEncode': {
        const frames = this.#frames(inputs['pixels']);
        this.reading.node(inputs['vae']);
        return (
          frames && {
            node: this.#add(node, 'vae-encoder', { inputs: { model: this.#part('vae'), frames } }),
            port: 'clip',
          }
        );
      }
      default: {
        this.reading.remark(node, 'Skein has no such node for latents: it was passed over.');
        const next = inputs['samples'] ?? inputs['latent'];
        return isLink(next) ? this.#clip(next) : undefined;
      }
    }
  }

  #denoiser(node: ComfyNode, { model, positive, negative, latent, params, seed }: Carving): Out | undefined {
    const network = networkOf(this.reading, model);
    const denoiser = this.#changed(network);
    const wanted = wordsOf(this.reading, positive);
    const unwanted = negative === undefined ? undefined : wordsOf(this.reading, negative);
    const start = this.#start(latent);
    const fps = whole(wanted.frameRate) ?? whole(this.#frameRate);
    const { width, height, frames } = start.size;
    const noise: Out = {
      node: this.#add(node, 'noise-seed', {
        inputs: { model: denoiser },
        params: { seed, width, height, frames, fps },
      }),
      port: 'noise',
    };
    const text = this.draft.add('text-encoder', {
      inputs: {
        model: this.#part('textEncoder'),
        prompt: this.#prompt(wanted.text),
        negative: unwanted && this.#prompt(unwanted.text, 'Keep away from'),
      },
    });
    const pins = start.pins.reduce<Out | undefined>((before, { frames, position, at, strength }) => {
      const inputs = { model: this.#part('vae'), noise, frames, pins: before };
      return {
        node: this.#add(node, 'frame-conditioner', { inputs, params: { position, at, strength } }),
        port: 'frames',
      };
    }, undefined);
    const made = this.#add(node, 'denoiser', {
      inputs: {
        model: denoiser,
        noise,
        text: { node: text, port: 'text' },
        avoid: { node: text, port: 'avoid' },
        frames: pins,
        clip: start.rework?.clip,
      },
      params: {
        ...params,
        shift: network.shift ?? (wanted.encoder === 'wan' ? wanShift : undefined),
        ...network.settings,
      },
    });
    return { node: made, port: 'clip' };
  }

  /** The model node: one for the whole workflow, since text encoder and VAE are found by what the denoiser needs. */
  #part(port: 'denoiser' | 'textEncoder' | 'vae'): Out {
    return { node: this.draft.add('model', { params: { model: this.modelNamed(this.#files) } }), port };
  }

  #changed({ files, loras }: Network): Out {
    this.#files = files;
    return loras.reduce<Out>((model, params) => {
      return { node: this.draft.add('lora', { inputs: { model }, params }), port: 'model' };
    }, this.#part('denoiser'));
  }

  #prompt(text: unknown, title?: string): Out {
    const words = this.reading.value(text);
    return {
      node: this.draft.add('prompt', { params: { text: typeof words === 'string' ? words : '' }, title }),
      port: 'text',
    };
  }

  /** A LATENT that a sampler starts from. */
  #start(from: unknown): Start {
    const node = this.reading.node(from);
    if (!node) return { size: {}, pins: [] };
    const at = (name: string) => this.reading.value(node.inputs[name]);
    const size = { width: at('width'), height: at('height'), frames: at('length') };
    const pin = (image: string, position: 'first' | 'last', strength?: unknown) => {
      const frames = node.inputs[image] === undefined ? undefined : this.#frames(node.inputs[image]);
      return frames ? [{ frames, position, strength }] : [];
    };
    this.reading.node(node.inputs['vae']);
    for (const name of ['clip_vision_output', 'clip_vision_start_image', 'clip_vision_end_image'])
      this.#vision(node.inputs[name]);
    switch (node.type) {
      case 'EmptyHunyuanLatentVideo':
      case 'EmptyLTXVLatentVideo':
      case 'EmptyLatentImage':
        return { size: { ...size, frames: size.frames ?? 1 }, pins: [] };
      case 'WanImageToVideo':
      case 'Wan22ImageToVideoLatent':
        return { size, pins: pin('start_image', 'first') };
      case 'WanFirstLastFrameToVideo':
        return { size, pins: [...pin('start_image', 'first'), ...pin('end_image', 'last')] };
      case 'LTXVImgToVideo':
        return { size, pins: pin('image', 'first', at('strength')) };
      case 'LTXVAddGuide':
        return this.#guided(node);
      default: {
        if (size.width !== undefined) {
          this.reading.remark(node, 'Skein has no such node: only the size was taken from it.');
          return { size, pins: [] };
        }
        const clip = this.#clip(from);
        this.reading.remark(node, 'It starts from another clip: give the noise the size of that clip.');
        return { size: {}, pins: [], ...(clip ? { rework: { clip } } : {}) };
      }
    }
  }

  /** One more picture held by LTXVAddGuide. `frame_idx` counts pictures; one latent frame holds eight. */
  #guided(node: ComfyNode): Start {
    const before = this.#start(node.inputs['latent']);
    const frames = this.#frames(node.inputs['image']);
    if (!frames) return before;
    const index = Number(this.reading.value(node.inputs['frame_idx']) ?? 0);
    const isLast = index < 0 || index === Number(before.size.frames) - 1;
    const place =
      index === 0
        ? { position: 'first' as const }
        : isLast
          ? { position: 'last' as const }
          : { position: 'at' as const, at: Math.ceil(index / 8) };
    return {
      ...before,
      pins: [...before.pins, { frames, ...place, strength: this.reading.value(node.inputs['strength']) }],
    };
  }

  /** CLIP vision: Skein's frame conditioner asks the model's own image encoder, so its nodes only have to be known. */
  #vision(from: unknown): void {
    const node = this.reading.node(from);
    if (node?.type === 'CLIPVisionEncode') this.reading.node(node.inputs['clip_vision']);
  }

  #add(node: ComfyNode, type: string, about: Parameters<Draft['add']>[1]): string {
    this.reading.take(node);
    const refused = (param: string, value: unknown) =>
      this.reading.remark(
        node,
        `${param} is ${JSON.stringify(value)}, which Skein does not take: its default stands instead.`,
      );
    return this.draft.add(type, { refused, ...about });
  }
}
