/** What an upload may be. `graph` is a Skein graph as JSON. */
export const uploadKinds = {
  png: { mime: 'image/png', ending: 'png', as: 'image' },
  jpeg: { mime: 'image/jpeg', ending: 'jpg', as: 'image' },
  webp: { mime: 'image/webp', ending: 'webp', as: 'image' },
  avif: { mime: 'image/avif', ending: 'avif', as: 'image' },
  gif: { mime: 'image/gif', ending: 'gif', as: 'video' },
  mp4: { mime: 'video/mp4', ending: 'mp4', as: 'video' },
  mov: { mime: 'video/quicktime', ending: 'mov', as: 'video' },
  webm: { mime: 'video/webm', ending: 'webm', as: 'video' },
  mkv: { mime: 'video/x-matroska', ending: 'mkv', as: 'video' },
  wav: { mime: 'audio/wav', ending: 'wav', as: 'audio' },
  safetensors: { mime: 'application/octet-stream', ending: 'safetensors', as: 'tensors' },
  graph: { mime: 'application/json', ending: 'json', as: 'graph' },
} as const;
export type UploadKind = keyof typeof uploadKinds;

export type Sniffed = { kind: UploadKind; problem?: undefined } | { kind?: undefined; problem: string };

/** How many leading bytes `sniff` wants to see. */
export const sniffBytes = 4096;

const takes = 'Skein takes PNG, JPEG, WebP, AVIF, GIF, MP4, MOV, WebM, MKV, WAV, safetensors files and graphs.';
const no = (what: string, instead: string): Sniffed => ({ problem: `This is ${what}. ${instead}` });

/**
 * Says what a file is by its first bytes; its name and declared type do not count. Whatever can carry a script, point at
 * other files or unfold into more than it seems is refused with a sentence.
 *
 * @param head the first `sniffBytes` bytes, or all of a shorter file.
 * @param size bytes of the whole file.
 */
export function sniff(head: Uint8Array, size: number): Sniffed {
  if (size === 0) return no('an empty file', 'Choose another.');
  const at = (offset: number, length: number) => String.fromCharCode(...head.subarray(offset, offset + length));
  const bytes = (...wanted: number[]) => wanted.every((byte, index) => head[index] === byte);

  if (bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return { kind: 'png' };
  if (bytes(0xff, 0xd8, 0xff)) return { kind: 'jpeg' };
  if (at(0, 6) === 'GIF87a' || at(0, 6) === 'GIF89a') return { kind: 'gif' };
  if (at(0, 4) === 'RIFF' && at(8, 4) === 'WEBP') return { kind: 'webp' };
  if (at(0, 4) === 'RIFF' && at(8, 4) === 'WAVE') return { kind: 'wav' };
  if (bytes(0x1a, 0x45, 0xdf, 0xa3)) return { kind: at(0, 64).includes('webm') ? 'webm' : 'mkv' };
  if (at(4, 4) === 'ftyp') return isoBrand(at(8, 4));
  if (bytes(0x50, 0x4b)) return no('a zip archive', 'Unpack it and upload the files themselves.');
  if (bytes(0x1f, 0x8b) || bytes(0x42, 0x5a, 0x68) || at(0, 6) === '7z\xbc\xaf\x27\x1c' || at(0, 4) === 'Rar!')
    return no('a packed archive', 'Unpack it and upload the files themselves.');
  if (bytes(0x80) && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5)
    return no('a Python pickle, which can run code', 'Convert it to safetensors first.');
  if (bytes(0x49, 0x49, 0x2a, 0) || bytes(0x4d, 0x4d, 0, 0x2a)) return no('a TIFF picture', 'Save it as PNG or JPEG.');
  if (bytes(0x25, 0x50, 0x44, 0x46)) return no('a PDF', 'Export the page as a picture.');
  if (isSafetensors(head, size)) return { kind: 'safetensors' };
  return text(head);
}

function isoBrand(brand: string): Sniffed {
  if (brand === 'avif' || brand === 'avis') return { kind: 'avif' };
  if (['heic', 'heix', 'heim', 'heis', 'hevc', 'mif1', 'msf1'].includes(brand))
    return no('a HEIC picture', 'Save it as PNG, JPEG or WebP.');
  return { kind: brand === 'qt  ' ? 'mov' : 'mp4' };
}

/** A little-endian length that fits the file, then `{`. The reader checks the rest. */
function isSafetensors(head: Uint8Array, size: number): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false;
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true);
  return length >= 2n && length <= BigInt(size - 8) && length <= 100n << 20n;
}

function text(head: Uint8Array): Sniffed {
  let words: string;
  try {
    // The end of the sample may lie within a letter: `stream` does not mind.
    words = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
  } catch {
    return { problem: `Skein cannot tell what this file is. ${takes}` };
  }
  const start = words.trimStart().slice(0, 600);
  if (/^<svg|^<\?xml[\s\S]*<svg/i.test(start)) return no('an SVG drawing, which can carry scripts', 'Save it as PNG.');
  if (/^<(!doctype html|html|head|body|script|!--)/i.test(start)) return no('a web page', takes);
  if (/<MPD[\s>]/.test(start)) return no('a streaming playlist', 'Upload the video itself.');
  if (start.startsWith('<')) return no('an XML document', takes);
  if (/^(#EXTM3U|ffconcat version|\[playlist\]|\[reference\]|v=0\r?\no=)/i.test(start))
    return no('a playlist that only points at other files', 'Upload the video itself.');
  if (start.startsWith('{')) return { kind: 'graph' };
  return { problem: `Skein cannot tell what this file is. ${takes}` };
}
