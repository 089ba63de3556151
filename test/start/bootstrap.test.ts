import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstrap } from './skein';

const run = (args: string[]) =>
  new Promise<{ code: number | null; says: string }>((resolve) => {
    let says = '';
    const child = spawn(process.execPath, ['scripts/bootstrap.mjs', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (says += chunk));
    child.on('exit', (code) => resolve({ code, says }));
  });

describe('the bootstrap', () => {
  beforeAll(bootstrap, 400_000);

  test('does nothing the second time, and quickly', async () => {
    const begun = Date.now();
    const { code, says } = await run(['dev']);
    expect(code).toBe(0);
    // It may have to wait for that of another test file, which has nothing to do either.
    expect(says).not.toMatch(/Installing|Generating|Building/);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  test('three at once do not get into each other', async () => {
    const lock = path.resolve('.skein/bootstrap.lock');
    // As left by one that was killed: no process has this number.
    fs.writeFileSync(lock, '999999999');
    for (const { code } of await Promise.all([run(['dev']), run(['dev']), run(['dev'])])) expect(code).toBe(0);
    expect(fs.existsSync(lock)).toBe(false);
  });

  test('needs to be told what for', async () => {
    expect(await run(['nonsense'])).toMatchObject({ code: 1 });
  });
});
