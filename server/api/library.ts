import type { Models } from '../../nodes/values';
import { type Catalog, type CatalogPlaces, cardsOf, scanModels } from '../inference/catalog';
import type { Library } from './services';

/** Cards older than this are read again, so that a folder dropped in appears by itself. */
const freshMs = 30_000;
/** The same while files are read for the first time: their card is wanted soon. */
const unreadFreshMs = 1000;
/** How long a page waits for such files; their model says so then, and the others can be used. */
const patienceMs = 1500;

/** The model library of these folders. Reads cards only, never a weight. */
export function openLibrary(places: CatalogPlaces): Library {
  let held: { catalog: Promise<Catalog>; at: number; freshMs: number } | undefined;
  const look = (): Promise<Catalog> => {
    const catalog = scanModels(places, { patienceMs });
    const mine = { catalog, at: Date.now(), freshMs };
    held = mine;
    catalog.then(
      (found) => {
        if ([...found.values()].some(({ card }) => card.isUnread)) mine.freshMs = unreadFreshMs;
      },
      () => {
        held = undefined;
      },
    );
    return catalog;
  };
  const catalog = () => (held && Date.now() - held.at < held.freshMs ? held.catalog : look());
  // No prototype: a graph may ask for a model called "constructor".
  const cards = (found: Catalog): Models => Object.assign(Object.create(null), cardsOf(found));
  return {
    places,
    catalog,
    models: async () => cards(await catalog()),
    rescan: async () => cards(await look()),
  };
}
