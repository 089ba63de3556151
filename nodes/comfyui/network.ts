import { onlyFaster, type Reading, stem } from './reading';

/** A network and what the nodes behind its loader do to it. */
export interface Network {
  files: string[];
  shift?: number;
  loras: { lora: string; strength: number }[];
  settings: Record<string, unknown>;
}

/** A MODEL, or the two of a pair, followed back to the loader. */
export function networkOf(reading: Reading, from: unknown): Network {
  if (Array.isArray(from)) {
    const [high, low] = from.map((one) => networkOf(reading, one)) as [Network, Network]; // a pair has two
    return { ...high, files: [...high.files, ...low.files] };
  }
  const node = reading.node(from);
  if (!node) return { files: [], loras: [], settings: {} };
  const { inputs } = node;
  switch (node.type) {
    case 'UNETLoader':
    case 'CheckpointLoaderSimple':
    case 'UnetLoaderGGUF': {
      const file = String(inputs['unet_name'] ?? inputs['ckpt_name']);
      if (/\.gguf$/i.test(file))
        reading.remark(
          node,
          `${file} is a GGUF file, which Skein does not read. Use the safetensors file of the model.`,
        );
      return { files: [file], loras: [], settings: {} };
    }
    case 'ModelSamplingSD3':
    case 'ModelSamplingAuraFlow':
      // Rounded as people see it: the page stores 8.000000000000002.
      return {
        ...networkOf(reading, inputs['model']),
        shift: Math.round(Number(reading.value(inputs['shift'])) * 1e6) / 1e6,
      };
    case 'LoraLoader':
    case 'LoraLoaderModelOnly': {
      const before = networkOf(reading, inputs['model']);
      const lora = {
        lora: stem(String(inputs['lora_name'])),
        strength: Number(reading.value(inputs['strength_model'])),
      };
      return { ...before, loras: [...before.loras, lora] };
    }
    case 'EasyCache': {
      const before = networkOf(reading, inputs['model']);
      return { ...before, settings: { ...before.settings, easyCache: reading.value(inputs['reuse_threshold']) } };
    }
    case 'CFGZeroStar': {
      const before = networkOf(reading, inputs['model']);
      return { ...before, settings: { ...before.settings, mix: 'cfg-zero-star' } };
    }
    default:
      if (!onlyFaster.test(node.type)) reading.remark(node, 'Skein has no such change to a model: it was left out.');
      return networkOf(reading, inputs['model']);
  }
}
