import { z } from 'zod';
import { Checkpoint } from './checkpoint';
import { type AdapterTensor, splitKey } from './lora-keys';
import type { Delta } from './onnx/deltas';
import { openSafetensors, readTensor, type StoredTensor } from './safetensors';

/** What a LoRA has for one module of a network. */
type Adapter = Partial<Record<AdapterTensor, StoredTensor>>;

/** A LoRA's file, sorted by the modules it changes; names are those of the diffusers layout. */
export interface LoraFile {
  path: string;
  bytes: number;
  adapters: ReadonlyMap<string, Adapter>;
  /** Keys that fit nothing, in the file's own words. */
  unknown: readonly string[];
  /** alpha / rank where the file says it once for all modules: PEFT's own metadata do. */
  alpha?: number | undefined;
}

/** Turns the module names of a file into those of the diffusers layout; null for what it does not know. */
export type Spelling = (names: readonly string[]) => (name: string) => string | null;

/** Reads the header of a LoRA's file and sorts its tensors. Throws SafetensorsError for what is no safetensors file. */
export async function openLora(path: string, spelling: Spelling): Promise<LoraFile> {
  const file = await openSafetensors(path);
  const spell = spelling([...file.tensors.keys()]);
  const adapters = new Map<string, Adapter>();
  const unknown: string[] = [];
  for (const [key, tensor] of file.tensors) {
    const found = splitKey(key);
    const module = found && spell(found.module);
    if (!found || module === null) unknown.push(key);
    else adapters.set(module, { ...adapters.get(module), [found.what]: tensor });
  }
  for (const [module, { down, up, full, fullBias }] of adapters) {
    if (down && up) continue;
    const alone = down ?? up;
    if (alone) unknown.push(alone.name);
    if (!full && !fullBias) adapters.delete(module);
  }
  return { path: file.path, bytes: file.bytes, adapters, unknown, alpha: alphaOf(file.metadata, path) };
}

const peftSchema = z.looseObject({
  lora_alpha: z.number().optional(),
  'transformer.lora_alpha': z.number().optional(),
});

function alphaOf(metadata: Record<string, string>, path: string): number | undefined {
  const text = metadata['lora_adapter_metadata'];
  if (text === undefined) return undefined;
  try {
    const about = peftSchema.parse(JSON.parse(text));
    return about['transformer.lora_alpha'] ?? about.lora_alpha;
  } catch {
    throw new Error(`${path}: its "lora_adapter_metadata" cannot be read. Download the file again.`);
  }
}

/**
 * The checkpoint as these LoRAs change it: the same tensors, with what is added noted beside them; nothing is read but
 * alphas. Throws a sentence when a LoRA was made for a network of another size, and, unless it may be `partial`, when parts
 * of it fit nothing.
 */
export async function withLoras(
  checkpoint: Checkpoint,
  loras: readonly { file: LoraFile; partial: boolean; isLeftOut?: boolean }[],
): Promise<Checkpoint> {
  const tensors = new Map(checkpoint.tensors);
  const add = (name: string, delta: Delta) => {
    const tensor = tensors.get(name);
    if (tensor) tensors.set(name, { ...tensor, deltas: [...(tensor.deltas ?? []), delta] });
  };
  for (const [lora, { file, partial, isLeftOut }] of loras.entries()) {
    if (isLeftOut) continue;
    const strangers = [...file.unknown];
    for (const [module, adapter] of file.adapters) {
      const weight = tensors.has(`${module}.weight`) ? `${module}.weight` : module;
      const stored = tensors.get(weight);
      if (!stored) {
        strangers.push(...Object.values(adapter).map((tensor: StoredTensor) => tensor.name));
        continue;
      }
      const { down, up, full, fullBias } = adapter;
      if (down && up) {
        mustMatch(file.path, stored, { down, up });
        add(weight, { lora, factor: await factorOf(file, adapter), down, up });
      }
      if (full) add(weight, { lora, full: sameSize(file.path, stored, full) });
      const bias = tensors.get(`${module}.bias`);
      if (fullBias && bias) add(`${module}.bias`, { lora, full: sameSize(file.path, bias, fullBias) });
      else if (fullBias) strangers.push(fullBias.name);
    }
    if (strangers.length && !partial) throw new Error(sayUnknown(file.path, strangers));
  }
  return new Checkpoint(checkpoint.folder, tensors, checkpoint.files, checkpoint.paths);
}

/** Names what fits nothing, and what to do. */
export const sayUnknown = (name: string, keys: readonly string[]): string => {
  const [one, two, ...rest] = keys;
  const named = [one, two].filter((key) => key !== undefined).map((key) => `"${key}"`);
  return `${name}: ${keys.length} of its tensors fit nothing in this model (${named.join(', ')}${rest.length ? ', …' : ''}). Set "What fits nothing" of the LoRA node to "leave-out" to go on without them, or use a LoRA made for this model.`;
};

async function factorOf({ alpha: common }: LoraFile, { alpha: own, down }: Adapter): Promise<number> {
  const rank = down?.shape[0] ?? 1;
  const alpha = own ? (await readTensor(own))[0] : common;
  return alpha === undefined ? 1 : alpha / rank;
}

const elements = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function mustMatch(path: string, weight: StoredTensor, { down, up }: { down: StoredTensor; up: StoredTensor }): void {
  const [out = 0, ...rest] = weight.shape;
  const [rank = 0, ...from] = down.shape;
  if (rank > 0 && elements(from) === elements(rest) && up.shape[0] === out && elements(up.shape.slice(1)) === rank)
    return;
  throw new Error(
    `${path}: "${down.name}" takes [${up.shape[0]}, ${elements(from)}] where the model's "${weight.name}" is [${weight.shape.join(', ')}]: it was made for a model of another size. Use a LoRA for this model, or the model it was made for.`,
  );
}

function sameSize(path: string, weight: StoredTensor, full: StoredTensor): StoredTensor {
  if (elements(full.shape) === elements(weight.shape)) return full;
  throw new Error(
    `${path}: "${full.name}" is [${full.shape.join(', ')}] where the model's "${weight.name}" is [${weight.shape.join(', ')}]: it was made for a model of another size. Use a LoRA for this model, or the model it was made for.`,
  );
}
