/*
 * Files that are no safetensors files, by their first bytes or by their names: what they are, and what to do instead. Nothing
 * of them is read beyond that.
 */

export interface Foreign {
  says: string;
  remedy: string;
}

const again = 'Download the file again.';
const runsCode = 'Such files can run code when they are opened, so Skein never opens one.';

export const pickle: Foreign = {
  says: `This is a Python pickle (PyTorch's .pt, .pth, .ckpt and .bin). ${runsCode}`,
  remedy: 'Use the .safetensors version of this model.',
};

export const gguf: Foreign = {
  says: 'This is a GGUF file, the format of llama.cpp and stable-diffusion.cpp, which Skein does not read.',
  remedy: 'Use the .safetensors version of this model: fp16, bf16, or fp8_scaled, which is about as small.',
};

const unfinished: Foreign = {
  says: 'This is a part of a file: its download has not ended.',
  remedy: 'Let it end, or start it again.',
};

const text = new TextDecoder('latin1');

/** What a file with these first eight bytes really is, if it is one of the usual impostors. */
export function foreignFormat(first: Uint8Array): Foreign | null {
  const [a, b, c, d] = first;
  const begins = text.decode(first);
  // The first eight bytes of ours are a length below 16 MB, so its last ones are 0.
  if (a === 0x80 && b !== undefined && b <= 5 && b >= 2 && first[7] !== 0) return pickle;
  if (begins.startsWith('PK') && (c === 3 || c === 5) && d !== 0) return pickle;
  if (begins.startsWith('GGUF')) return gguf;
  if (begins.startsWith('version'))
    return {
      says: 'This is a Git LFS pointer: the weights themselves have not been downloaded.',
      remedy: 'Say `git lfs pull` in its folder, or download the file again.',
    };
  if (/^\s*</.test(begins) && first[7] !== 0)
    return {
      says: 'This is a web page: whoever was asked for the file answered with words (a login, or terms to agree to).',
      remedy: `${again.slice(0, -1)}, signed in.`,
    };
  if (begins.startsWith('\x89PNG')) return { says: 'This is a PNG picture.', remedy: again };
  if (a === 0x1f && b === 0x8b && first[7] !== 0)
    return { says: 'This is a gzip archive.', remedy: 'Unpack it first.' };
  if (begins.startsWith('{') && first[7] !== 0) return { says: 'This is a JSON text.', remedy: again };
  return null;
}

const endings: readonly (readonly [RegExp, Foreign])[] = [
  [/\.(pt|pth|ckpt|bin|pkl)$/i, pickle],
  [/\.gguf$/i, gguf],
  [/\.(incomplete|part|partial|crdownload|download|aria2|tmp)$/i, unfinished],
];

/** What a file is by the end of its name; null for all others. */
export const foreignName = (name: string): Foreign | null => endings.find(([ending]) => ending.test(name))?.[1] ?? null;

/** Whether a file's name says that its download goes on, or broke off. */
export const isUnfinished = (name: string): boolean => foreignName(name) === unfinished;

/** Whether a file that cannot be read is called like one of the models that Skein runs. */
export const isCalledLikeOurs = (name: string): boolean => /(^|[^a-z])(wan|ltxv?|umt5|t5|t5xxl)(?![a-z])/i.test(name);
