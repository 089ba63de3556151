import type { ConditioningValue } from '../../../../nodes/values';
import type { FloatTensor, Session, Tensor } from '../../session';
import type { TransformerConfig } from './transformer-config';
import { keyName, valueName } from './transformer-graph';

/** What the blocks need of one prompt: made once, used in every step. */
export class Words {
  private bias: { tokens: number; tensor: FloatTensor } | undefined;

  constructor(
    /** Keys and values of cross-attention by name, each [1, rows, d]. */
    readonly feeds: Readonly<Record<string, Tensor>>,
    private readonly rows: number,
    /** How many padding positions the last row stands for; 0 when there is no such row. */
    private readonly pads: number,
  ) {}

  /** Keys and values of one block. */
  ofBlock(block: number): Record<string, Tensor> {
    return Object.fromEntries([keyName(block), valueName(block)].map((name) => [name, this.feeds[name]!]));
  }

  /** The bias on cross-attention scores, [1, 1, tokens, rows]; kept for the next step. */
  biasFor(tokens: number): FloatTensor {
    if (this.bias?.tokens !== tokens) {
      const data = new Float32Array(tokens * this.rows);
      if (this.pads > 0) {
        for (let last = this.rows - 1; last < data.length; last += this.rows) data[last] = Math.log(this.pads);
      }
      this.bias = { tokens, tensor: { data, shape: [1, 1, tokens, this.rows] } };
    }
    return this.bias.tensor;
  }
}

/** Prompts that were seen, for as long as their states are in use elsewhere. */
export class KnownWords {
  private known = new WeakMap<Float32Array, Map<string, Promise<Words>>>();

  constructor(
    private readonly config: TransformerConfig,
    private readonly open: () => Promise<Session>,
  ) {}

  forget(): void {
    this.known = new WeakMap();
  }

  /** `strengths` are inputs of LoRAs, which may change keys and values too. */
  of(text: ConditioningValue, strengths: Readonly<Record<string, FloatTensor>> = {}): Promise<Words> {
    const bySettings = this.known.get(text.states) ?? new Map<string, Promise<Words>>();
    this.known.set(text.states, bySettings);
    const key = [text.length, ...Object.values(strengths).map(({ data }) => data[0])].join();
    const known = bySettings.get(key);
    if (known) return known;
    const made = this.make(text, strengths);
    bySettings.set(key, made);
    made.catch(() => bySettings.delete(key));
    return made;
  }

  /**
   * Wan attends to all `length` positions; those past the prompt are zero rows and so have equal keys and values.
   * One row stands for all n of them: adding ln(n) to its scores multiplies its weight in the softmax by n. Exact.
   */
  private async make(text: ConditioningValue, strengths: Readonly<Record<string, FloatTensor>>): Promise<Words> {
    const { text_dim: width, num_layers: layers } = this.config;
    if (text.width !== width) {
      throw new Error(
        `The denoiser takes text states of width ${width} and was given ${text.width}. Use the text encoder of the same model.`,
      );
    }
    const pads = text.length - text.tokens;
    if (text.tokens < 1 || pads < 0 || text.states.length < text.tokens * width) {
      throw new Error(
        `A text of ${text.tokens} tokens with ${text.states.length} numbers does not fit the length ${text.length}. Encode the text again.`,
      );
    }
    const rows = text.tokens + (pads > 0 ? 1 : 0);
    const states = new Float32Array(rows * width);
    states.set(text.states.subarray(0, text.tokens * width));
    const names = Array.from({ length: layers }, (_, block) => [keyName(block), valueName(block)]).flat();
    const session = await this.open();
    return new Words(
      await session.run({ states: { data: states, shape: [rows, width] }, ...strengths }, names),
      rows,
      pads,
    );
  }
}
