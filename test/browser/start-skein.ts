import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');

export interface Running {
  url: string;
  home: string;
  stop(): Promise<void>;
}

/**
 * Skein as `npm start` runs it, on a data folder of its own. It ends with the process that started it, however that ends.
 * The page must have been built: `npm test` does that.
 */
export async function startSkein(): Promise<Running> {
  if (!fs.existsSync(path.join(root, '.next', 'BUILD_ID')))
    throw new Error('The page is not built. Run "node scripts/bootstrap.mjs test" first, or "npm test".');
  const home = fs.mkdtempSync(path.join(process.env['SKEIN_WALKS'] ?? os.tmpdir(), 'skein-walk-'));
  const port = await freePort();
  const start = ['--import', './scripts/with-parent.mjs', 'scripts/start.mjs'];
  const child = spawn(process.execPath, [...start, '--port', String(port), '--device', 'cpu'], {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', SKEIN_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += chunk));
  const url = `http://127.0.0.1:${port}`;
  const end = Date.now() + 90_000;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`Skein did not start:\n${said}`);
    await new Promise((resume) => setTimeout(resume, 150));
  }
  return { url, home, stop: () => stop(child, home) };
}

async function stop(child: ChildProcess, home: string): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  if (child.exitCode === null) await gone;
  fs.rmSync(home, { recursive: true, force: true });
}

const answers = (url: string) =>
  fetch(`${url}/api/health`).then(
    (answer) => answer.ok,
    () => false,
  );

const freePort = () =>
  new Promise<number>((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
