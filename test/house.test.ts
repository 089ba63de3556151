import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { generate } from '../scripts/make-registry.mjs';

const root = path.resolve(import.meta.dirname, '..');
const rooms = ['app', 'nodes', 'graphs', 'server', 'bench', 'test', 'scripts'];

function walk(folder: string): string[] {
  if (!fs.existsSync(path.join(root, folder))) return [];
  return fs.readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return walk(name);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [name] : [];
  });
}

const files = rooms.flatMap(walk);
const text = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

/** Imports of a file: packages by name, own files by path from the root. */
function importsOf(file: string): Import[] {
  const source = text(file).replace(/\/\*[\s\S]*?\*\//g, '');
  const found = [...source.matchAll(/^\s*(?:import|export)\s+(type\s)?[^'"`;]*?from\s+['"]([^'"]+)['"]/gm)]
    .map((match) => ({ typeOnly: Boolean(match[1]), name: match[2]! }))
    .concat(
      [...source.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm)].map((match) => ({ typeOnly: false, name: match[1]! })),
    )
    .concat(
      [...source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)].map((match) => ({
        typeOnly: false,
        name: match[1]!,
      })),
    );
  return found.map(({ typeOnly, name }) => ({
    from: file,
    typeOnly,
    to: name.startsWith('.') ? resolve(file, name) : name,
  }));
}

function resolve(file: string, name: string): string {
  const base = path.posix.join(path.posix.dirname(file), name);
  const found = ['', '.ts', '.tsx', '.mjs', '/index.ts']
    .map((end) => base + end)
    .find((candidate) => {
      const full = path.join(root, candidate);
      return fs.existsSync(full) && fs.statSync(full).isFile();
    });
  return found ?? base;
}

const imports = files.flatMap(importsOf);
const within = (file: string, ...folders: string[]) =>
  folders.some((folder) => file === folder || file.startsWith(`${folder}/`));
const describeImport = ({ from, to }: Import) => `${from} → ${to}`;

describe('the house rules', () => {
  test('nodes import only zod, hashes and other nodes', () => {
    const wrong = imports.filter(
      ({ from, to }) => within(from, 'nodes') && !within(to, 'nodes', 'zod') && !to.startsWith('@noble/hashes/'),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('the page imports nodes and graphs, and of the server only types; route files mount it', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) => within(from, 'app') && !within(from, 'app/api') && within(to, 'server') && !typeOnly,
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('only server/inference opens onnxruntime', () => {
    const wrong = imports.filter(
      ({ from, to, typeOnly }) =>
        to.startsWith('onnxruntime') && !typeOnly && !within(from, 'server/inference', 'test', 'bench'),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('the web process never reaches onnxruntime', () => {
    const reached = reach(files.filter((file) => within(file, 'app/api', 'server/api')));
    expect([...reached].filter((file) => file.startsWith('onnxruntime'))).toEqual([]);
  });

  test('the engine imports nodes and its own room, and is handed the rest', () => {
    const wrong = imports.filter(
      ({ from, to }) => within(from, 'server/engine') && within(to, 'server') && !within(to, 'server/engine'),
    );
    expect(wrong.filter(({ typeOnly }) => !typeOnly).map(describeImport)).toEqual([]);
  });

  test('the server never imports the page, and nothing imports training', () => {
    const wrong = imports.filter(
      ({ from, to }) => (within(from, 'server') && within(to, 'app')) || within(to, 'training'),
    );
    expect(wrong.map(describeImport)).toEqual([]);
  });

  test('there are no circles', () => {
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter((i) => !i.typeOnly)
          .map((i) => i.to),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const visit = (file: string, trail: string[]) => {
      if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
      if (done.has(file) || trail.includes(file)) return;
      for (const next of graph.get(file) ?? []) if (graph.has(next)) visit(next, [...trail, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('generated registries are fresh', () => {
    const stale = Object.entries(generate() as Record<string, string>).filter(
      ([file, wanted]) => text(file) !== wanted,
    );
    expect(
      stale.map(([file]) => file),
      'run `npm run registry`',
    ).toEqual([]);
  });

  test('no server actions, no file over 300 lines, names in kebab-case', () => {
    const own = files.filter((file) => !file.endsWith('registry.ts'));
    expect(own.filter((file) => /^\s*['"]use server['"]/m.test(text(file)))).toEqual([]);
    expect(own.filter((file) => text(file).split('\n').length > 301)).toEqual([]);
    const badName = (file: string) =>
      !/^(\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*|[A-Z][A-Za-z0-9]*\.tsx|\[\[?\.{0,3}[a-z]+\]?\]|route\.ts)$/.test(
        path.basename(file),
      );
    expect(own.filter(badName)).toEqual([]);
  });
});

function reach(from: string[]): Set<string> {
  const seen = new Set(from);
  for (const file of seen) {
    if (!files.includes(file)) continue;
    for (const next of importsOf(file)) if (!next.typeOnly) seen.add(next.to);
  }
  return seen;
}

interface Locked {
  optionalDependencies?: Record<string, string>;
  hasInstallScript?: boolean;
}
const locked = (JSON.parse(text('package-lock.json')) as { packages: Record<string, Locked> }).packages;

test('the lock file names every platform of every optional package', () => {
  const isFound = (name: string, from: string) => {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
      if (locked[`${folder ? `${folder}/` : ''}node_modules/${name}`]) return true;
      if (!folder) return false;
    }
  };
  const missing = Object.entries(locked).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).flatMap((name) => (isFound(name, where) ? [] : [`${where} → ${name}`])),
  );
  // npm drops silently what it cannot resolve, and from then on `npm ci` fails everywhere.
  expect(missing, 'a platform package was not resolvable when the lock was written').toEqual([]);
});

test('npm ci does not run the install script of onnxruntime-node, which fetches CUDA libraries from elsewhere', () => {
  // npm, old and new, runs install scripts of the packages that the lock marks. `npm install` marks this one again.
  const entry = locked['node_modules/onnxruntime-node'];
  expect(entry).toBeDefined();
  expect(entry?.hasInstallScript, 'take "hasInstallScript" out of its entry in package-lock.json').toBeUndefined();
});
