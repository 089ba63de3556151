import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { until } from '../queue/stage';
import { bootstrap } from '../start/skein';

const home = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-regression-'));
afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

/** npm runs a script through a shell, and the shell passed no SIGTERM on: the server lived on and kept its port. */
test('when npm is ended, the server ends too', { timeout: 400_000 }, async () => {
  bootstrap();
  const shell = spawn('sh', ['-c', 'node scripts/start.mjs --port 3960 --no-worker; true'], {
    env: { ...process.env, SKEIN_HOME: home, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await until(() => said.includes('ready:'), 60_000);
  const url = /http:\/\/\S+/.exec(said.slice(said.indexOf('ready:')))![0];
  expect((await fetch(`${url}/api/health`)).status).toBe(200);
  shell.kill('SIGTERM');
  const isGone = () =>
    fetch(`${url}/api/health`).then(
      () => false,
      () => true,
    );
  await until(isGone, 10_000);
});
