import { sep } from 'node:path';
import { type DownloadState, Downloads } from '../hub/downloads';
import { HubProblem } from '../hub/hub-problem';
import { makeOffer, mustBeGood, type Offer } from '../hub/offer';
import { readHub } from '../hub/settings';
import { scanModels } from '../inference/catalog';
import { setupFor } from './places';
import { Refused } from './usage';

export const gigabytes = (bytes: number) =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(1)} MB`;

interface Wishes {
  json?: boolean | undefined;
  revision?: string | undefined;
  file?: string[] | undefined;
  variant?: string | undefined;
  look?: boolean | undefined;
}

/** How often the line of progress is written anew, in milliseconds. */
const tellMs = 500;

/** `skein models get <owner/name>`: says what would come, brings it, and says what it has become. Ctrl-C keeps what has come. */
export async function getModel(repository: string, wishes: Wishes): Promise<number> {
  const setup = setupFor();
  try {
    const asked = { repository, revision: wishes.revision, picked: wishes.file, variant: wishes.variant };
    const offer = await makeOffer(setup.dataFolder, await readHub(setup.dataFolder), asked);
    if (!wishes.json) tell(offer);
    else if (wishes.look) console.log(JSON.stringify(offer));
    if (wishes.look) return offer.problem ? 1 : 0;
    mustBeGood(offer);
    const arrived = async (folder: string) => {
      const all = await scanModels(setup);
      const inIt = [...all.values()].filter(({ place }) => `${place.path}${sep}`.startsWith(folder + sep));
      const says = inIt.length
        ? inIt.find(({ card }) => card.broken)?.card.broken
        : 'There is no model in it that Skein can run.';
      return { models: inIt.map(({ card }) => card.id), ...(says === undefined ? {} : { says }) };
    };
    const downloads = new Downloads({ home: setup.dataFolder, arrived, report: (error) => console.error(error) });
    return await bring(downloads, await downloads.start(offer), wishes.json ?? false);
  } catch (error) {
    throw error instanceof HubProblem ? new Refused(error.message) : error;
  }
}

async function bring(downloads: Downloads, id: string, isJson: boolean): Promise<number> {
  let isStopped = false;
  const stop = () => {
    isStopped = true;
    void downloads.pause(id);
  };
  process.once('SIGINT', stop);
  const timer = setInterval(async () => {
    const state = (await downloads.list()).find((one) => one.id === id);
    if (state && !isJson && process.stderr.isTTY) process.stderr.write(`\r${line(state)}\u001b[K`);
  }, tellMs);
  const end = await downloads.ended(id).finally(() => {
    clearInterval(timer);
    process.off('SIGINT', stop);
    if (!isJson && process.stderr.isTTY) process.stderr.write('\n');
  });
  if (isJson) console.log(JSON.stringify(end));
  if (isStopped) {
    console.error('Stopped. What has come is kept: the same command goes on from there.');
    return 130;
  }
  if (end.state === 'elsewhere')
    throw new Refused('Another Skein is at this download already. Look at its Models page.');
  if (end.state !== 'done') throw new Refused(end.says ?? 'It could not be downloaded. Try again.');
  if (!isJson && end.models?.length) console.log(`${end.models.join(', ')} is in the library.`);
  if (end.says) console.error(end.says);
  return end.says ? 1 : 0;
}

function tell(offer: Offer): void {
  const { name, revision, take, offered, variants, bytes, leftBytes, free, licence, problem } = offer;
  console.log(`${name} at ${revision.slice(0, 12)}${offer.isGated ? ', gated' : ''}`);
  for (const file of take) console.log(`  ${gigabytes(file.bytes).padStart(9)}  ${file.path}`);
  if (take.length && offered.length && offer.kind === 'folder')
    console.log(`In place of the folder, single files of it: --file ${offered.map(({ path }) => path).join(', ')}`);
  for (const one of variants)
    if (one.name !== offer.variant)
      console.log(`In place of these weights: --variant ${one.name || "''"} (${gigabytes(one.bytes)} in all)`);
  if (!take.length)
    for (const file of offered) console.log(`  ${gigabytes(file.bytes).padStart(9)}  --file ${file.path}`);
  console.log(
    `${gigabytes(bytes)} to come, ${gigabytes(leftBytes)} left behind, ${gigabytes(free)} free on this disk.`,
  );
  console.log(`Licence: ${[licence.name ?? licence.id ?? 'none named', licence.link].filter(Boolean).join(', ')}.`);
  if (problem) console.log(problem);
}

function line({ there, bytes, perSecond }: DownloadState): string {
  const share = `${gigabytes(there)} of ${gigabytes(bytes)}`;
  if (!perSecond) return share;
  const seconds = Math.round((bytes - there) / perSecond);
  const left = seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  return `${share}, ${gigabytes(perSecond)}/s, ${left} left`;
}
