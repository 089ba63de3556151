import { canonical } from './fingerprint';
import type { AxisValue, AxisValues } from './sweep';

/** How many values an axis has, without making them. */
export function countValues(values: AxisValues): number {
  switch (values.kind) {
    case 'list':
      return values.values.length;
    case 'range':
      return rangeCount(values);
    case 'seeds':
      return values.count;
    case 'models':
      return values.ids.length;
    case 'prompts':
    case 'template':
      return lines(values.text).length;
  }
}

/** All values of an axis, in their order. A range that never ends gives none: `valuesProblem` says why. */
export function listValues(values: AxisValues): AxisValue[] {
  switch (values.kind) {
    case 'list':
      return values.values;
    case 'range':
      // Without binary dust: 0.1 + 2 * 0.1 is 0.3.
      return Array.from({ length: rangeCount(values) }, (_, at) =>
        Number((values.from + at * values.step).toPrecision(12)),
      );
    case 'seeds':
      return Array.from({ length: values.count }, (_, at) => values.from + at);
    case 'models':
      return values.ids;
    case 'prompts':
    case 'template':
      return lines(values.text);
  }
}

/** Why these are no values, as a sentence that ends in a way out; null when they are. */
export function valuesProblem(values: AxisValues): string | null {
  if (values.kind === 'range') {
    const { from, to, step } = values;
    if (![from, to, step].every(Number.isFinite)) return 'A range needs three numbers. Write it as 4..20 by 4.';
    if (step === 0) return 'A range with a step of 0 never ends. Give another step.';
    if (Math.sign(to - from) * Math.sign(step) < 0)
      return `Steps of ${step} never lead from ${from} to ${to}. Turn the step's sign, or the ends.`;
  }
  if (countValues(values) === 0) return 'It has no value yet. Give it at least one.';
  if (countValues(values) > 2000)
    return `${countValues(values)} values are more than the 2000 an axis may have. Take fewer.`;
  const seen = new Set<string>();
  for (const value of listValues(values)) {
    const key = canonical(value);
    if (seen.has(key)) return `${sayValue(value)} is there twice. Take one of them out.`;
    seen.add(key);
  }
  return null;
}

/** A value as it stands on labels and in templates. */
export const sayValue = (value: AxisValue): string => (typeof value === 'string' ? value : canonical(value));

export const sameValue = (a: AxisValue, b: AxisValue): boolean => a === b || canonical(a) === canonical(b);

const lines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);

function rangeCount({ from, to, step }: { from: number; to: number; step: number }): number {
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  return Number.isFinite(count) && count > 0 ? count : 0;
}

const number = String.raw`[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const range = new RegExp(`^(${number})\\s*\\.\\.\\s*(${number})(?:\\s+by\\s+(${number}))?$`, 'i');
const seeds = /^(\d+)\s+seeds?(?:\s+from\s+(\d+))?$/i;

/**
 * Values as people write them: `4, 8, 16`, `4..20 by 4`, `1, 2, .., 10` (the step is that of the two before), `4 seeds
 * from 10`. With `||` between them values may hold commas. `isWords`: commas are part of the words, and each line or part
 * between `||` is a value; words that name an axis in braces (`names`) make a template.
 */
export function parseValues(
  written: string,
  about: { isWords?: boolean; names?: readonly string[]; read?(part: string): AxisValue } = {},
): { values: AxisValues; problem?: undefined } | { values?: undefined; problem: string } {
  const { isWords = false, names = [], read = readPlain } = about;
  const plain = written.trim();
  if (isWords) {
    const text = plain.includes('||') ? plain.split('||').join('\n') : plain;
    const isTemplate = names.some((name) => text.includes(`{${name}}`));
    return { values: { kind: isTemplate ? 'template' : 'prompts', text } };
  }
  const bySeeds = seeds.exec(plain);
  if (bySeeds) return { values: { kind: 'seeds', count: Number(bySeeds[1]), from: Number(bySeeds[2] ?? 1) } };
  const byRange = range.exec(plain);
  if (byRange) {
    const [from, to] = [Number(byRange[1]), Number(byRange[2])];
    const step = byRange[3] === undefined ? Math.sign(to - from) || 1 : Number(byRange[3]);
    return { values: { kind: 'range', from, to, step } };
  }
  const parts = plain.split(plain.includes('||') ? '||' : ',').map((part) => part.trim());
  const values: AxisValue[] = [];
  for (const [at, part] of parts.entries()) {
    if (part === '' && parts.length > 1) continue;
    if (part !== '..' && part !== '...') {
      if (part !== '') values.push(read(part));
      continue;
    }
    const filled = between(values.slice(-2), parts[at + 1]);
    if (!filled)
      return { problem: '".." fills up between numbers: write two before it and one after, as 1, 2, .., 10.' };
    values.push(...filled);
  }
  return { values: { kind: 'list', values } };
}

/** The numbers that `..` stands for: from the second of the two before it, in their step, up to the one after it. */
function between(two: readonly AxisValue[], next: string | undefined): number[] | null {
  const [first, second] = two;
  const last = Number(next);
  if (typeof first !== 'number' || typeof second !== 'number' || !next || !Number.isFinite(last)) return null;
  const step = second - first;
  const count = Math.ceil((last - second) / step - 1e-9) - 1;
  if (!(step !== 0 && count >= 0 && count <= 2000)) return null;
  return Array.from({ length: count }, (_, at) => Number((second + (at + 1) * step).toPrecision(12)));
}

function readPlain(part: string): AxisValue {
  try {
    return JSON.parse(part) as AxisValue; // JSON and nothing else comes out of it
  } catch {
    return part;
  }
}

/** The same in writing, for a field that is to be edited; `parseValues` reads it back. */
export function writeValues(values: AxisValues): string {
  switch (values.kind) {
    case 'range':
      return `${values.from}..${values.to} by ${values.step}`;
    case 'seeds':
      return `${values.count} seeds from ${values.from}`;
    case 'prompts':
    case 'template':
      return values.text;
    case 'models':
      return join(values.ids);
    case 'list':
      return join(values.values.map(sayValue));
  }
}

const join = (parts: string[]) => parts.join(parts.some((part) => part.includes(',')) ? ' || ' : ', ');
