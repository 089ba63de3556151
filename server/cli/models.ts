import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Catalog, scanModels } from '../inference/catalog';
import { setupFor, userPath } from './places';
import { Refused, WrongUsage } from './usage';

/** `skein models list | add <folder> | verify [name]` */
export async function models(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  });
  const [action, name, ...rest] = positionals;
  if (action === 'list' && name === undefined) return list(values.json);
  if (action === 'add' && name !== undefined && !rest.length) return add(name);
  if (action === 'verify' && !rest.length) return verify(name);
  throw new WrongUsage('Say: skein models list, skein models add <folder>, or skein models verify [name].');
}

const gigabytes = (bytes: number) =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

async function list(isJson: boolean): Promise<number> {
  const catalog = await scanModels(setupFor());
  if (isJson) {
    const all = [...catalog.values()].map(({ card, folder }) => ({ ...card, folder }));
    console.log(JSON.stringify(all));
    return 0;
  }
  if (!catalog.size) console.log('There are no models yet. Add one: skein models add <folder>.');
  for (const { card, folder } of catalog.values()) {
    const bytes = Object.values(card.parts).reduce((sum, part) => sum + (part?.bytes ?? 0), 0);
    console.log(`${card.id}\t${card.broken ? 'cannot be used' : `${card.family}, ${gigabytes(bytes)}`}\t${folder}`);
    if (card.broken) console.log(`\t${card.broken}`);
  }
  return 0;
}

/** The folder stays where it is; the library gets a link to it. */
async function add(name: string): Promise<number> {
  const folder = userPath(name);
  if (!fs.existsSync(path.join(folder, 'model_index.json'))) {
    throw new Refused(
      `${name}: This is not a model folder: it has no model_index.json. Give a folder in the diffusers layout.`,
    );
  }
  const setup = setupFor();
  const real = fs.realpathSync(folder);
  const known = [...(await scanModels(setup)).values()].find((model) => model.folder === real);
  if (known) {
    console.log(`${known.card.id} is already in the library.`);
    return known.card.broken ? 1 : 0;
  }
  const library = path.join(setup.dataFolder, 'models');
  fs.mkdirSync(library, { recursive: true });
  const link = freeLink(library, path.basename(real));
  fs.symlinkSync(real, link, 'junction');
  const added = [...(await scanModels(setup)).values()].find((model) => model.folder === real);
  if (!added || added.card.broken) {
    fs.unlinkSync(link);
    throw new Refused(added?.card.broken ?? `${name}: It could not be read.`);
  }
  console.log(`${added.card.id} is in the library: ${added.card.title}, family ${added.card.family}.`);
  return 0;
}

function freeLink(library: string, name: string): string {
  for (let number = 1; ; number++) {
    const link = path.join(library, number > 1 ? `${name}-${number}` : name);
    if (!fs.lstatSync(link, { throwIfNoEntry: false })) return link;
  }
}

/** Reads every byte again: a file that changed without its size or time changing is found this way. */
async function verify(name: string | undefined): Promise<number> {
  const setup = setupFor();
  const remembered = await scanModels(setup);
  if (name !== undefined && !remembered.has(name)) {
    throw new Refused(`There is no model "${name}". There are: ${[...remembered.keys()].join(', ') || 'none'}.`);
  }
  const empty = fs.mkdtempSync(path.join(os.tmpdir(), 'skein-verify-'));
  let read: Catalog;
  try {
    const modelFolders = name === undefined ? setup.modelFolders : [remembered.get(name)!.folder];
    read = await scanModels({ modelFolders, dataFolder: empty });
  } finally {
    fs.rmSync(empty, { recursive: true, force: true });
  }
  let isGood = true;
  for (const { card, folder } of read.values()) {
    const before = [...remembered.values()].find((model) => model.folder === folder)?.card;
    const changed = before && !before.broken && before.digest !== card.digest;
    const says = card.broken ?? (changed ? 'its files have changed on disk. Download the folder again.' : 'good');
    if (says !== 'good') isGood = false;
    console.log(`${before?.id ?? card.id}: ${says}`);
  }
  return isGood ? 0 : 1;
}
