import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hold, isHeld } from '../inference/hash-lock';
import { HubProblem } from './hub-problem';
import { mustBeGood, type Offer } from './offer';
import { bytesOf, type Order, readOrder, stagingIn, writeOrder } from './order';
import { putInPlace } from './put-in-place';
import { readHub } from './settings';
import { Speed } from './speed';
import { bytesThere, filesIn, transfer } from './transfer';

/** A download as people see it. */
export interface DownloadState {
  id: string;
  repository: string;
  revision: string;
  /** `elsewhere`: another process of this home folder is at it. */
  state: 'waiting' | 'running' | 'paused' | 'failed' | 'elsewhere' | 'done';
  bytes: number;
  there: number;
  perSecond?: number;
  /** Why it failed, a sentence with a remedy; of a finished one what cannot be used of it. */
  says?: string;
  /** Of a finished one: the models it brought. */
  models?: string[];
}

/** What a finished download turned out to be: ids in the library, and what is wrong with it, if so. */
export interface Arrival {
  models: string[];
  says?: string;
}

export interface DownloadsOptions {
  home: string;
  /** Looks at the library again once a download is in place. */
  arrived(folder: string): Promise<Arrival>;
  /** For what nobody expected. */
  report(error: unknown): void;
  pauseMs?: number;
}

interface Live {
  order: Order;
  state: DownloadState['state'];
  there: number;
  speed: Speed;
  abort?: AbortController;
  arrival?: Arrival;
  /** Resolves when its latest turn is over. */
  ending?: Promise<void>;
}

/** Finished ones are told of for as long as the process lives, but not more than so many. */
const mostDone = 30;
/** When to look again after what another process had, in milliseconds. */
const lookAgainMs = 5000;

/**
 * All downloads of a home folder. One is under way at a time: a second would only share the line with it. Each is a folder
 * that tells how far it is, so any process can go on with it.
 */
export class Downloads {
  private readonly live = new Map<string, Live>();
  private turn: Promise<void> = Promise.resolve();
  private isClosed = false;
  /** This process takes up what others leave behind. */
  private isKeeper = false;

  constructor(private readonly options: DownloadsOptions) {}

  private folderOf = (id: string) => join(stagingIn(this.options.home), id);

  /** Goes on with what was under way when the last process ended, and with whatever another one leaves behind. */
  async goOn(): Promise<void> {
    this.isKeeper = true;
    await this.refresh();
    const isAnyElsewhere = [...this.live.values()].some(({ state }) => state === 'elsewhere');
    // A process that was killed leaves its lock behind, which is nobody's after a while.
    if (isAnyElsewhere && !this.isClosed) setTimeout(() => this.goOn().catch(this.options.report), lookAgainMs).unref();
  }

  /** Begins a download. The same one twice is one. Throws `HubProblem` when the offer cannot be taken. */
  async start(offer: Offer): Promise<string> {
    mustBeGood(offer);
    await this.refresh();
    const wanted = offer.take.map(({ path }) => path).join('\n');
    for (const { order, state } of this.live.values()) {
      const isSame = order.repository === offer.name && order.files.map(({ path }) => path).join('\n') === wanted;
      if (!isSame || state === 'done') continue;
      await this.resume(order.id);
      return order.id;
    }
    const { endpoint, name, revision, take } = offer;
    const { text: _, ...licence } = offer.licence;
    const order: Order = {
      ...{ id: randomBytes(16).toString('hex'), endpoint, repository: name, revision, licence, files: take },
      ...{ folder: name.slice(name.indexOf('/') + 1), whole: {}, isPaused: false },
    };
    // Known before it is on the disk: whoever looks there meanwhile must not take it for one that was left behind.
    const one: Live = { order, state: 'waiting', there: 0, speed: new Speed() };
    this.live.set(order.id, one);
    try {
      await mkdir(filesIn(this.folderOf(order.id)), { recursive: true });
      await writeOrder(this.folderOf(order.id), order);
    } catch (error) {
      this.live.delete(order.id);
      throw error;
    }
    this.enqueue(one);
    return order.id;
  }

  /** All there are, in the order in which they began. */
  async list(): Promise<DownloadState[]> {
    await this.refresh();
    return [...this.live.values()].map(shown);
  }

  /** Stops it; what has come is kept. */
  async pause(id: string): Promise<void> {
    const one = this.get(id);
    if (one.state === 'done' || one.state === 'elsewhere') return;
    one.order.isPaused = true;
    one.state = 'paused';
    one.abort?.abort();
    await writeOrder(this.folderOf(id), one.order).catch(() => undefined);
  }

  async resume(id: string): Promise<void> {
    const one = this.get(id);
    if (one.state !== 'paused' && one.state !== 'failed') return;
    one.order.isPaused = false;
    delete one.order.problem;
    await writeOrder(this.folderOf(id), one.order);
    this.enqueue(one);
  }

