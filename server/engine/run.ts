import { setMaxListeners } from 'node:events';
import { pausedPrint } from '../../nodes/fingerprint';
import type { Value } from '../../nodes/values';
import type { Held } from './cache';
import { openDesk } from './desk';
import type { ExecutePorts, Failure, MachineJob, Progress } from './execute';
import { Cancelled, NodeFailed } from './failures';
import type { Piece, Plan } from './plan';
import { openSlots } from './slots';
import { workOf } from './summary';
import { throttle } from './throttle';
import { verifyOutputs } from './verify';

/** Progress is told at most this often per node, in milliseconds. */
const progressEvery = 100;

/** How often a node is tried again because an input turned out to be damaged on disk. */
const repairs = 3;

/** Where an input comes from. */
interface Source {
  name: string;
  port: string;
  source: Held;
}

/**
 * A run in the making: every piece is asked for once, waits for what it needs, and answers all who need it. Whoever asks
 * gets the result from the cache, or by its being made, also when a stored result turns out to be damaged half-way.
 */
export function openRun(plan: Plan, ports: ExecutePorts) {
  const { cache, emit, signal } = ports;
  // Every piece that waits for its turn listens: many are no leak, of which Node would warn from the eleventh on.
  setMaxListeners(0, signal);
  const desk = ports.desk ?? openDesk();
  const others = openSlots(ports.parallel ?? 8);
  const first = desk.begin();
  const ranks = new Map(plan.toRun.map((fingerprint, rank) => [fingerprint, first + rank]));
  const asked = new Map<string, Promise<Held>>();
  const held = new Map<string, Held>();
  const values = new Map<string, Promise<Value>>();
  const announced = new Set<string>();
  const failures: Failure[] = [];
  const release = openRelease(plan, (fingerprint) => {
    forgetValues(values, fingerprint);
    held.get(fingerprint)?.discard();
    // Asked for once more, after a later result was found damaged, it has to be made again.
    asked.delete(fingerprint);
    held.delete(fingerprint);
  });
  let ran = 0;
  let reused = 0;

  const obtain = (fingerprint: string): Promise<Held> => {
    const already = asked.get(fingerprint);
    if (already) return already;
    const promise = obtainNow(plan.pieces.get(fingerprint)!);
    promise.catch(() => {}); // `finish` hears of every failure; after a cancel perhaps nobody else is listening
    asked.set(fingerprint, promise);
    return promise;
  };

  const obtainNow = async (piece: Piece): Promise<Held> => {
    const { fingerprint, definition } = piece;
    const isFresh = plan.fresh && ranks.has(fingerprint);
    const look = () => (isFresh ? null : cache.look(fingerprint));
    let results = look();
    // A run beside this one is making it. If that comes to nothing, or to something not worth keeping, it is our turn.
    for (let other = desk.others(fingerprint, signal); other && !results; other = desk.others(fingerprint, signal)) {
      await other;
      results = look();
    }
    if (results) {
      // Planned to run, but another was faster.
      if (ranks.has(fingerprint)) reuse(piece, results);
    } else {
      const end = desk.announce(fingerprint);
      try {
        const slots = definition.computes ? desk.device : others;
        const rank = ranks.get(fingerprint) ?? first;
        for (let repair = 0; !results; repair++) {
          const inputs = Object.entries(piece.inputs);
          const sources = await Promise.all(inputs.map(([, input]) => obtain(input.fingerprint)));
          const named = inputs.map(([name, { port }], at) => ({ name, port, source: sources[at]! }));
          // The next in line reads its inputs while others compute: the device need not wait for a disk.
          const prepare = () => {
            for (const source of named) inputOf(piece, source);
          };
          // An input may turn out to be lost: it is made again without holding the turn it may need itself.
          results = await slots.run({ rank, signal, prepare }, () => runPiece(piece, named, repair < repairs));
        }
      } finally {
        end();
      }
    }
    held.set(fingerprint, results);
    release.done(piece);
    return results;
  };

  /** One input of a piece, read once for all who need it. */
  const inputOf = (piece: Piece, { name, port, source }: Source): Promise<Value> => {
    const key = `${piece.inputs[name]!.fingerprint}.${port}`;
    const already = values.get(key);
    if (already) return already;
    const value = source.value(port);
    value.catch(() => {}); // whoever runs with it hears of it
    values.set(key, value);
    return value;
  };

  /** Null when an input was lost on the way, and has been forgotten so that it is made again. */
  const runPiece = async (piece: Piece, sources: readonly Source[], mayRepair: boolean): Promise<Held | null> => {
    const inputs: Record<string, Value> = {};
    try {
      for (const source of sources) inputs[source.name] = await inputOf(piece, source);
      return await runOnce(piece, inputs);
    } catch (error) {
      if (signal.aborted) throw new Cancelled();
      if (mayRepair && sources.some(({ source }) => source.isLost())) {
        release.stop();
        forgetLost(piece, sources);
        return null;
      }
      const node = piece.nodes[0]!;
      const failed = new NodeFailed(node, { title: piece.definition.title, inputs, cause: error });
      const { message: says, detail } = failed;
      for (const twin of piece.nodes) emit({ type: 'node.failed', node: twin, says, detail });
      failures.push({ node, says });
      throw failed;
    }
  };

  const forgetLost = (piece: Piece, sources: readonly Source[]) => {
    for (const { name, source } of sources) {
      const { fingerprint } = piece.inputs[name]!;
      // Another piece may have noticed first, and a new one be in its place.
      if (!source.isLost() || held.get(fingerprint) !== source) continue;
      asked.delete(fingerprint);
      held.delete(fingerprint);
      forgetValues(values, fingerprint);
    }
  };

  const runOnce = async (piece: Piece, inputs: Record<string, Value>): Promise<Held> => {
    const { fingerprint, definition, params, work } = piece;
    const [node = '', ...twins] = piece.nodes;
    const resumedAt = (plan.fresh ? null : cache.resumesAt(fingerprint)) ?? undefined;
    emit({ type: 'node.started', node, fingerprint, resumedAt });
    const progress = throttle<Progress>(progressEvery, {
      tell: (at) => emit({ type: 'node.progress', node, ...at }),
      merge: (waiting, next) => ({ ...next, preview: next.preview ?? waiting.preview }),
    });
    const begun = performance.now();
    const keep: MachineJob['keep'] = async (seen, values) => {
      const step = { ...params, pause: seen.step };
      const held = await cache.settle({
        fingerprint: pausedPrint(piece.whole, seen.step),
        type: definition.type,
        work: workOf(definition, { params: step, outputs: piece.foreseen }),
        seconds: (performance.now() - begun) / 1000,
        ...{ values, seen, signal, isOnTheWay: true },
      });
      held.discard();
    };
    const job = { node, fingerprint, signal, fresh: plan.fresh, tell: progress.tell, keep };
    const { ctx, close, about, seen } = ports.machine(job);
    try {
      const made = verifyOutputs(definition, await definition.run({ inputs, params, ctx }), piece.foreseen);
      const seconds = (performance.now() - begun) / 1000;
      const last = seen?.();
      const fresh = {
        fingerprint,
        type: definition.type,
        work,
        seconds,
        values: made,
        signal,
        ...(last && { seen: last }),
      };
      const results = await cache.settle(fresh);
      progress.cancel();
      ran += 1;
      reused += twins.length;
      announced.add(fingerprint);
      const whole = (performance.now() - begun) / 1000;
      const { outputs } = results;
      emit({ type: 'node.done', node, seconds: whole, ...about?.(), outputs });
      for (const twin of twins) emit({ type: 'node.reused', node: twin, fingerprint, outputs });
      return results;
    } catch (error) {
      await close();
      throw error;
    } finally {
      progress.cancel();
    }
  };

  const reuse = ({ fingerprint, nodes }: Piece, results?: Held) => {
    if (announced.has(fingerprint)) return;
    announced.add(fingerprint);
    reused += nodes.length;
    for (const node of nodes) emit({ type: 'node.reused', node, fingerprint, outputs: results?.outputs ?? {} });
  };

  return {
    held: (fingerprint: string) => held.get(fingerprint),

    /** Waits until nothing runs any more. Rejects only for faults of the engine. */
    async finish() {
      cache.touch(plan.found.keys());
      for (const piece of plan.pieces.values()) {
        if (!ranks.has(piece.fingerprint)) reuse(piece, plan.found.get(piece.fingerprint));
      }
      // In the plan's order every source is asked before those who need it: no recursion, however long the chain.
      const targets = plan.targets.flatMap(({ fingerprint }) => fingerprint ?? []);
      const settled = await Promise.allSettled([...plan.toRun, ...targets].map(obtain));
      let isCancelled = false;
      for (const result of settled) {
        if (result.status === 'fulfilled' || result.reason instanceof NodeFailed) continue;
        if (!(result.reason instanceof Cancelled)) throw result.reason;
        isCancelled = true;
      }
      return { ran, reused, failures, isCancelled };
    },

    /** Lets go of everything that only this run needed. */
    close() {
      for (const results of held.values()) results.discard();
    },
  };
}

