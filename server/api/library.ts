import type { Models } from '../../nodes/values';
import { cardsOf, scanModels } from '../inference/catalog';
import type { Library } from './services';

/** Cards older than this are read again, so that a folder dropped in appears by itself. */
const freshMs = 30_000;

/** The model library of these folders. Reads cards only, never a weight. */
export function openLibrary(places: { modelFolders: readonly string[]; dataFolder: string }): Library {
  let held: { models: Promise<Models>; at: number } | undefined;
  const rescan = (): Promise<Models> => {
    // No prototype: a graph may ask for a model called "constructor".
    const models = scanModels(places).then((found): Models => Object.assign(Object.create(null), cardsOf(found)));
    held = { models, at: Date.now() };
    models.catch(() => {
      held = undefined;
    });
    return models;
  };
  return { rescan, models: () => (held && Date.now() - held.at < freshMs ? held.models : rescan()) };
}