  /** Stops it and deletes what has come. Of a finished one: says no more of it. */
  async discard(id: string): Promise<void> {
    const one = this.get(id);
    if (one.state === 'elsewhere')
      throw new HubProblem('refused', 'Another process is at this download. Stop it there.');
    one.order.isPaused = true;
    this.live.delete(id);
    if (one.state === 'done') return;
    one.abort?.abort();
    // Out of the way at once, whatever is still being written.
    const aside = `${this.folderOf(id)}.gone`;
    await rename(this.folderOf(id), aside).catch(() => undefined);
    await rm(aside, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Resolves when it has ended, one way or the other. */
  async ended(id: string): Promise<DownloadState> {
    const one = this.get(id);
    for (let seen: Promise<void> | undefined; one.ending !== seen; ) {
      seen = one.ending;
      await seen;
    }
    return shown(one);
  }

  /** Stops everything; the next process goes on by itself. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { abort } of this.live.values()) abort?.abort();
    await this.turn;
  }

  private get(id: string): Live {
    const one = this.live.get(id);
    if (!one)
      throw new HubProblem('missing', 'There is no such download any more. Reload the page to see what there is.');
    return one;
  }

  private enqueue(one: Live): void {
    one.state = 'waiting';
    this.turn = this.turn.then(() => this.work(one)).catch(this.options.report);
    one.ending = this.turn;
  }

  private async work(one: Live): Promise<void> {
    const { order } = one;
    const folder = this.folderOf(order.id);
    if (this.isClosed || one.state !== 'waiting' || !this.live.has(order.id)) return;
    const letGo = await hold(join(folder, 'lock'));
    if (!letGo) {
      one.state = 'elsewhere';
      return;
    }
    try {
      one.state = 'running';
      one.speed = new Speed();
      one.abort = new AbortController();
      await this.bring(one, one.abort.signal);
      one.state = 'done';
      this.forgetOld();
    } catch (error) {
      if (one.abort?.signal.aborted) {
        if (!order.isPaused) one.state = 'waiting';
        return;
      }
      if (!(error instanceof HubProblem)) this.options.report(error);
      one.state = 'failed';
      order.problem = error instanceof Error ? error.message : String(error);
      await writeOrder(folder, order).catch(() => undefined);
    } finally {
      await letGo();
    }
  }

  private async bring(one: Live, signal: AbortSignal): Promise<void> {
    const { home, arrived, pauseMs } = this.options;
    const { order } = one;
    const hub = await readHub(home);
    if (hub.endpoint !== order.endpoint)
      throw new HubProblem(
        'refused',
        `This download was begun at ${order.endpoint}, and the hub is ${hub.endpoint} now. Set the old address again, or discard it.`,
      );
    const folder = this.folderOf(order.id);
    const onBytes = (there: number) => {
      one.there = there;
      one.speed.note(there);
    };
    await transfer({ hub, order, folder, signal, onBytes, pauseMs });
    const place = await putInPlace(home, order, filesIn(folder));
    one.arrival = await arrived(place).catch((error: unknown) => {
      this.options.report(error);
      return { models: [] };
    });
  }

  private forgetOld(): void {
    const done = [...this.live.values()].filter(({ state }) => state === 'done');
    for (const { order } of done.slice(0, -mostDone)) this.live.delete(order.id);
  }

  /** Takes in what lies on the disk: other processes, and earlier ones, have downloads too. */
  private async refresh(): Promise<void> {
    const names = await readdir(stagingIn(this.options.home)).catch((): string[] => []);
    for (const [id, one] of this.live) if (one.state === 'elsewhere' && !names.includes(id)) this.live.delete(id);
    for (const name of names) {
      const known = this.live.get(name);
      if (known && known.state !== 'elsewhere') continue;
      const order = await readOrder(this.folderOf(name));
      if (order?.id !== name) continue;
      const there = await bytesThere(order, this.folderOf(name));
      const isHere = !(await isHeld(join(this.folderOf(name), 'lock')));
      // Meanwhile it may have been begun here.
      if (this.live.get(name) !== known) continue;
      const state = !isHere ? 'elsewhere' : order.problem === undefined ? 'paused' : 'failed';
      const one: Live = { order, state, there, speed: known?.speed ?? new Speed() };
      one.speed.note(there);
      this.live.set(name, one);
      if (this.isKeeper && state === 'paused' && !order.isPaused) this.enqueue(one);
    }
  }
}

function shown({ order, state, there, speed, arrival }: Live): DownloadState {
  const { id, repository, revision, problem } = order;
  const perSecond = state === 'running' || state === 'elsewhere' ? speed.perSecond() : null;
  const says = state === 'failed' ? problem : arrival?.says;
  return {
    ...{ id, repository, revision, state, bytes: bytesOf(order), there },
    ...(perSecond === null ? {} : { perSecond }),
    ...(says === undefined ? {} : { says }),
    ...(arrival ? { models: arrival.models } : {}),
  };
}
