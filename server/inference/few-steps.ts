import type { NameHint } from '../../nodes/model-card';

/*
 * Models and LoRAs that were distilled to a few steps and whose files do not say so: people tell them by their names. What a name
 * says is a hint; it is offered, and nothing is set by it unasked.
 */

interface Kind {
  /** How its makers write it. */
  word: string;
  pattern: RegExp;
  settings: NameHint['settings'];
}

/** FastWan's three sigmas; see nodes/denoise/schedules/distilled.ts. */
const fastWan = { steps: 3, guidance: 1, sampler: 'lcm', schedule: 'distilled' };
/** LightX2V's step distillation takes plain Euler steps from 1000, 750, 500, 250, shifted by 5. */
const fourSteps = { steps: 4, guidance: 1, sampler: 'euler', schedule: 'distilled', shift: 5 };

/** By family; the first that fits. Where makers' own settings could not be found out, only steps and guidance are named. */
const kinds: Readonly<Record<string, readonly Kind[]>> = {
  wan: [
    { word: 'FastWan', pattern: /fast[-_. ]?wan/i, settings: fastWan },
    { word: 'CausVid', pattern: /caus[-_. ]?vid/i, settings: { steps: 8, guidance: 1 } },
    { word: 'AccVideo', pattern: /acc[-_. ]?vid/i, settings: { steps: 10, guidance: 1 } },
    // It puts fresh noise to every step, as LCM does.
    { word: 'Self-Forcing', pattern: /self[-_. ]?forcing/i, settings: { ...fourSteps, sampler: 'lcm' } },
    { word: 'Lightning', pattern: /lightning/i, settings: fourSteps },
    { word: 'lightx2v', pattern: /light[-_. ]?x2v|(step|cfg)[-_. ]?distill/i, settings: fourSteps },
  ],
  // Eight steps of the linear-quadratic curve are the very sigmas that Lightricks' own distilled files name.
  ltx: [{ word: 'distilled', pattern: /distill/i, settings: { steps: 8, guidance: 1, schedule: 'flow' } }],
};

/** `4steps`, `8-step`: of this many at most; more is how long something was trained. */
const mostSteps = 20;
const stepsIn = (name: string): number | undefined => {
  const [, digits] = /(?<!\d)(\d{1,2})[-_. ]?steps?(?![a-z])/i.exec(name) ?? [];
  const steps = Number(digits);
  return steps >= 1 && steps <= mostSteps ? steps : undefined;
};

/** What the names of a model or a LoRA say, the nearest name first (of the file, of the repository, of the folder round it). */
export function hintOf(names: readonly string[], family: string): NameHint | undefined {
  for (const name of names) {
    const kind = kinds[family]?.find(({ pattern }) => pattern.test(name));
    if (!kind) continue;
    const steps = kind.word === 'FastWan' ? undefined : names.map(stepsIn).find((count) => count !== undefined);
    return { word: kind.word, name, settings: { ...kind.settings, ...(steps ? { steps } : {}) } };
  }
  return undefined;
}
