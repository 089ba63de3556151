import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { chooseDevice, tryDevices } from '../../server/inference/devices';
import { parityFolder } from './parity-files';

test('a device that cannot be had says why, and auto computes all the same', async () => {
  const { device, trials, says } = await chooseDevice('auto');
  expect(trials.map(({ name }) => name)).toEqual(['cuda', 'webgpu', 'coreml', 'dml', 'cpu']);
  for (const trial of trials) expect(trial.device !== undefined || (trial.says ?? '').length > 10).toBe(true);
  expect(says).toContain(`Computing on ${device.name} at `);
  for (const refused of trials.filter((trial) => !trial.device)) expect(says).toContain(refused.name);
  const fastest = trials.filter((trial) => trial.device).sort((a, b) => b.gflops! - a.gflops!)[0];
  expect(device).toEqual(fastest?.device);
});

test('a device by name is that one or an error, never another one', async () => {
  expect((await chooseDevice('cpu')).device).toEqual({ name: 'cpu', attention: 'fused' });
  await expect(chooseDevice('quantum')).rejects.toThrow(/no device called "quantum".*Choose auto/);
  const absent = (await tryDevices(['coreml', 'dml'])).find((trial) => !trial.device);
  if (absent) await expect(chooseDevice(absent.name)).rejects.toThrow(/cannot be used.*Choose auto or cpu/s);
});

/** The software GPU that comes with Debian's chromium. Its subgroups are so small that fused attention is wrong there. */
const swiftshader = '/usr/lib/chromium/vk_swiftshader_icd.json';

test.skipIf(!existsSync(swiftshader))(
  'a GPU whose fused attention is wrong is found out, gets attention in parts, and then agrees with the CPU',
  { timeout: 180_000 },
  async () => {
    const from = (file: string) => JSON.stringify(join(import.meta.dirname, '../../server/inference', file));
    const script = `
      const { tryDevices } = await import(${from('devices.ts')});
      const { WanTransformer } = await import(${from('families/wan/transformer.ts')});
      const { openTransformerFiles } = await import(${from('families/wan/pipeline.ts')});
      const { config, checkpoint } = await openTransformerFiles(${JSON.stringify(`${parityFolder}/wan22-ti2v/transformer`)});
      const [gpu, cpu] = await tryDevices(['webgpu', 'cpu']);
      const wave = (count, speed) => Float32Array.from({ length: count }, (_, i) => Math.sin(speed * i));
      const text = { kind: 'conditioning', family: 'wan', states: wave(5 * 40, 0.07), tokens: 5, width: 40, length: 512 };
      const call = { latent: wave(10 * 3 * 2 * 4, 0.37), shape: [10, 3, 2, 4], timesteps: [0, 137, 811], text };
      const velocities = [];
      for (const { device } of [gpu, cpu]) {
        velocities.push(device ? [...await new WanTransformer(config, checkpoint, device).predict(call)] : null);
      }
      process.stdout.write('\\n' + JSON.stringify({ gpu, velocities }), () => process.exit(0));`;
    const env = { ...process.env, VK_ICD_FILENAMES: swiftshader, XDG_RUNTIME_DIR: '/tmp' };
    const args = ['--import', 'tsx', '--input-type=module', '-e', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env });
    const { gpu, velocities } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
    expect(gpu).toMatchObject({ device: { name: 'webgpu', attention: 'unfused' }, fellBack: [] });
    expect(gpu.says).toMatch(/fused attention is wrong/);
    for (const [i, value] of velocities[1].entries()) expect(velocities[0][i]).toBeCloseTo(value, 4);
  },
);
