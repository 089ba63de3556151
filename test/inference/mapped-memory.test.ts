import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { encodeSafetensors, type TensorToWrite } from '../../server/inference/safetensors-write';

const layers = 64;
const width = 1024;
const megabytesOnDisk = (2 * layers * width * width) / 2 ** 20;

/** Runs the layers in a process of its own, whose private memory is what this is about. */
const script = (file: string, weights: string, folder: string) => `
  import { readFileSync } from 'node:fs';
  const { GraphBuilder } = await import('${folder}/onnx/model.ts');
  const { linear } = await import('${folder}/onnx/ops.ts');
  const { openSafetensors } = await import('${folder}/safetensors.ts');
  const { Session } = await import('${folder}/session.ts');
  const status = (field) => Number(new RegExp(field + ':\\\\s+(\\\\d+)').exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  const { tensors } = await openSafetensors(${JSON.stringify(file)});
  const feeds = { x: { data: new Float32Array(16 * ${width}).fill(1), shape: [16, ${width}] } };
  const [anon, total] = [status('RssAnon'), status('VmRSS')];
  const g = new GraphBuilder('layers');
  let x = g.input('x', 'f32', ['rows', ${width}]);
  const scale = tensors.get('scale');
  for (const weight of tensors.values()) if (weight !== scale) x = linear(g, x, { ...weight, scale });
  g.output('y', x);
  const session = await Session.open('layers', g.finish(), { weights: '${weights}' });
  const opened = status('RssAnon') - anon;
  await session.run(feeds, ['y']);
  const ran = status('RssAnon') - anon;
  const peak = status('VmHWM') - total;
  await session.release();
  console.log(JSON.stringify({ opened, ran, peak, released: status('RssAnon') - anon }));
  process.exit(0);`;

test.skipIf(process.platform !== 'linux')(
  'weights stay in the file, and those in half precision are widened one at a time',
  async () => {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'skein-mapped-')));
    try {
      const file = join(folder, 'layers.safetensors');
      const tensors: Record<string, TensorToWrite> = {};
      const scaled: Record<string, TensorToWrite> = { scale: { shape: [], data: Float32Array.of(0.01) } };
      for (let i = 0; i < layers; i++) {
        // About 2^-10, another number in each: equal weights would be stored once.
        const bytes = new Uint8Array(new Uint16Array(width * width).fill(0x3a80 + i).buffer);
        tensors[`layer${i}`] = { shape: [width, width], data: { dtype: 'BF16', bytes } };
        const small = new Uint8Array(width * width).fill(i + 1);
        scaled[`layer${i}`] = { shape: [width, width], data: { dtype: 'F8_E4M3', bytes: small } };
      }
      await writeFile(file, encodeSafetensors(tensors));
      const fileOfWide = join(folder, 'wide.safetensors');
      const wide = Array.from({ length: 16 }, (_, i) => [
        `layer${i}`,
        new Float32Array(width * width).fill(1e-3 + i / 1e5),
      ]);
      const wideTensors = wide.map(([name, data]) => [name, { shape: [width, width], data }]);
      await writeFile(fileOfWide, encodeSafetensors(Object.fromEntries(wideTensors)));
      const fileOfScaled = join(folder, 'scaled.safetensors');
      await writeFile(fileOfScaled, encodeSafetensors(scaled));
      const measure = async (weights: string, file: string) => {
        const code = script(file, weights, join(import.meta.dirname, '../../server/inference'));
        const env = { ...process.env, MALLOC_MMAP_THRESHOLD_: '1048576' };
        const args = ['--import', 'tsx', '--input-type=module', '-e', code];
        const { stdout } = await promisify(execFile)(process.execPath, args, { env });
        return JSON.parse(stdout);
      };
      const mapped = await measure('mapped', file);
      expect(mapped.opened).toBeLessThan(40);
      expect(mapped.ran).toBeLessThan(60);
      // The mapped file itself, and room for a few layers; all of them widened would be another 256 MB.
      expect(mapped.peak).toBeLessThan(megabytesOnDisk + 100);
      const eighth = await measure('mapped', fileOfScaled);
      expect(eighth.opened).toBeLessThan(40);
      expect(eighth.peak).toBeLessThan(megabytesOnDisk / 2 + 100);
      // Nor are they packed, which would be 64 MB.
      expect((await measure('mapped', fileOfWide)).ran).toBeLessThan(45);
      // The same measure on the other way shows that it can tell: every weight lives in private memory.
      const resident = await measure('resident', file);
      expect(resident.opened).toBeGreaterThan(2 * megabytesOnDisk - 20);
      expect(resident.released).toBeLessThan(90);
    } finally {
      await rm(folder, { recursive: true });
    }
  },
);
