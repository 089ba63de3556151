#!/usr/bin/env node
// The command line: `npx skein ...`. Prepares a fresh clone on its first call, then hands over to server/cli.
// Node built-ins only.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const malloc = JSON.parse(fs.readFileSync(path.join(root, 'server', 'worker', 'malloc.json'), 'utf8'));
const isReady =
  fs.existsSync(path.join(root, 'node_modules', 'esbuild')) && fs.existsSync(path.join(root, 'generated'));
if (!isReady) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'scripts', 'bootstrap.mjs'), 'test'], {
    stdio: ['ignore', 2, 'inherit'], // what it says must not end up in what a script reads from us
  });
  if (status !== 0) process.exit(status ?? 1);
}

const child = spawn(
  process.execPath,
  [path.join(root, 'scripts', 'run.mjs'), 'server/cli/main.ts', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    // File names are meant from where the user stands. Memory settings as the executor has them.
    env: { ...process.env, SKEIN_CWD: process.env.SKEIN_CWD ?? process.cwd(), ...malloc },
  },
);
// Ctrl-C reaches the child by itself; it ends the run in good order, and we wait for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
