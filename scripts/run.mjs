// Runs one of the server's programs:  node scripts/run.mjs server/cli/main.ts models list
//
// Node reads no TypeScript, and to translate some hundred modules one by one costs every start a second. So all programs are
// bundled together, within a third of one, into a folder that is named after the hash of everything they are made of. Each
// start takes that hash anew: what runs is what the files say now, and there is nothing to remember or to clean.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { hashOf } from './hash-of.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const bundles = path.join(root, 'generated', 'programs');

const programs = [
  'scripts/migrate.ts',
  'server/cli/main.ts',
  'server/inference/try-devices.ts',
  'server/media/compare-child.ts',
  'server/media/picture-child.ts',
  'server/worker/executor.ts',
  'server/worker/main.ts',
];

/** All that may end up in a bundle, and what says how it is made. Packages are not in it: they are loaded as they lie. */
const sources = [
  ...['server', 'nodes', 'graphs', 'generated/sqlite', 'generated/postgresql'],
  ...['scripts/migrate.ts', 'scripts/run.mjs', 'tsconfig.json', 'node_modules/esbuild/package.json'],
];

/** Bundles before the latest that stay: of another branch, or just being loaded by a process that is starting. */
const kept = 2;

/** The folder with the programs as the sources are now, made if need be. Any number of processes may ask at once. */
export async function prepare() {
  for (;;) {
    const hash = hashOf(root, ...sources).digest('hex');
    const folder = path.join(bundles, hash.slice(0, 32));
    if (fs.existsSync(folder)) return folder;
    const making = path.join(bundles, `making-${process.pid}`);
    makeRoom(making);
    try {
      await bundle(making);
      // A file that was saved in the meantime may be in it or not: once more, then.
      if (hashOf(root, ...sources).digest('hex') === hash) put(making, folder);
    } finally {
      fs.rmSync(making, { recursive: true, force: true });
    }
  }
}

function makeRoom(folder) {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    const why = `${bundles} does not hold the programs of this version yet and cannot be written to (${error.code})`;
    throw new Error(`${why}. Run "npm start" once as the user whose folder it is.`, { cause: error });
  }
}

async function bundle(folder) {
  const { build, stop } = await import('esbuild');
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: programs,
    outbase: root,
    outdir: folder,
    bundle: true,
    // What a command does not need is not read: chunks are loaded as the modules would have been.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    // Stacks name the sources, which lie there.
    sourcemap: true,
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent',
  });
  await stop();
  const strange = Object.keys(metafile.inputs).find(
    (file) => !sources.some((place) => file === place || file.startsWith(`${place}/`)),
  );
  if (strange) throw new Error(`${strange} is part of a program, and no change of it would be seen: scripts/run.mjs.`);
}

function put(making, folder) {
  try {
    fs.renameSync(making, folder);
  } catch (error) {
    if (!fs.existsSync(folder)) throw error; // else another process was faster
  }
  const madeAt = (name) => fs.statSync(path.join(bundles, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const old = fs.readdirSync(bundles).sort((a, b) => madeAt(b) - madeAt(a));
  for (const name of old.slice(1 + kept)) fs.rmSync(path.join(bundles, name), { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // The program finds its arguments where it would find them alone.
  process.argv.splice(1, 1);
  const [, program] = process.argv;
  if (!programs.includes(program)) throw new Error(`Name one of these: ${programs.join(', ')}.`);
  const folder = await prepare().catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(path.join(folder, program.replace(/\.ts$/, '.js'))).href);
}
