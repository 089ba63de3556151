import sharp from 'sharp';
import type { FramesValue } from '../../nodes/values';

/** A picture file as frames. */
export async function picture(path: string): Promise<FramesValue> {
  const { data, info } = await sharp(path).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const read = async function* () {
    yield new Uint8Array(data);
  };
  return { kind: 'frames', width: info.width, height: info.height, count: 1, fps: 1, read };
}