function forgetValues(values: Map<string, Promise<Value>>, fingerprint: string): void {
  for (const key of values.keys()) if (key.startsWith(`${fingerprint}.`)) values.delete(key);
}

/** Counts who still needs each result, so that it is let go after its last user and a run holds as little as it can. */
function openRelease(plan: Plan, letGo: (fingerprint: string) => void) {
  const users = new Map<string, number>();
  const sourcesOf = (piece: Piece) => new Set(Object.values(piece.inputs).map(({ fingerprint }) => fingerprint));
  for (const fingerprint of plan.toRun)
    for (const source of sourcesOf(plan.pieces.get(fingerprint)!)) users.set(source, (users.get(source) ?? 0) + 1);
  for (const { fingerprint } of plan.targets) if (fingerprint) users.set(fingerprint, Number.POSITIVE_INFINITY);
  const counted = new Set(plan.toRun);
  let isStopped = false;
  return {
    done(piece: Piece) {
      if (isStopped || !counted.delete(piece.fingerprint)) return;
      for (const source of sourcesOf(piece)) {
        const left = users.get(source)! - 1;
        users.set(source, left);
        if (left === 0) letGo(source);
      }
    },
    /** Results are being made again: from now on nothing is let go before the end of the run. */
    stop() {
      isStopped = true;
    },
  };
}
