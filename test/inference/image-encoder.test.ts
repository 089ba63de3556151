import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { encodePictures } from '../../server/inference/families/wan/image-encoder';
import { resizeBicubic } from '../../server/inference/families/wan/image-pixels';
import { openImageEncoderFiles } from '../../server/inference/families/wan/pipeline';
import { readTensors, relative, tensor } from './parity-files';
import { variantsFolder } from './variant-folders';

async function picture(file: string) {
  const { data, info } = await sharp(join(variantsFolder, file))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { rgb: new Uint8Array(data), width: info.width, height: info.height };
}

// One shrinks its picture and is stored as transformers 5 does; the other enlarges two, under the older prefix.
test.each([
  ['wan21-i2v-clip', 'i2v-clip', ['first-96x64.png']],
  ['wan21-flf2v', 'flf2v', ['first-48x32.png', 'last-48x32.png']],
])('%s: CLIP says of the pictures what transformers says', async (folder, id, files) => {
  const opened = await openImageEncoderFiles(join(variantsFolder, folder));
  const { states, rows } = await encodePictures(opened, await Promise.all(files.map(picture)));
  const reference = tensor(readTensors(`wan-variants/${id}.safetensors`), 'image_states');
  expect(rows).toBe(reference.shape[0]);
  const error = relative(states, reference.data);
  if (process.env['SKEIN_ERRORS']) console.log(id, error);
  expect(error).toBeLessThan(1e-5);
});

const pillow = {
  small: [78, 102, 184, 85, 178, 203, 112, 216, 160, 130, 134, 155],
  large: [164, 255, 174, 46, 105, 148, 70, 111, 189, 109, 113, 211],
};

test('Pillow’s bicubic filter: numbers of Pillow itself', () => {
  const rgb = Uint8Array.from({ length: 3 * 7 * 5 }, (_, i) => (i * i * 37 + 11 * i) % 256);
  const small = resizeBicubic({ rgb, width: 7, height: 5 }, { width: 3, height: 4 });
  expect([...small.rgb.subarray(0, 12)]).toEqual(pillow.small);
  const large = resizeBicubic({ rgb, width: 7, height: 5 }, { width: 10, height: 9 });
  expect([...large.rgb.subarray(27, 39)]).toEqual(pillow.large);
});
