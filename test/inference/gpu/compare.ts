import { tryDevices } from '../../../server/inference/devices';
import { cpu, type Device } from '../../../server/inference/session';
import { relative } from '../parity-files';
import { networks } from './networks';

// Run in a process of its own, whose environment names the device: tries WebGPU as Skein does, runs the networks its call
// names there and on the CPU, and prints what became of it as its last line.
const names = process.argv.slice(2);
const [trial] = await tryDevices(['webgpu']);
const differences: Record<string, number | string> = {};
if (trial?.device) {
  // No operator may quietly run on the CPU.
  const device: Device = { ...trial.device, strict: true };
  for (const name of names) {
    try {
      const run = networks[name]!;
      differences[name] = relative(await run(device), await run(cpu));
    } catch (error) {
      differences[name] = error instanceof Error ? error.message : String(error);
    }
  }
}
process.stdout.write(`\n${JSON.stringify({ trial, differences })}\n`, () => process.exit(0));
