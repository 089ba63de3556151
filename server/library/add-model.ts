import fs from 'node:fs';
import path from 'node:path';
import { aPart } from '../../nodes/model-card';
import { type CatalogModel, type CatalogPlaces, scanModels } from '../inference/catalog';
import { families } from '../inference/families/registry';
import type { SinglePart } from '../inference/families/single-layout';
import { filesIn, weightFiles } from '../inference/find-files';
import { holdsModels } from '../inference/find-models';
import { foreignName } from '../inference/foreign-format';
import { ownModels } from '../inference/provenance';
import { openSafetensors } from '../inference/safetensors';

/** What adding came to: the models it brought, good or not, and whether they were there before. */
export interface Addition {
  models: CatalogModel[];
  wasThere: boolean;
  /** Of a file that is no model by itself: what it is good for. */
  says?: string;
}

/** Why a folder or file cannot be added, as a sentence with a remedy. */
export class CannotAdd extends Error {
  /** By name: Next bundles routes and what they share apart, each with a copy of this class. */
  static override [Symbol.hasInstance](error: unknown): error is CannotAdd {
    return error instanceof Error && error.name === 'CannotAdd';
  }

  override readonly name = 'CannotAdd';
}

/**
 * Takes a folder or a file of weights into the library, by a link: everything stays where it lies, as it lies there now.
 * `called` is what the person wrote. Throws `CannotAdd`, leaving nothing behind.
 */
export async function addModel(places: CatalogPlaces, file: string, called = file): Promise<Addition> {
  const about = fs.statSync(file, { throwIfNoEntry: false });
  if (!about) throw new CannotAdd(`${called}: There is nothing of this name. Check the spelling.`);
  const real = fs.realpathSync(file);
  if (about.isFile()) return addFile(places, real, called);
  if (fs.existsSync(path.join(real, 'model_index.json'))) return addFolder(places, real, called);
  const above = path.dirname(real);
  if (fs.existsSync(path.join(above, 'model_index.json')))
    throw new CannotAdd(`${called}: This is a part of the model in ${above}. Add that folder.`);
  if ((await weightFiles(real)).length || (await holdsModels(real))) return addFiles(places, real, called);
  throw new CannotAdd(
    `${called}: This is not a model folder: it has no model_index.json, and no .safetensors files. Give a folder in the diffusers layout, or ComfyUI's models folder.`,
  );
}

async function addFolder(places: CatalogPlaces, real: string, called: string): Promise<Addition> {
  const accepted = () => acceptedNow(places, (model) => model.folder === real);
  const known = await accepted();
  if (known.length) return { models: known, wasThere: true };
  const link = linkTo(places, real, 'junction');
  const models = await accepted();
  if (models.some(({ card }) => !card.broken)) return { models, wasThere: false };
  if (link) fs.unlinkSync(link);
  throw new CannotAdd(models[0]?.card.broken ?? `${called}: It could not be read.`);
}

/** A folder of single files: what can be made of them, and why what cannot. One of parts alone is kept for other files. */
async function addFiles(places: CatalogPlaces, real: string, called: string): Promise<Addition> {
  const inIt = ({ place }: CatalogModel) => place.path.startsWith(real + path.sep);
  const wasThere = [...(await scanModels(places, { wanted: new Set() })).values()].some(inIt);
  const link = wasThere ? undefined : linkTo(places, real, 'junction');
  const models = await acceptedNow(places, inIt);
  if (models.some(({ card }) => !card.broken)) return { models, wasThere };
  const { parts } = models.length ? { parts: [] } : await filesIn(real, async () => null);
  if (parts.length) {
    const held = [...new Set(parts.flatMap((one) => one.parts.map(({ part }) => part)))];
    return { models, wasThere: link === undefined, says: keptFor(real, held) };
  }
  if (link) fs.unlinkSync(link);
  const why = models[0]?.card.broken ?? 'Look for Wan or LTX-Video files.';
  throw new CannotAdd(`${called}: There is no model in these files that Skein can run. Nothing was added. ${why}`);
}

/** One file: a model if its other parts are found beside it, a LoRA, or a part for other files. */
async function addFile(places: CatalogPlaces, real: string, called: string): Promise<Addition> {
  const foreign = foreignName(real);
  if (foreign) throw new CannotAdd(`${called}: ${foreign.says} ${foreign.remedy}`);
  if (!real.endsWith('.safetensors'))
    throw new CannotAdd(`${called}: Only .safetensors files, and folders of them, can be added.`);
  const held = await partsOf(real, called);
  const isIt = ({ place }: CatalogModel) => place.path === real;
  const wasThere = [...(await scanModels(places, { wanted: new Set() })).values()].some(isIt);
  const link = wasThere ? undefined : linkTo(places, real, 'file');
  const models = await acceptedNow(places, isIt);
  const useless = models.find(({ card, place }) => place.kind === 'lora' && card.broken);
  if (useless && link) {
    fs.unlinkSync(link);
    throw new CannotAdd(`${useless.card.broken} Nothing was added.`);
  }
  if (models.length || held.length)
    return {
      models,
      wasThere,
      ...(models.length ? {} : { says: keptFor(real, held) }),
    };
  if (link) fs.unlinkSync(link);
  throw new CannotAdd(
    `${called}: This is neither a model nor a LoRA that Skein can run, nor a part of one. Nothing was added. Look for files of ${Object.values(
      families,
    )
      .map(({ runs }) => runs)
      .join(' or ')}.`,
  );
}

const keptFor = (real: string, held: readonly SinglePart[]): string =>
  `${path.basename(real)} holds ${held.map(aPart).join(' and ')}. Models that fit it will use it.`;

async function partsOf(real: string, called: string): Promise<SinglePart[]> {
  try {
    const { tensors } = await openSafetensors(real);
    return Object.values(families).flatMap(
      ({ singleFiles }) => singleFiles?.partsIn(tensors).map(({ part }) => part) ?? [],
    );
  } catch (error) {
    throw new CannotAdd(error instanceof Error ? error.message : `${called}: It could not be read.`);
  }
}

/** The models meant, with their files as they are now: whoever adds a folder means these. */
async function acceptedNow(places: CatalogPlaces, isMeant: (model: CatalogModel) => boolean): Promise<CatalogModel[]> {
  const all = await scanModels(places, { wanted: new Set() });
  const wanted = new Set([...all].filter(([, model]) => isMeant(model)).map(([id]) => id));
  if (!wanted.size) return [];
  const catalog = await scanModels(places, { wanted, mode: 'accept' });
  return [...catalog].filter(([id]) => wanted.has(id)).map(([, model]) => model);
}

/** The link's path; undefined when there was one already. */
function linkTo({ dataFolder }: CatalogPlaces, real: string, type: 'junction' | 'file'): string | undefined {
  const library = ownModels(dataFolder);
  fs.mkdirSync(library, { recursive: true });
  const links = fs.readdirSync(library, { withFileTypes: true }).filter((entry) => entry.isSymbolicLink());
  if (links.some(({ name }) => isLinkTo(path.join(library, name), real))) return undefined;
  const { name, ext } = type === 'file' ? path.parse(real) : { name: path.basename(real), ext: '' };
  for (let number = 1; ; number++) {
    const link = path.join(library, `${name}${number > 1 ? `-${number}` : ''}${ext}`);
    if (fs.lstatSync(link, { throwIfNoEntry: false })) continue;
    fs.symlinkSync(real, link, type);
    return link;
  }
}

function isLinkTo(link: string, real: string): boolean {
  try {
    return fs.realpathSync(link) === real;
  } catch {
    return false;
  }
}
