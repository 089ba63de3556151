import type { Session, Tensor } from '../../session';
import type { TransformerConfig } from './transformer-config';
import { imageKeyName, imageValueName } from './transformer-graph';

/** What an image encoder says of the known pictures: [rows, image_dim]. Told apart by the array it lies in. */
export interface PictureStates {
  states: Float32Array;
  rows: number;
}

type Feeds = Readonly<Record<string, Tensor>>;

/** Pictures that were seen, for as long as their states are in use elsewhere: keys and values of every block. */
export class KnownPictures {
  private known = new WeakMap<Float32Array, { key: string; made: Promise<Feeds> }>();

  constructor(
    private readonly config: TransformerConfig,
    private readonly open: () => Promise<Session>,
  ) {}

  /** `strengths` are inputs of LoRAs, which may change keys and values too; the latest ones are remembered. */
  of(picture: PictureStates, strengths: Feeds = {}): Promise<Feeds> {
    const key = Object.values(strengths)
      .map(({ data }) => data[0])
      .join();
    const known = this.known.get(picture.states);
    if (known?.key === key) return known.made;
    const made = this.make(picture, strengths);
    this.known.set(picture.states, { key, made });
    made.catch(() => this.known.delete(picture.states));
    return made;
  }

  forget(): void {
    this.known = new WeakMap();
  }

  private async make({ states, rows }: PictureStates, strengths: Feeds): Promise<Feeds> {
    const { image_dim: width, pos_embed_seq_len: places, num_layers: layers } = this.config;
    if (!width || states.length !== rows * width || (places && places !== rows)) {
      throw new Error(
        `The denoiser takes ${places ?? 'some'} rows of ${width ?? 0} numbers from an image encoder and was given ${rows} of ${states.length / rows}. Take both from the same download.`,
      );
    }
    const names = Array.from({ length: layers }, (_, block) => [imageKeyName(block), imageValueName(block)]).flat();
    return (await this.open()).run({ states: { data: states, shape: [rows, width] }, ...strengths }, names);
  }
}

/** Keys and values of one block. */
export const pictureOfBlock = (feeds: Feeds, block: number): Feeds =>
  Object.fromEntries([imageKeyName(block), imageValueName(block)].map((name) => [name, feeds[name]!]));
