import { type Carving, carvingOf } from './carving';
import type { Draft, Out } from './draft';
import { type Film, filmOf } from './film';
import { Given } from './given';
import { type Network, networkOf } from './network';
import { nameOf, type Reading, whole } from './reading';
import { type Start, startOf } from './start';
import { wordsOf } from './words';
import { type ComfyNode, homeOf, isLink } from './workflow';

/** How nodes that change pictures call those they take. */
const pictureInputs = ['image', 'images', 'frames', 'input', 'image_target', 'pixels'];

const nothingToWrite = 'What it would show could not be brought over, so there is nothing to write.';

/**
 * Where ComfyUI moves the steps of a model when no node says otherwise (its table of models). Wan's checkpoints say 3 to 12;
 * those of LTX-Video have a spacing of their own, which nothing moves.
 */
function shiftOf({ shift }: Network, encoder: unknown, hasSchedule: boolean): Given | number | undefined {
  if (encoder === 'ltxv') return hasSchedule ? (shift ?? Math.exp(2.37)) : undefined;
  return shift ?? (encoder === 'wan' ? 8 : undefined);
}

/**
 * Translates what ComfyUI's nodes mean, from the outputs back to their sources. Their ports speak of the same things
 * (MODEL, CONDITIONING, LATENT, IMAGE), yet carry more than ours: a latent its size and held pictures, a model its shift.
 */
export class Translation {
  #frameRate: number | undefined;
  /** The rate of the clip that was met last, and whether nothing between it and its film was passed over. */
  #met: { fps?: number | undefined; isWhole: boolean } = { isWhole: true };
  #network: Pick<Network, 'files' | 'by'> = { files: [], by: [] };
  /** What each sampler became: one clip, though films of several rates are made of it. */
  readonly #clips = new Map<
    string,
    { clip?: Out | undefined; fps?: number | undefined; network: Pick<Network, 'files' | 'by'> }
  >();

  constructor(
    private readonly reading: Reading,
    private readonly draft: Draft,
    private readonly modelNamed: (files: readonly string[]) => string,
  ) {}

  /** All nodes that make a file, each with everything it needs. */
  run(): void {
    // What is on comes first: what it shares with what is off is on.
    const nodes = [...this.reading.workflow.nodes.values()];
    for (const node of nodes) if (!node.off) this.#output(node);
    if (this.draft.nodes.length) for (const node of nodes) if (node.off) this.#output(node);
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
        else this.reading.remark(node, nothingToWrite);
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
    this.#met = { isWhole: true };
    const frames = this.#frames(images);
    const own = this.#met.isWhole ? this.#met.fps : undefined;
    // A second film of one clip may be faster than the first. What made pictures between them is gone, and the rate with it.
    const rate = own === undefined || whole(fps) === own ? undefined : fps;
    if (frames) this.#add(node, 'muxer', { inputs: { frames }, params: { format, fps: rate, crf, name } });
    else this.reading.remark(node, nothingToWrite);
  }

  #frames(from: unknown): Out | undefined {
    const node = this.reading.node(from);
    if (!node) return undefined;
    const { inputs } = node;
    switch (node.type) {
      case 'VAEDecodeTiled':
      case 'VAEDecode': {
        const clip = this.#clip(inputs['samples']);
        const model = clip && this.#part('vae', node);
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
          width: this.reading.given(node, 'width'),
          height: this.reading.given(node, 'height'),
          fit: inputs['crop'] === 'center' ? 'cover' : 'fill',
        };
        return frames && { node: this.#add(node, 'resize', { inputs: { frames }, params }), port: 'frames' };
      }
      case 'LTXVPreprocess':
        this.reading.remark(node, 'It compresses the picture a little before use; the picture is taken as it is.');
        return this.#frames(inputs['image']);
      case 'GetVideoComponents':
        return this.#frames(inputs['video']);
      case 'LoadVideo':
      case 'VHS_LoadVideo': {
        const title = String(inputs['file'] ?? inputs['video'] ?? 'Film');
        this.reading.remark(node, `Choose the film ${title} on its card: films do not travel inside workflows.`);
        return { node: this.#add(node, 'video', { title }), port: 'frames' };
      }
      default: {
        const next = pictureInputs.map((name) => inputs[name]).find(isLink);
        const frames = next && this.#frames(next);
        this.#met = { ...this.#met, isWhole: false };
        const left = frames ? 'it was passed over' : 'what hangs on it was left out';
        this.reading.lose(node, `Skein has no such node: ${left}.`);
        return frames;
      }
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
        const known = this.#clips.get(node.id);
        const carving = known ? undefined : carvingOf(this.reading, node);
        const clip = known?.clip ?? (carving && this.#denoiser(node, carving));
        // Its VAE is found by its network.
        this.#network = known?.network ?? this.#network;
        const fps = known ? known.fps : this.#met.fps;
        this.#met = { ...this.#met, fps };
        this.#clips.set(node.id, { clip, fps, network: this.#network });
        return clip;
      }
      case 'LTXVCropGuides':
        return this.#clip(inputs['latent']);
      case 'VAEEncode': {
        const frames = this.#frames(inputs['pixels']);
        this.reading.node(inputs['vae']);
        return (
          frames && {
            node: this.#add(node, 'vae-encoder', { inputs: { model: this.#part('vae', node), frames } }),
            port: 'clip',
          }
        );
      }
      default: {
        this.reading.lose(node, 'Skein has no such node for latents: it was passed over.');
        const next = inputs['samples'] ?? inputs['latent'];
        return isLink(next) ? this.#clip(next) : undefined;
      }
    }
  }

