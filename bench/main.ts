import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import malloc from '../server/worker/malloc.json';

/**
 * `npm run bench [name...]` prints one JSON object; long benches run when they are named. Every other file of this folder exports `measure()`, which returns
 * figures by name; each runs in a process of its own, so that memory figures are its own too. `docs/07-benchmarks.md`
 * says what the figures mean.
 */
const here = import.meta.dirname;
const text = (name: string) => fs.readFileSync(path.join(here, `${name}.ts`), 'utf8');
const names = fs
  .readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))
  .filter((name) => text(name).includes('export async function measure('));
const isLong = (name: string) => text(name).includes('export const isLong = true');
const asked = process.argv.slice(2);
/** `peers` means all whose names begin so; without a name, all that are not long. */
const meant = (name: string) => names.filter((one) => one === name || one.startsWith(`${name}-`));
const wanted = asked.length ? asked.flatMap(meant) : names.filter((name) => !isLong(name));

const unknown = asked.filter((name) => !meant(name).length);
if (unknown.length) {
  console.error(`There is no bench called ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
  process.exit(2);
}

const results: Record<string, unknown> = {};
for (const name of wanted) {
  const url = JSON.stringify(path.join(here, `${name}.ts`));
  const script = `const { measure } = await import(${url}); process.stdout.write('\\n' + JSON.stringify(await measure())); process.exit(0)`;
  results[name] = await new Promise((resolve) => {
    const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: path.dirname(here),
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...malloc },
    });
    let text = '';
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    child.on('close', (code) => {
      const last = text.trimEnd().split('\n').at(-1) ?? '';
      resolve(code === 0 && last ? JSON.parse(last) : { failed: `exit code ${code}` });
    });
  });
}
const machine = {
  cpu: os.cpus()[0]?.model,
  cores: os.cpus().length,
  memoryGb: Math.round(os.totalmem() / 2 ** 30),
  node: process.version,
};
console.log(JSON.stringify({ machine, ...results }, null, 2));
