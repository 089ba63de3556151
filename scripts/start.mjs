// The supervisor: prepares the database, starts the web process and the worker, keeps both alive, ends both.
// Node built-ins only.  npm start -- --help
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);
const say = (words) => process.stdout.write(`${words}\n`);
const stop = (words) => {
  process.stderr.write(`\n${words}\n`);
  process.exit(1);
};

const help = `Skein: npm start -- [options]
  --port <n>            port to listen on (3000; the next free one if it is taken)
  --host <address>      address to listen on (127.0.0.1: this machine only)
  --token <words>       what visitors must show; needed for any other --host (or SKEIN_TOKEN)
  --public-host <name>  a further name this server is reached by; may be given more than once
  --device <name>       what to compute on: auto, cpu, cuda, webgpu, coreml, dml
  --no-worker           serve the page only
  --dev                 for work on Skein itself: reloads what changes
  --prepare             set up what is missing first, as npm start and npm run dev do`;

function readOptions() {
  try {
    return parseArgs({
      allowNegative: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string', default: '127.0.0.1' },
        token: { type: 'string', default: process.env.SKEIN_TOKEN ?? '' },
        'public-host': { type: 'string', multiple: true, default: [] },
        device: { type: 'string', default: process.env.SKEIN_DEVICE ?? 'auto' },
        worker: { type: 'boolean', default: true },
        dev: { type: 'boolean', default: false },
        prepare: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return stop(`${error.message}\n\n${help}`);
  }
}

const isLoopback = (host) => host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

function checkExposure({ host, token }) {
  if (isLoopback(host)) return;
  const fix = 'Add --token <a long random word>, for example --token $(openssl rand -hex 24).';
  if (!token) stop(`--host ${host} would let everybody on the network use this computer, so a token is needed. ${fix}`);
  if (token.length < 16) stop(`The token must be at least 16 characters long. ${fix}`);
}

const isFree = (port, host) =>
  new Promise((resolve) => {
    const probe = net.createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });

async function choosePort({ port, host }) {
  const wanted = Number(port ?? process.env.PORT ?? 3000);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65535)
    return stop(`--port takes a number from 1 to 65535, and got "${port ?? process.env.PORT}".`);
  for (let candidate = wanted; candidate < Math.min(wanted + 100, 65536); candidate++)
    if (await isFree(candidate, host)) {
      if (candidate !== wanted) say(`Port ${wanted} is taken, so this is ${candidate}.`);
      return candidate;
    }
  return stop(`No free port from ${wanted} on. Choose another with --port.`);
}

/** Names this machine may be called by when it listens beyond itself: a page elsewhere cannot have one of them. */
function ownNames({ host, 'public-host': given }) {
  if (isLoopback(host)) return given;
  const addresses = Object.values(os.networkInterfaces()).flatMap((list) => list.map(({ address }) => address));
  return [...given, os.hostname(), ...addresses.map((one) => (one.includes(':') ? `[${one}]` : one))];
}

/** Where worker and web process meet: a folder only we can enter, with a path short enough for a socket. */
function makeDoor() {
  if (process.platform === 'win32') return `\\\\.\\pipe\\skein-${randomBytes(8).toString('hex')}`;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-'));
  process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return path.join(folder, 'door');
}

const children = new Map();
let isStopping = false;

/** Keeps a process alive. After a crash it comes back at once, then ever more slowly; five in a minute end everything. */
function keep(name, start) {
  let deaths = [];
  const begin = () => {
    const child = start();
    children.set(name, child);
    child.on('error', (error) => say(`${name}: ${error.message}`));
    child.on('exit', (code, signal) => {
      children.delete(name);
      if (isStopping) return;
      deaths = [...deaths.filter((time) => time > Date.now() - 60_000), Date.now()];
      say(`The ${name} process ended (${signal ?? `code ${code}`}).`);
      if (deaths.length >= 5 && name === 'web') {
        process.exitCode = 1;
        say('It has ended five times within a minute. The lines above say why; Skein stops here.');
        return void shutDown();
      }
      setTimeout(() => isStopping || begin(), Math.min(10_000, 250 * 2 ** (deaths.length - 1)));
    });
  };
  begin();
}

async function shutDown() {
  if (isStopping) return;
  isStopping = true;
  const gone = async (isGone) => {
    for (let waited = 0; !isGone() && waited < 3000; waited += 25) await new Promise((go) => setTimeout(go, 25));
  };
  // The worker first: it hands back what it is busy with.
  children.get('worker')?.kill('SIGTERM');
  await gone(() => !children.has('worker'));
  children.get('web')?.kill('SIGTERM');
  await gone(() => !children.size);
  for (const child of children.values()) child.kill('SIGKILL');
  await gone(() => !children.size);
  process.exit();
}

/**
 * Two servers on one data folder would take each other's runs away. Whoever has it leaves a note there of where it listens; a
 * note that leads to nobody is of one that was killed.
 */
async function reserve(home, address) {
  const note = path.join(home, 'server.json');
  const elsewhere = 'another one needs a folder of its own: SKEIN_HOME=<folder> npm start';
  await new Promise((resolve) => {
    const server = net.createServer((socket) => socket.destroy());
    server.listen(address, resolve).unref();
  });
  for (;;) {
    try {
      fs.mkdirSync(home, { recursive: true, mode: 0o700 });
      fs.writeFileSync(note, JSON.stringify({ address }), { flag: 'wx', mode: 0o600 });
      process.on('exit', () => fs.rmSync(note, { force: true }));
      return;
    } catch ({ code, message }) {
      if (code !== 'EEXIST')
        stop(
          `Nothing can be written to the data folder ${home} (${message}). Mend that, or name another: SKEIN_HOME=<folder> npm start.`,
        );
    }
    if (await leadsSomewhere(note))
      stop(`Skein is running already with the data folder ${home}. Use that one, or stop it; ${elsewhere}.`);
    fs.rmSync(note, { force: true });
  }
}

async function leadsSomewhere(note) {
  try {
    const { address } = JSON.parse(fs.readFileSync(note, 'utf8'));
    return await new Promise((resolve) => {
      const knock = net.connect(String(address), () => resolve(true));
      knock.on('error', () => resolve(false));
    });
  } catch {
    return false;
  }
}

const answers = (port, host) =>
  new Promise((resolve) => {
    const request = http.get({ port, host, path: '/api/health', headers: { host: `127.0.0.1:${port}` } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 || answer.statusCode === 401);
    });
    request.setTimeout(5000, () => request.destroy());
    request.on('error', () => resolve(false));
  });