  #denoiser(
    node: ComfyNode,
    { models, positive, negative, latent, params, drawn, seed, by }: Carving,
  ): Out | undefined {
    const network = networkOf(this.reading, models);
    this.#network = network;
    const denoiser = this.#changed(network);
    const wanted = wordsOf(this.reading, positive);
    const unwanted = negative === undefined ? undefined : wordsOf(this.reading, negative);
    const start = this.#start(latent);
    const fps = whole(wanted.frameRate) ?? whole(this.#frameRate);
    this.#met = { ...this.#met, fps };
    const size = this.#add([...by, ...start.by], 'noise-seed', {
      inputs: { model: this.#part('denoiser') },
      params: { seed, ...start.size, fps },
      near: start.by.at(-1),
    });
    const noise: Out = { node: size, port: 'noise' };
    const encoders = [wanted.by, unwanted?.by].flatMap((one) => one ?? []);
    const text = this.#add(encoders.length ? encoders : [node], 'text-encoder', {
      inputs: {
        model: this.#part('textEncoder'),
        prompt: this.#prompt(wanted.text, wanted.by ?? node),
        negative:
          unwanted && !unwanted.isZero ? this.#prompt(unwanted.text, unwanted.by ?? node, 'Keep away from') : undefined,
      },
      params: unwanted?.isZero ? { zeros: true } : {},
    });
    const pins = start.pins.reduce<Out | undefined>((before, { by, frames, position, at, strength }) => {
      const inputs = { model: this.#part('vae'), noise, frames, pins: before };
      const params = { position, at, strength };
      return { node: this.#add([by], 'frame-conditioner', { inputs, params }), port: 'frames' };
    }, undefined);
    const made = this.#add(by, 'denoiser', {
      inputs: {
        model: denoiser,
        noise,
        text: { node: text, port: 'text' },
        avoid: { node: text, port: 'avoid' },
        frames: pins,
        clip: start.rework,
        sigmas: drawn && {
          node: this.#add(drawn.by, 'drawn-schedule', { params: { sigmas: drawn.sigmas } }),
          port: 'sigmas',
        },
      },
      params: {
        ...params,
        shift: shiftOf(network, wanted.encoder, params['schedule'] !== undefined),
        ...network.settings,
      },
    });
    return { node: made, port: 'clip' };
  }

  /** The model node: one for a network, since text encoder and VAE are found by what the denoiser needs. */
  #part(port: 'denoiser' | 'textEncoder' | 'vae', asks?: ComfyNode): Out {
    const { files, by } = this.#network;
    const named = this.modelNamed(files.map(({ value }) => String(value)));
    const { home = '' } = files[0] ?? {};
    // The two files of a pair are one model here: fields for either show it.
    const shown = files.flatMap((file) => file.shown);
    const model = new Given(named, shown, home);
    return { node: this.draft.add('model', { by: by.length ? by : asks ? [asks] : '', params: { model } }), port };
  }

  #changed({ loras }: Network): Out {
    return loras.reduce<Out>(
      (model, { by, ...params }) => ({ node: this.#add([by], 'lora', { inputs: { model }, params }), port: 'model' }),
      this.#part('denoiser'),
    );
  }

  #prompt(given: Given | undefined, asks: ComfyNode, title?: string): Out {
    const text = given?.as((words) => (typeof words === 'string' ? words : '')) ?? '';
    const by = given?.home ?? homeOf(asks.id);
    return { node: this.draft.add('prompt', { by, params: { text }, title, near: asks }), port: 'text' };
  }

  #start(from: unknown): Start {
    return startOf(this.reading, from, {
      frames: (picture) => this.#frames(picture),
      clip: (latent) => this.#clip(latent),
    });
  }

  #add(by: ComfyNode | readonly ComfyNode[], type: string, about: Omit<Parameters<Draft['add']>[1], 'by'>): string {
    const nodes: readonly ComfyNode[] = 'id' in by ? [by] : by;
    for (const node of nodes) this.reading.take(node);
    const refused = (param: string, value: unknown) =>
      this.reading.remark(
        nodes[0]!, // nothing is made of no node
        `${param} is ${JSON.stringify(value)}, which Skein does not take: its default stands instead.`,
      );
    return this.draft.add(type, { by: nodes, refused, ...about });
  }
}
