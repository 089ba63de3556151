import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import malloc from '../server/worker/malloc.json';

/**
 * `npm run bench [name...]` prints one JSON object. Every other file of this folder exports `measure()`, which returns
 * figures by name; each runs in a process of its own, so that memory figures are its own too. `docs/07-benchmarks.md`
 * says what the figures mean.
 */
const here = import.meta.dirname;
const names = fs
  .readdirSync(here)
  .filter((file) => file.endsWith('.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -3))
  .filter((name) => fs.readFileSync(path.join(here, `${name}.ts`), 'utf8').includes('export async function measure('));
const wanted = process.argv.slice(2).length ? process.argv.slice(2) : names;

const unknown = wanted.filter((name) => !names.includes(name));
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
