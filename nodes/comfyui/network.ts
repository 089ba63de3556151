import { Given } from './given';
import { ltxShift } from './ltx-steps';
import { onlyFaster, type Reading, stem } from './reading';
import { type ComfyNode, homeOf } from './workflow';

/** A network and what the nodes behind its loader do to it. */
export interface Network {
  files: Given[];
  /** The nodes that open them. */
  by: ComfyNode[];
  shift?: Given;
  loras: { by: ComfyNode; lora: Given; strength: Given; network?: 'first' | 'second' }[];
  settings: Record<string, unknown>;
}

/** A number as people see it: the page stores 8.000000000000002. */
const asSeen = (value: unknown) => Math.round(Number(value) * 1e6) / 1e6;

/** A MODEL, or the two of a pair as one: each keeps its files and LoRAs, all else is the first's. */
export function networkOf(reading: Reading, [first, second]: readonly unknown[]): Network {
  const high = followed(reading, first);
  if (second === undefined) return high;
  const low = followed(reading, second);
  const loras = [
    ...high.loras.map((one) => ({ ...one, network: 'first' as const })),
    ...low.loras.map((one) => ({ ...one, network: 'second' as const })),
  ];
  return { ...high, files: [...high.files, ...low.files], by: [...high.by, ...low.by], loras };
}

/** A MODEL followed back to its loader. */
function followed(reading: Reading, from: unknown): Network {
  const node = reading.node(from);
  if (!node) return { files: [], by: [], loras: [], settings: {} };
  const { inputs } = node;
  switch (node.type) {
    case 'UNETLoader':
    case 'CheckpointLoaderSimple':
    case 'UnetLoaderGGUF': {
      const file = reading.given(node, node.type === 'CheckpointLoaderSimple' ? 'ckpt_name' : 'unet_name');
      if (/\.gguf$/i.test(String(file.value)))
        reading.remark(
          node,
          `${file.value} is a GGUF file, which Skein does not read. Use the safetensors file of the model.`,
        );
      return { files: [file], by: [node], loras: [], settings: {} };
    }
    case 'ModelSamplingSD3':
    case 'ModelSamplingAuraFlow':
      return {
        ...followed(reading, inputs['model']),
        shift: reading.given(node, 'shift').as(asSeen),
      };
    case 'ModelSamplingLTXV': {
      const shift = ltxShift(reading, node);
      if (shift === undefined) reading.remark(node, 'Set the shift at the denoiser: the size it follows is not known.');
      const before = followed(reading, inputs['model']);
      return { ...before, ...(shift === undefined ? {} : { shift: new Given(asSeen(shift), [], homeOf(node.id)) }) };
    }
    case 'LoraLoader':
    case 'LoraLoaderModelOnly': {
      const before = followed(reading, inputs['model']);
      const lora = {
        by: node,
        lora: reading.given(node, 'lora_name').as((name) => stem(String(name))),
        strength: reading.given(node, 'strength_model').as(asSeen),
      };
      return { ...before, loras: [...before.loras, lora] };
    }
    case 'EasyCache': {
      const before = followed(reading, inputs['model']);
      return { ...before, settings: { ...before.settings, easyCache: reading.given(node, 'reuse_threshold') } };
    }
    case 'CFGZeroStar': {
      const before = followed(reading, inputs['model']);
      return { ...before, settings: { ...before.settings, mix: 'cfg-zero-star' } };
    }
    default:
      if (!onlyFaster.test(node.type)) reading.lose(node, 'Skein has no such change to a model: it was left out.');
      return followed(reading, inputs['model']);
  }
}
