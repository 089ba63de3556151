import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { Trial } from '../../../server/inference/devices';
import { networks } from './networks';
import { softwareDevices } from './software-devices';

interface Found {
  trial: Trial;
  /** The largest relative difference from the CPU, or the error. */
  differences: Record<string, number | string>;
}

async function runOn(env: Record<string, string>, names: string[]): Promise<Found> {
  const args = ['--import', 'tsx', join(import.meta.dirname, 'compare.ts'), ...names];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  // compare.ts prints exactly this.
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Found;
}

const devices = softwareDevices();
/** Of products in fp16, whose digits are three. */
const ofHalf = 5e-3;

describe.each(devices)('$name', ({ env, says, attention, tolerance, without = [] }) => {
  const names = Object.keys(networks).filter((name) => !without.some((word) => name.includes(word)));
  test.skipIf(!env)(
    env ? 'passes its self-test, and the networks agree with the CPU, none of them partly on it' : `not run. ${says}`,
    { timeout: 600_000 },
    async () => {
      const { trial, differences } = await runOn(env ?? {}, names);
      // A device whose fused attention is wrong is found out, and gets attention in parts by itself.
      expect(trial).toMatchObject({ device: { name: 'webgpu', attention }, fellBack: [] });
      if (attention === 'unfused') expect(trial.says).toMatch(/fused attention is wrong/);
      else expect(trial.says).toBeUndefined();
      expect(Object.keys(differences)).toEqual(names);
      for (const [name, difference] of Object.entries(differences)) {
        expect(difference, name).toBeTypeOf('number');
        expect(difference, name).toBeLessThan(name.includes('half') ? ofHalf : tolerance);
      }
    },
  );
});

test.runIf(process.env['CI'])('in CI there is a device to run the GPU path on', () => {
  expect(devices.filter(({ env }) => env).map(({ name }) => name)).toContain('SwiftShader');
});
