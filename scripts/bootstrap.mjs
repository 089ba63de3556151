// Makes a fresh clone ready: packages, database clients, and but for `dev` the built page. Every step is skipped when the
// hash of what it depends on is the one it was done for. Node built-ins only: nothing else is there yet.
//
//   node scripts/bootstrap.mjs start | dev | test
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashOf } from './hash-of.mjs';
import { prepare } from './run.mjs';
import { clearStalePages } from './stale-pages.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => path.join(root, ...parts);
const say = (words) => process.stderr.write(`${words}\n`);
const stop = (words) => {
  say(`\n${words}\n`);
  process.exit(1);
};

function step({ says, stamp, hash, isDone = () => false, work }) {
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === hash) return;
  if (!isDone()) {
    const begun = Date.now();
    say(`${says} …`);
    work();
    say(`  done in ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  }
  fs.mkdirSync(path.dirname(stamp), { recursive: true });
  fs.writeFileSync(stamp, hash);
}

/** `quiet` keeps what it prints for the case that it fails. */
function run(command, args, { env = {}, help, shell = false, quiet = false }) {
  const output = quiet ? 'pipe' : 'inherit';
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', output, output],
    env: { ...process.env, ...env },
    shell,
    maxBuffer: 64 << 20,
  });
  if (status !== 0 && quiet) say(`${stdout ?? ''}${stderr ?? ''}`);
  if (status !== 0) stop(`${help}${error ? ` (${error.message})` : ''}`);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stop(`Skein needs Node 20.19 or newer, and this is ${process.version}. Get a newer one from https://nodejs.org.`);
}

/** Two starts at once would pull the packages from under each other. The second waits for the first. */
function lock() {
  const file = at('.skein', 'bootstrap.lock');
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      process.on('exit', () => fs.rmSync(file, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (!isAlive(file)) breakLock(file);
    else if (!told) say('Another start is setting Skein up. Waiting for it …');
    told = true;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  }
}

/** Takes a dead one's lock away. Only one of several can rename it; a fresh lock caught by mistake is put back. */
function breakLock(file) {
  const aside = `${file}.${process.pid}`;
  try {
    fs.renameSync(file, aside);
    if (isAlive(aside)) fs.linkSync(aside, file);
  } catch {
    // Another was faster.
  }
  fs.rmSync(aside, { force: true });
}

function isAlive(file) {
  try {
    // Just made and not yet written to counts as alive.
    const pid = Number(fs.readFileSync(file, 'utf8') || process.pid);
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Whether node_modules already holds what the lock file asks for, because somebody ran npm by hand. */
function packagesMatch() {
  const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  try {
    const there = read(at('node_modules', '.package-lock.json'));
    return Object.entries(read(at('package-lock.json'))).every(
      ([name, entry]) => name === '' || entry.optional || entry.peer || there[name]?.version === entry.version,
    );
  } catch {
    return false;
  }
}

function installPackages() {
  const { platform, arch, versions } = process;
  step({
    says: 'Installing packages (once, about a minute)',
    stamp: at('node_modules', '.skein-stamp'),
    hash: hashOf(root, 'package.json', 'package-lock.json', '.npmrc')
      .update(`${platform} ${arch} ${versions.modules}`)
      .digest('hex'),
    isDone: packagesMatch,
    work() {
      const args = ['ci', '--include=dev', '--include=optional', '--no-fund', '--no-audit', '--loglevel=error'];
      const npm = process.env.npm_execpath;
      const isScript = npm !== undefined && /\.[cm]?js$/.test(npm);
      // The runtime's CPU build is inside its package; its install script would only fetch libraries for other machines.
      const env = { ONNXRUNTIME_NODE_INSTALL: 'skip' };
      const help = 'The packages could not be installed: see above. Check the network, then start again.';
      if (isScript) run(process.execPath, [npm, ...args], { env, help });
      else run('npm', args, { env, help, shell: platform === 'win32' });
    },
  });
}

function generateClients() {
  step({
    says: 'Generating the database clients',
    stamp: at('generated', '.skein-stamp'),
    hash: hashOf(root, 'prisma/models.prisma', 'scripts/make-client.mjs', 'node_modules/prisma/package.json').digest(
      'hex',
    ),
    work: () =>
      run(process.execPath, [at('scripts', 'make-client.mjs')], {
        quiet: true,
        help: 'The database clients could not be generated: see above. Correct prisma/models.prisma.',
      }),
  });
}

const pageSources = [
  ...['app', 'nodes', 'graphs', 'server', 'public'],
  ...['next.config.js', 'postcss.config.mjs', 'proxy.ts', 'instrumentation.ts', 'tsconfig.json'],
  ...['prisma/models.prisma', 'package-lock.json', 'scripts/bootstrap.mjs'],
];

function buildPage() {
  step({
    says: 'Building the page (once, about half a minute)',
    stamp: at('.next', '.skein-stamp'),
    hash: hashOf(root, ...pageSources).digest('hex'),
    work() {
      fs.rmSync(at('.next', '.skein-stamp'), { force: true });
      run(process.execPath, [at('node_modules/next/dist/bin/next'), 'build'], {
        env: { NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
        quiet: true,
        help: 'The page could not be built: see above. If you changed nothing, please report it.',
      });
      hintScripts();
    },
  });
}

/**
 * Tells the browser that the functions in a script are called as it is loaded. Chromium then compiles them beside the page's
 * own thread while the script is still coming in; without, it does so one by one on that thread, while nothing is on the screen.
 * https://v8.dev/blog/explicit-compile-hints: a comment, by which the script means the same everywhere.
 */
function hintScripts() {
  const hint = '//# allFunctionsCalledOnLoad';
  const folder = at('.next', 'static', 'chunks');
  for (const name of fs.readdirSync(folder).filter((one) => one.endsWith('.js'))) {
    const script = fs.readFileSync(path.join(folder, name), 'utf8');
    if (!script.startsWith(hint)) fs.writeFileSync(path.join(folder, name), `${hint}\n${script}`);
  }
}

const what = process.argv[2] ?? 'start';
if (!['start', 'dev', 'test'].includes(what)) stop('Say what to prepare for: start, dev or test.');
checkNode();
lock();
installPackages();
generateClients();
if (what !== 'test') run(process.execPath, [at('scripts', 'make-registry.mjs')], { help: 'The registry failed.' });
await prepare();
if (what !== 'dev') buildPage();
else if (clearStalePages(root)) say('The page was compiled of another commit: it is compiled anew.');
