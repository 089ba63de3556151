import { tryDevices } from './devices';
import type { Device } from './session';

// Run by `try-apart.ts` in a process of its own: tries the devices named as arguments and prints what became of them.
const names = process.argv.slice(2) as Device['name'][]; // the only caller passes such names
process.stdout.write(`\n${JSON.stringify(await tryDevices(names))}\n`, () => process.exit(0));
