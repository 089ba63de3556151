import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { families } from '../../server/inference/families/registry';

const root = path.resolve(import.meta.dirname, '../..');
const folder = path.join(root, 'server/inference/families');
const names = fs
  .readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'shared')
  .map((entry) => entry.name);

function sources(at: string): string[] {
  return fs.readdirSync(path.join(root, at), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(at, entry.name);
    if (entry.isDirectory()) return sources(name);
    return /\.tsx?$/.test(name) && !name.endsWith('registry.ts') ? [name] : [];
  });
}
const text = (file: string) => fs.readFileSync(path.join(root, file), 'utf8');

test('a family is a folder with both halves, and is called what its folder is called', () => {
  for (const name of names) {
    for (const half of ['family.ts', 'parts.ts']) expect(fs.existsSync(path.join(folder, name, half))).toBe(true);
    expect(families[name]?.name).toBe(name);
  }
  expect(Object.keys(families)).toEqual(names);
});

test('nothing but the registries imports from a family, nor does one family from another', () => {
  const wrong = sources('server')
    .concat(sources('nodes'), sources('app'))
    .flatMap((file) =>
      names
        .filter((name) => !file.startsWith(`server/inference/families/${name}/`))
        .filter((name) => new RegExp(`from '[^']*(families|\\.\\.)/${name}/`).test(text(file)))
        .map((name) => `${file} → ${name}`),
    );
  expect(wrong).toEqual([]);
});

test('no folder is recognised by two families', () => {
  const all = Object.values(families);
  for (const pipeline of ['WanPipeline', 'LTXPipeline', 'LTXConditionPipeline', 'WanImageToVideoPipeline'])
    expect(all.filter((family) => family.recognises({ _class_name: pipeline })).length).toBe(1);
  // Another architecture under a like name.
  expect(all.filter((family) => family.recognises({ _class_name: 'LTX2Pipeline' }))).toEqual([]);
});
