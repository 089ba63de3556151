import { initTRPC, TRPCError } from '@trpc/server';
import superjson, { type SuperJSONResult } from 'superjson';
import { isPassing, type Viewer } from '../store/database';
import type { Services } from './services';

/** What every procedure is handed: who asks, and the server's parts. */
export interface Context {
  viewer: Viewer;
  services: Services;
}

/** A save that came too late: where the newest version is, and where the late copy was put. */
export interface Conflict {
  current: number;
  kept: number;
  savedAt: Date;
}

/** Carries a `Conflict` to the client, in `error.data.conflict`. */
export class SaveConflict extends TRPCError {
  constructor(readonly conflict: Conflict) {
    super({
      code: 'CONFLICT',
      message: `Another tab has saved version ${conflict.current} meanwhile. Yours is kept as version ${conflict.kept}: choose which one to go on with.`,
    });
  }
}

/** All that JSON lacks and our own page sends. */
const sent: ReadonlySet<unknown> = new Set(['undefined', 'number']);

function isPlain(types: unknown): boolean {
  if (Array.isArray(types)) return types.length === 1 && sent.has(types[0]);
  if (typeof types === 'object' && types !== null) return Object.values(types).every(isPlain);
  return types === undefined;
}

/** superjson would also make arrays of any length and integers of any size of a few words, before a schema sees them. */
function readInput(input: SuperJSONResult): unknown {
  if (!isPlain(input?.meta?.values))
    throw new TRPCError({
      code: 'BAD_REQUEST',
      message: 'The API takes plain JSON. Send no types of superjson along.',
    });
  return superjson.deserialize(input);
}

/** What the database's client says names files and queries of ours, and no way out; the server's log has it all. */
function wordsFor({ message, cause }: TRPCError): string {
  if (!/^(Prisma|Libsql|DriverAdapter)/.test(cause?.name ?? '')) return message;
  return isPassing(cause)
    ? 'The database cannot be reached or written just now: it restarts, another program holds it, or its disk is full. Nothing was changed. Try again in a moment.'
    : 'The database refused this, which is a fault of ours. Nothing was changed; the log of the server says more.';
}

const t = initTRPC.context<Context>().create({
  transformer: { input: { serialize: superjson.serialize, deserialize: readInput }, output: superjson },
  // Only a list of three known classes of news reaches the page; a bug's stack stays here.
  isDev: false,
  errorFormatter({ shape, error }) {
    const conflict = error instanceof SaveConflict ? error.conflict : undefined;
    return { ...shape, message: wordsFor(error), data: { ...shape.data, conflict } };
  },
  sse: {
    ping: { enabled: true, intervalMs: 15_000 },
    client: { reconnectAfterInactivityMs: 40_000 },
  },
});

export const router = t.router;
export const procedure = t.procedure;
export const createCaller = t.createCallerFactory;

/** The refusal of something that is not there, or not this person's. */
export const notFound = (what: string) =>
  new TRPCError({
    code: 'NOT_FOUND',
    message: `There is no such ${what} any more. Reload the page to see what there is.`,
  });
