import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { digestMismatch } from '../inference/card';
import { scanModels } from '../inference/catalog';
import { removeFast } from '../inference/fast-places';
import { weightFiles } from '../inference/find-files';
import { setupFor, userPath } from './places';
import { Refused, WrongUsage } from './usage';

/** `skein models list | add <folder> | verify [name] [--accept] | slim [name]` */
export async function models(args: string[]): Promise<number> {
  if (args[0] === 'check') return (await import('./models-check')).checkModels(args.slice(1));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, accept: { type: 'boolean', default: false } },
  });
  const [action, name, ...rest] = positionals;
  if (action === 'list' && name === undefined) return list(values.json);
  if (action === 'add' && name !== undefined && !rest.length) return add(name);
  if (action === 'verify' && !rest.length) return verify(name, values.accept);
  if (action === 'slim' && !rest.length) return slim(name);
  throw new WrongUsage(
    'Say: skein models list, skein models add <folder>, skein models verify [name] [--accept], or skein models slim [name].',
  );
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
  for (const { card, place } of catalog.values()) {
    const bytes = Object.values(card.parts).reduce((sum, part) => sum + (part?.bytes ?? 0), card.lora?.bytes ?? 0);
    const kind = `${card.lora ? 'LoRA for ' : ''}${card.family}, ${gigabytes(bytes)}`;
    console.log(`${card.id}\t${card.broken ? 'cannot be used' : kind}\t${place.path}`);
    if (card.fast) console.log(`\tfast: error ${(100 * card.fast.error).toFixed(2)} %, ${gigabytes(card.fast.bytes)}`);
    if (card.broken) console.log(`\t${card.broken}`);
  }
  return 0;
}

/** The folder stays where it is; the library gets a link to it. */
async function add(name: string): Promise<number> {
  const folder = userPath(name);
  const isModel = fs.existsSync(path.join(folder, 'model_index.json'));
  if (!isModel && !(await weightFiles(folder)).length) {
    throw new Refused(
      `${name}: This is not a model folder: it has no model_index.json, and no .safetensors files. Give a folder in the diffusers layout, or ComfyUI's models folder.`,
    );
  }
  const setup = setupFor();
  const real = fs.realpathSync(folder);
  if (!isModel) return addFiles(name, { real, setup });
  /** As it lies there now: whoever adds a folder means these files. */
  const accepted = async () => {
    const id = [...(await scanModels(setup, { wanted: new Set() }))].find(([, model]) => model.folder === real)?.[0];
    if (id === undefined) return undefined;
    return (await scanModels(setup, { wanted: new Set([id]), mode: 'accept' })).get(id);
  };
  const known = await accepted();
  if (known) {
    console.log(`${known.card.id} is already in the library.`);
    if (known.card.broken) console.log(known.card.broken);
    return known.card.broken ? 1 : 0;
  }
  const library = path.join(setup.dataFolder, 'models');
  fs.mkdirSync(library, { recursive: true });
  const link = freeLink(library, path.basename(real));
  fs.symlinkSync(real, link, 'junction');
  const added = await accepted();
  if (!added || added.card.broken) {
    fs.unlinkSync(link);
    throw new Refused(added?.card.broken ?? `${name}: It could not be read.`);
  }
  console.log(`${added.card.id} is in the library: ${added.card.title}, family ${added.card.family}.`);
  return 0;
}

/** A folder of single files: what can be made of them, and why what cannot. */
async function addFiles(name: string, about: { real: string; setup: ReturnType<typeof setupFor> }): Promise<number> {
  const { real, setup } = about;
  const inIt = async () => {
    const all = await scanModels(setup, { wanted: new Set() });
    return new Set([...all].filter(([, { place }]) => place.path.startsWith(real + path.sep)).map(([id]) => id));
  };
  let link: string | undefined;
  if (!(await inIt()).size) {
    const library = path.join(setup.dataFolder, 'models');
    fs.mkdirSync(library, { recursive: true });
    link = freeLink(library, path.basename(real));
    fs.symlinkSync(real, link, 'junction');
  }
  const wanted = await inIt();
  const cards = await scanModels(setup, { wanted, mode: 'accept' });
  let isAnyGood = false;
  for (const id of wanted) {
    const card = cards.get(id)?.card;
    if (card && !card.broken) isAnyGood = true;
    const kind = card?.lora ? 'a LoRA' : `family ${card?.family}`;
    console.log(card?.broken ? `${id} cannot be used. ${card.broken}` : `${id} is in the library: ${kind}.`);
  }
  if (isAnyGood) return 0;
  if (link) fs.unlinkSync(link);
  throw new Refused(`${name}: There is no model in these files that Skein can run. Nothing was added.`);
}

function freeLink(library: string, name: string): string {
  for (let number = 1; ; number++) {
    const link = path.join(library, number > 1 ? `${name}-${number}` : name);
    if (!fs.lstatSync(link, { throwIfNoEntry: false })) return link;
  }
}

/** Removes the copies in eight bits that the fast mode made; it makes them again when they are wanted. */
async function slim(name: string | undefined): Promise<number> {
  const setup = setupFor();
  const catalog = await scanModels(setup, { wanted: new Set() });
  const model = name === undefined ? undefined : catalog.get(name);
  if (name !== undefined && !model) {
    throw new Refused(`There is no model "${name}". There are: ${[...catalog.keys()].join(', ') || 'none'}.`);
  }
  const digest = model?.card.parts.denoiser?.digest;
  if (model && !digest) throw new Refused(model.card.broken ?? `${model.card.title} has no denoiser.`);
  const freed = await removeFast(setup.dataFolder, digest);
  console.log(`${gigabytes(freed)} are free again.`);
  return 0;
}

/** Reads every byte again: a file that changed without its size or times changing is found this way. */
async function verify(name: string | undefined, isAccepting: boolean): Promise<number> {
  const setup = setupFor();
  const ids = [...(await scanModels(setup, { wanted: new Set() })).keys()];
  if (name !== undefined && !ids.includes(name)) {
    throw new Refused(`There is no model "${name}". There are: ${ids.join(', ') || 'none'}.`);
  }
  const wanted = new Set(name === undefined ? ids : [name]);
  const catalog = await scanModels(setup, { wanted, mode: isAccepting ? 'accept' : 'reread' });
  let isGood = true;
  for (const id of wanted) {
    const broken = catalog.get(id)?.card.broken;
    if (broken) isGood = false;
    const says = broken?.startsWith(digestMismatch) ? `its files have changed on disk. ${broken}` : broken;
    console.log(`${id}: ${says ?? (isAccepting ? 'accepted as it is now' : 'good')}`);
  }
  return isGood ? 0 : 1;
}
