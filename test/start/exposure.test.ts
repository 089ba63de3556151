import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

const start = (args: string[], env: Partial<NodeJS.ProcessEnv> = {}) =>
  spawnSync(process.execPath, ['scripts/start.mjs', ...args], {
    encoding: 'utf8',
    timeout: 20_000,
    env: { ...process.env, SKEIN_TOKEN: '', ...env },
  });

describe('S2 it does not start exposed without a token, and says what mends it', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.evil.example'])('--host %s', (host) => {
    const { status, stderr } = start(['--host', host]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/--token/);
  });
  test('nor with a short one', () => {
    const { status, stderr } = start(['--host', '0.0.0.0', '--token', 'abc']);
    expect(status).toBe(1);
    expect(stderr).toMatch(/at least 16 characters/);
  });
});

test('a wrong option is told from the right ones', () => {
  for (const args of [
    ['--prot', '1'],
    ['--port', 'abc'],
    ['--port', '70000'],
  ]) {
    const { status, stderr } = start(args);
    expect([args, status]).toEqual([args, 1]);
    expect(stderr).toMatch(/--port/);
  }
  expect(start(['--help']).stdout).toMatch(/--public-host/);
});
