/** A small seeded generator (mulberry32): the same damage in every run, other damage with SKEIN_FUZZ_SEED. */
export function dice(seed: number) {
  let state = (seed + Number(process.env['SKEIN_FUZZ_SEED'] ?? 0)) >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return { next, below, of: <T>(list: readonly T[]): T => list[below(list.length)]! };
}
export type Dice = ReturnType<typeof dice>;

const texts = [
  '0',
  '-1',
  '1e308',
  '9007199254740993',
  '18446744073709551616',
  'null',
  'true',
  '"\\u0000"',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '[[[[[[[[',
  '"__proto__"',
  '"constructor"',
  '"BF16"',
  '"F4"',
  '"../../etc/passwd"',
  '\ud800',
  '﻿',
  '١',
];

/** Bytes with one to four places changed, put in, taken out, doubled or cut off. */
export function mutateBytes(source: Uint8Array, roll: Dice): Uint8Array {
  let bytes = Buffer.from(source);
  for (let count = 1 + roll.below(4); count > 0; count--) {
    const at = roll.below(bytes.length + 1);
    const to = Math.min(bytes.length, at + roll.below(12));
    switch (roll.below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = roll.below(256);
        break;
      case 1:
        if (at < bytes.length) bytes[at]! ^= 1 << roll.below(8);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(roll.of(texts)), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)]);
        break;
      case 4: {
        const part = bytes.subarray(at, at + roll.below(400));
        bytes = Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at)]);
        break;
      }
      case 5:
        bytes = bytes.subarray(0, at);
        break;
      default: {
        // A digit elsewhere is the most believable lie: shapes and offsets.
        const digits = [...bytes.keys()].filter((i) => bytes[i]! >= 48 && bytes[i]! <= 57);
        if (digits.length) bytes[roll.of(digits)] = 48 + roll.below(10);
      }
    }
  }
  return new Uint8Array(bytes);
}

const junk = (roll: Dice): unknown =>
  roll.of<() => unknown>([
    () => null,
    () => -1,
    () => 0,
    () => 1.5,
    () => 2 ** 53,
    () => 1e308,
    () => true,
    () => '',
    () => 'x'.repeat(1000),
    () => [],
    () => ({}),
    () => Array.from({ length: 1000 }, () => 2),
    () => [[[[]]]],
    () => ({ __proto__: { a: 1 }, constructor: 1 }),
    () => roll.below(4096),
  ])();

/** JSON with one to three of its values replaced, removed, or put under another name, at any depth. */
export function mutateJson(source: unknown, roll: Dice): unknown {
  const value: unknown = structuredClone(source);
  for (let count = 1 + roll.below(3); count > 0; count--) {
    let holder: unknown = value;
    for (let depth = 0; depth < 4; depth++) {
      if (typeof holder !== 'object' || holder === null) break;
      const keys = Object.keys(holder);
      if (!keys.length) break;
      const key = roll.of(keys);
      const inner: unknown = Reflect.get(holder, key);
      if (typeof inner === 'object' && inner !== null && roll.below(2)) {
        holder = inner;
        continue;
      }
      const what = roll.below(4);
      if (what === 0) Reflect.deleteProperty(holder, key);
      else if (what === 1) Reflect.set(holder, roll.of([...keys, 'strange', '__proto__x']), inner);
      else Reflect.set(holder, key, junk(roll));
      break;
    }
  }
  return roll.below(40) ? value : junk(roll);
}
