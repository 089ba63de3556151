import { digestMismatch } from '../inference/card';
import { type CatalogPlaces, scanModels } from '../inference/catalog';

/** How reading every byte of a model again went, or that it is going on. */
export interface Verification {
  state: 'running' | 'good' | 'bad';
  /** Why it is bad, a sentence with a remedy. */
  says?: string;
  /** Its files are not those they were when it was first used; they may be accepted. */
  isChanged?: boolean;
  at: number;
}

/** Reads models anew, one after another, and remembers how it went for as long as the process lives. */
export class Verifier {
  private readonly known = new Map<string, Verification>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly places: CatalogPlaces,
    /** Told after each: the library may say something else now. */
    private readonly looked: () => Promise<unknown>,
  ) {}

  of = (id: string): Verification | undefined => this.known.get(id);

  /** Begins to read; with `isAccepting` its files as they are now are what they should be from now on. */
  begin(id: string, isAccepting = false): void {
    if (this.known.get(id)?.state === 'running') return;
    this.known.set(id, { state: 'running', at: Date.now() });
    this.turn = this.turn.then(async () => {
      const says = await this.read(id, isAccepting).catch((error: unknown) => String(error));
      const isChanged = says?.startsWith(digestMismatch) ?? false;
      const state = says === undefined ? 'good' : 'bad';
      this.known.set(id, { state, at: Date.now(), isChanged, ...(says === undefined ? {} : { says }) });
      await this.looked().catch(() => undefined);
    });
  }

  private async read(id: string, isAccepting: boolean): Promise<string | undefined> {
    const catalog = await scanModels(this.places, { wanted: new Set([id]), mode: isAccepting ? 'accept' : 'reread' });
    const model = catalog.get(id);
    return model ? model.card.broken : `There is no model "${id}" any more. Reload the page.`;
  }
}
