import type { Models } from '../../nodes/values';
import { isUnread } from '../inference/card';
import { cardsOf, scanModels } from '../inference/catalog';
import type { Library } from './services';

/** Cards older than this are read again, so that a folder dropped in appears by itself. */
const freshMs = 30_000;
/** The same while files are read for the first time: their card is wanted soon. */
const unreadFreshMs = 1000;
/** How long a page waits for such files; their model says so then, and the others can be used. */
const patienceMs = 1500;

/** The model library of these folders. Reads cards only, never a weight. */
export function openLibrary(places: { modelFolders: readonly string[]; dataFolder: string }): Library {
  let held: { models: Promise<Models>; at: number; freshMs: number } | undefined;
  const rescan = (): Promise<Models> => {
    // No prototype: a graph may ask for a model called "constructor".
    const models = scanModels(places, { patienceMs }).then(
      (found): Models => Object.assign(Object.create(null), cardsOf(found)),
    );
    const mine = { models, at: Date.now(), freshMs };
    held = mine;
    models.then(
      (found) => {
        if (Object.values(found).some(isUnread)) mine.freshMs = unreadFreshMs;
      },
      () => {
        held = undefined;
      },
    );
    return models;
  };
  return { rescan, models: () => (held && Date.now() - held.at < held.freshMs ? held.models : rescan()) };
}
