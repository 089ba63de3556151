import { expect, test } from 'vitest';
import { chooseDevice, tryDevices } from '../../server/inference/devices';

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
