import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const copy = fs.mkdtempSync(path.join(os.tmpdir(), 'skein run '));
const at = (file: string) => path.join(copy, file);
const bundles = () => fs.readdirSync(at('generated/programs'));

/** A Skein with the same launcher and programs of a line each, of which one asks a module in the room of nodes. */
beforeAll(() => {
  const launcher = fs.readFileSync(path.join(root, 'scripts/run.mjs'), 'utf8');
  const programs = [...launcher.matchAll(/'((?:server|scripts)\/\S+\.ts)',\n/g)].map(([, file]) => file!);
  expect(programs).toContain('server/cli/main.ts');
  for (const folder of ['scripts', 'nodes']) fs.mkdirSync(at(folder), { recursive: true });
  for (const file of ['scripts/run.mjs', 'scripts/hash-of.mjs']) fs.copyFileSync(path.join(root, file), at(file));
  fs.symlinkSync(path.join(root, 'node_modules'), at('node_modules'), 'junction');
  for (const file of programs) {
    fs.mkdirSync(path.dirname(at(file)), { recursive: true });
    fs.writeFileSync(
      at(file),
      "import { greet } from '../../nodes/greet';\nconsole.log(greet(process.argv.slice(2)));\n",
    );
  }
  fs.writeFileSync(at('scripts/migrate.ts'), 'console.log(1);\n');
  greets('hello');
});
afterAll(() => fs.rmSync(copy, { recursive: true, force: true }));

const greets = (word: string) =>
  fs.writeFileSync(
    at('nodes/greet.ts'),
    `export function greet(names: string[]): string {\n  if (!names.length) throw new Error('nobody');\n  return \`${word} \${names}\`;\n}\n`,
  );

function run(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [at('scripts/run.mjs'), ...args], { cwd: copy });
  const said = { out: '', err: '' };
  child.stdout.on('data', (text) => (said.out += text));
  child.stderr.on('data', (text) => (said.err += text));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...said })));
}
const says = async (...names: string[]) => (await run('server/cli/main.ts', ...names)).out.trim();

test('what runs is what the files say at that moment, however many start at once', async () => {
  const several = await Promise.all(['a', 'b', 'c', 'd'].map((name) => says(name)));
  expect(several).toEqual(['hello a', 'hello b', 'hello c', 'hello d']);
  expect(bundles()).toHaveLength(1);

  // As long, and as old by its date: what counts is what is in it.
  const { mtime } = fs.statSync(at('nodes/greet.ts'));
  greets('howdy');
  fs.utimesSync(at('nodes/greet.ts'), mtime, mtime);
  expect(await says('a')).toBe('howdy a');
  greets('hello');
  expect(await says('a', 'b')).toBe('hello a,b');
  expect(bundles()).toHaveLength(2);
});

test('bundles of long ago go; a stack names the line of the source, and so does what cannot be read', async () => {
  for (const word of ['one', 'two']) {
    greets(word);
    expect(await says('a')).toBe(`${word} a`);
  }
  expect(bundles()).toHaveLength(3);

  const failed = await run('server/cli/main.ts');
  expect(failed.code).not.toBe(0);
  expect(failed.err).toContain(`${at('nodes/greet.ts')}:2:`);

  fs.appendFileSync(at('nodes/greet.ts'), 'export const = 1;\n');
  const broken = await run('server/cli/main.ts', 'a');
  expect(broken).toMatchObject({ code: 1, out: '', err: expect.stringContaining('nodes/greet.ts:5:13') });

  greets('again');
  fs.writeFileSync(at('elsewhere.ts'), 'export const x = 1;\n');
  fs.appendFileSync(at('nodes/greet.ts'), "export { x } from '../elsewhere';\nimport '../elsewhere';\n");
  fs.appendFileSync(at('server/cli/main.ts'), "import { x } from '../../nodes/greet';\nconsole.log(x);\n");
  expect((await run('server/cli/main.ts', 'a')).err).toContain('elsewhere.ts is part of a program');
});
