import { sep } from 'node:path';
import { type Arrival, Downloads } from '../hub/downloads';
import { type Db, localViewer } from '../store/database';
import { rememberModels } from '../store/models';
import type { Library } from './services';

/** The downloads of a home folder; what has arrived is in the library at once. */
export function openDownloads(home: string, { db, library }: { db: Db; library: Library }): Downloads {
  const arrived = async (folder: string): Promise<Arrival> => {
    const cards = await library.rescan();
    const catalog = await library.catalog();
    const inIt = [...catalog.values()].filter(({ place }) => `${place.path}${sep}`.startsWith(folder + sep));
    // Where it came from outlives the files: a graph may ask for it once they are gone.
    await rememberModels(db, localViewer, Object.values(cards));
    const models = inIt.map(({ card }) => card.id);
    const wrong = inIt.find(({ card }) => card.broken && !card.isUnread)?.card.broken;
    const says = inIt.length ? wrong : `It is here, in ${folder}, but there is no model in it that Skein can run.`;
    return { models, ...(says === undefined ? {} : { says }) };
  };
  return new Downloads({ home, arrived, report: (error) => console.error('downloads:', error) });
}
