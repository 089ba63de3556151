import { parseArgs } from 'node:util';
import { digestMismatch } from '../inference/card';
import { scanModels } from '../inference/catalog';
import { removeFast } from '../inference/fast-places';
import { addModel } from '../library/add-model';
import { getModel, gigabytes } from './models-get';
import { setupFor, userPath } from './places';
import { Refused, WrongUsage } from './usage';

/** `skein models list | add <path> | get <owner/name> | verify [name] [--accept] | slim [name]` */
export async function models(args: string[]): Promise<number> {
  if (args[0] === 'check') return (await import('./models-check')).checkModels(args.slice(1));
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      accept: { type: 'boolean', default: false },
      revision: { type: 'string' },
      file: { type: 'string', multiple: true },
      variant: { type: 'string' },
      look: { type: 'boolean', default: false },
    },
  });
  const [action, name, ...rest] = positionals;
  if (action === 'list' && name === undefined) return list(values.json);
  if (action === 'add' && name !== undefined && !rest.length) return add(name);
  if (action === 'get' && name !== undefined && !rest.length) return getModel(name, values);
  if (action === 'verify' && !rest.length) return verify(name, values.accept);
  if (action === 'slim' && !rest.length) return slim(name);
  throw new WrongUsage(
    'Say: skein models list, add <path>, get <owner/name>, verify [name] [--accept], slim [name], or check <name>.',
  );
}

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
    for (const [part, { variant }] of Object.entries(card.parts))
      if (variant) console.log(`\t${part}: variant ${variant}`);
    for (const { part, from, others } of card.mates ?? [])
      console.log(`\t${part} from ${from}${others.length ? ` (${others.join(', ')} would fit as well)` : ''}`);
    for (const [part, { error, bytes: held }] of Object.entries(card.fast ?? {})) {
      console.log(`\tfast ${part}: error ${(100 * error).toFixed(2)} %, ${gigabytes(held)}`);
    }
    if (card.broken) console.log(`\t${card.broken}`);
  }
  return 0;
}

/** The folder or file stays where it is; the library gets a link to it. */
async function add(name: string): Promise<number> {
  const { models: added, wasThere, says } = await addModel(setupFor(), userPath(name), name);
  for (const { card } of added) {
    const kind = card.lora ? 'a LoRA' : `family ${card.family}`;
    const where = wasThere ? 'already in the library' : `in the library: ${kind}`;
    console.log(card.broken ? `${card.id} cannot be used. ${card.broken}` : `${card.id} is ${where}.`);
  }
  if (says) console.log(says);
  return added.length && added.every(({ card }) => card.broken) ? 1 : 0;
}

/** Removes the copies in eight bits that the fast mode made; it makes them again when they are wanted. */
async function slim(name: string | undefined): Promise<number> {
  const setup = setupFor();
  const catalog = await scanModels(setup, { wanted: new Set() });
  const model = name === undefined ? undefined : catalog.get(name);
  if (name !== undefined && !model) {
    throw new Refused(`There is no model "${name}". There are: ${[...catalog.keys()].join(', ') || 'none'}.`);
  }
  const parts = Object.values(model?.card.parts ?? {});
  if (model && !parts.length) throw new Refused(model.card.broken ?? `${model.card.title} has no parts of its own.`);
  let freed = 0;
  for (const digest of model ? parts.map((part) => part.digest) : [undefined]) {
    freed += await removeFast(setup.dataFolder, digest);
  }
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