const options = readOptions();
if (options.help) {
  say(help);
  process.exit(0);
}
checkExposure(options);
process.chdir(root);
// Here rather than in npm's `prestart`, which is not told of --dev: that needs no built page.
if (options.prepare) {
  const what = options.dev ? 'dev' : 'start';
  const { status } = spawnSync(process.execPath, [at('scripts', 'bootstrap.mjs'), what], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
const port = await choosePort(options);
const { host, dev, token } = options;

const env = {
  ...process.env,
  SKEIN_HOME: path.resolve(process.env.SKEIN_HOME || '.skein'),
  SKEIN_DOOR: makeDoor(),
  SKEIN_DOOR_SECRET: randomBytes(32).toString('hex'),
  SKEIN_PUBLIC_HOSTS: [process.env.SKEIN_PUBLIC_HOSTS, ...ownNames(options)].filter(Boolean).join(','),
  SKEIN_TOKEN: token,
  SKEIN_DEVICE: options.device,
  NEXT_TELEMETRY_DISABLED: '1',
  NODE_ENV: dev ? 'development' : 'production',
};

const run = at('scripts', 'run.mjs');
await reserve(env.SKEIN_HOME, `${env.SKEIN_DOOR}-server`);
const migrated = spawnSync(process.execPath, [run, 'scripts/migrate.ts'], {
  stdio: 'inherit',
  env,
});
if (migrated.status !== 0) process.exit(1);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void shutDown());
// `npm start` runs this through a shell that passes no signal on: a service manager that ends npm means us too.
const starter = process.ppid;
if (process.env.npm_lifecycle_event)
  setInterval(() => {
    if (process.ppid !== starter) void shutDown();
  }, 500).unref();

const spawned = (args, stdout, more = {}) =>
  spawn(process.execPath, ['--import', at('scripts', 'with-parent.mjs'), ...args], {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
    env: { ...env, ...more },
  });
const strict = pathToFileURL(at('scripts', 'strict-http.mjs')).href;
const next = at('node_modules', 'next', 'dist', 'bin', 'next');
const where = ['-H', host, '-p', String(port)];
keep('web', () =>
  dev
    ? // Its server is a child of its own, which arguments do not reach.
      spawned([next, 'dev', ...where], 'inherit', {
        NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --import=${strict}`.trim(),
      })
    : spawned(['--import', strict, next, 'start', ...where], 'ignore'),
);
if (options.worker) keep('worker', () => spawned([run, 'server/worker/main.ts'], 'inherit'));

const shown = isLoopback(host) ? '127.0.0.1' : host === '0.0.0.0' || host === '::' ? os.hostname() : host;
const reach = isLoopback(host) ? host : host === '::' ? '::1' : host === '0.0.0.0' ? '127.0.0.1' : host;
while (!isStopping && !(await answers(port, reach))) await new Promise((go) => setTimeout(go, 100));
if (!isStopping)
  say(`\n  Skein is ready:  http://${shown}:${port}${token ? `/api/enter#t=${token}` : ''}\n  Stop it with Ctrl+C.\n`);
