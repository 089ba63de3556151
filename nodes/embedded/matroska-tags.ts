import { bytesOf, pieceLimit, readRange, type Tags, tagLimit, utf8 } from './bytes';

const segment = 0x18538067;
const tagList = 0x1254c367;
const tag = 0x7373;
const simpleTag = 0x67c8;
const tagName = 0x45a3;
const tagString = 0x4487;
const cluster = 0x1f43b675;
const containers = new Set([segment, tagList, tag, simpleTag]);

/** Simple tags of a WebM or Matroska file, keys in small letters. Only heads of elements are read, and the tags. */
export async function matroskaTags(file: Blob): Promise<Tags> {
  const tags: Tags = new Map();
  let pieces = 0;
  let name = '';
  let window = await readRange(file, 0, 1 << 16);
  let base = 0;

  const head = async (at: number) => {
    if (at < base || at + 12 > base + window.byteLength) {
      base = at;
      window = await readRange(file, at, 1 << 12);
    }
    const id = vint(window, at - base, { marked: true });
    const size = id && vint(window, at - base + id.length, { marked: false });
    return id && size ? { id: id.value, size, from: at + id.length + size.length } : null;
  };

  async function walk(from: number, to: number, depth: number): Promise<void> {
    for (let at = from; at < to; ) {
      const element = pieces++ < pieceLimit ? await head(at) : null;
      if (!element) return;
      const { id, size } = element;
      // A live recording does not know how long a cluster is; its end cannot be found by stepping over it.
      if (size.unknown && id === cluster) return;
      const end = size.unknown ? to : Math.min(to, element.from + size.value);
      if (containers.has(id) && depth < 8) await walk(element.from, end, depth + 1);
      else if ((id === tagName || id === tagString) && end - element.from <= tagLimit) {
        const words = utf8(bytesOf(await readRange(file, element.from, end - element.from))).replace(/\0+$/, '');
        if (id === tagName) name = words.toLowerCase();
        else if (name) tags.set(name, words);
      }
      at = end;
    }
  }
  await walk(0, file.size, 0);
  return tags;
}

/** A number of variable length: leading zero bits tell how many bytes follow. Ids keep their marker bit. */
function vint(view: DataView<ArrayBuffer>, at: number, { marked }: { marked: boolean }) {
  if (at >= view.byteLength) return null;
  const first = view.getUint8(at);
  const length = Math.clz32(first) - 23;
  if (length > 8 || at + length > view.byteLength) return null;
  const rest = first & (0xff >> length);
  let value = marked ? first : rest;
  let unknown = rest === 0xff >> length;
  for (let index = 1; index < length; index++) {
    const byte = view.getUint8(at + index);
    value = value * 256 + byte;
    if (byte !== 0xff) unknown = false;
  }
  return { value, length, unknown };
}
