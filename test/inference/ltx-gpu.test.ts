import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { parityFolder } from './parity-files';

/** The software GPU that comes with Debian's chromium. */
const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json';

test.skipIf(!existsSync(swiftshader))(
  "LTX-Video's networks agree with the CPU on WebGPU",
  { timeout: 180_000 },
  async () => {
    const from = (file: string) => JSON.stringify(join(import.meta.dirname, '../../server/inference/families', file));
    const folder = JSON.stringify(join(parityFolder, 'ltx/later'));
    const script = `
      const { openTransformerFiles, openVaeFiles } = await import(${from('ltx/pipeline.ts')});
      const { LtxTransformer } = await import(${from('ltx/transformer.ts')});
      const { LtxVae } = await import(${from('ltx/vae.ts')});
      const { joinPieces } = await import(${from('shared/pieces.ts')});
      const wave = (count, speed) => Float32Array.from({ length: count }, (_, i) => Math.sin(speed * i));
      const text = { kind: 'conditioning', family: 'ltx', states: wave(5 * 32, 0.07), tokens: 5, width: 32, length: 24 };
      const call = { latent: wave(8 * 3 * 2 * 3, 0.37), shape: [8, 3, 2, 3], timesteps: [0, 137, 811], text };
      const clip = { time: 8, scale: 32, timing: 'causal', fps: 25 };
      const [network, files] = [await openTransformerFiles(${folder} + '/transformer'), await openVaeFiles(${folder} + '/vae')];
      const found = [];
      for (const device of [{ name: 'webgpu', attention: 'unfused' }, { name: 'cpu', attention: 'fused' }]) {
        const vae = new LtxVae(files, {}, device);
        const film = vae.decodeClip(wave(8 * 2 * 2, 0.2), [8, 2, 1, 2], { framesPerPiece: 1 });
        const pixels = async function* () { yield { data: wave(3 * 9 * 32 * 64, 0.1), shape: [1, 3, 9, 32, 64] }; };
        const latent = vae.encodeClip({ pieces: pixels(), frames: 9, height: 32, width: 64 });
        found.push([
          [...await new LtxTransformer(network, clip, device).predict(call)],
          [...(await joinPieces(film.pieces, film.frames)).data],
          [...(await joinPieces(latent.pieces, latent.frames)).data],
        ]);
      }
      const worst = [0, 1, 2].map((i) => Math.max(...found[0][i].map((x, at) => Math.abs(x - found[1][i][at]))));
      process.stdout.write('\\n' + JSON.stringify(worst), () => process.exit(0));`;
    const env = { ...process.env, VK_ICD_FILENAMES: swiftshader, XDG_RUNTIME_DIR: '/tmp' };
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const worst = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as number[];
    expect(worst.length).toBe(3);
    for (const difference of worst) expect(difference).toBeLessThan(1e-4);
  },
);
