import { fourCc } from './bytes';
import { type Box, boxes, outerBoxes, readMoov } from './mp4-boxes';

type Moov = DataView<ArrayBuffer>;

/**
 * How many pictures an MP4 holds, from its own table of them (ISO/IEC 14496-12, `stsz`). Zero when the file is torn: it
 * ends within a box, or holds fewer bytes than its pictures are said to have. Nothing is decoded.
 */
export async function mp4Frames(file: Blob): Promise<number> {
  let moov: Moov | null = null;
  let dataBytes = 0;
  let end = 0;
  for await (const box of outerBoxes(file)) {
    end = box.to;
    if (box.type === 'mdat') dataBytes += box.to - box.from;
    if (box.type === 'moov') moov = await readMoov(file, box);
  }
  if (!moov || end !== file.size) return 0;
  const table = pictureTable(moov);
  return table && table.bytes <= dataBytes ? table.count : 0;
}

/** The first box behind these names, one inside the other. */
function inside(moov: Moov, box: Box, [name, ...names]: readonly string[]): Box | undefined {
  if (name === undefined) return box;
  const found = [...boxes(moov, box)].find(({ type }) => type === name);
  return found && inside(moov, found, names);
}

/** Number and bytes of the pictures of the first track that has any. */
function pictureTable(moov: Moov): { count: number; bytes: number } | null {
  const isPictures = (track: Box) => {
    const handler = inside(moov, track, ['mdia', 'hdlr']);
    return handler !== undefined && fourCc(moov, handler.from + 8) === 'vide';
  };
  const whole = { from: 0, to: moov.byteLength };
  const track = [...boxes(moov, whole)].find((box) => box.type === 'trak' && isPictures(box));
  const sizes = track && inside(moov, track, ['mdia', 'minf', 'stbl', 'stsz']);
  if (!sizes || sizes.to - sizes.from < 12) return null;
  const each = moov.getUint32(sizes.from + 4);
  const count = moov.getUint32(sizes.from + 8);
  if (each) return { count, bytes: each * count };
  if (sizes.to - sizes.from < 12 + 4 * count) return null;
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += moov.getUint32(sizes.from + 12 + 4 * index);
  return { count, bytes };
}
