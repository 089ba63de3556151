/**
 * Writes a WebAssembly module: as much of the format as arithmetic over four fp32, four whole or two fp64 lanes at once needs
 * (WebAssembly core specification 2.0, chapter 5). WebAssembly rounds alike on every processor.
 *
 * An expression is the bytes that leave one value of 16 bytes; a statement leaves none.
 */
export type Code = readonly number[];

const vector = 0x7b;
const whole = 0x7f;

const unsigned = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
const signed = (value: number): number[] =>
  value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
const sized = (content: Code): number[] => [...unsigned(content.length), ...content];
const listed = (items: readonly Code[]): number[] => [...unsigned(items.length), ...items.flat()];

const number = (value: number): Code => [0x41, ...signed(value)];
const lanes =
  (opcode: number) =>
  (...operands: Code[]): Code => [...operands.flat(), 0xfd, ...unsigned(opcode)];
const shift = (opcode: number) => (value: Code, by: number) => lanes(opcode)(value, number(by));
const constant = ({ buffer }: { buffer: ArrayBuffer }): Code => [0xfd, 12, ...new Uint8Array(buffer)];
/** Four lanes out of the eight of two values. */
const pick = (first: Code, second: Code, which: readonly number[]): Code => [
  ...[...first, ...second, 0xfd, 13],
  ...which.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]),
];

export const v128 = {
  load: (at: Code, offset: number): Code => [...at, 0xfd, 0, 2, ...unsigned(offset)],
  store: (at: Code, offset: number, value: Code): Code => [...at, ...value, 0xfd, 11, 2, ...unsigned(offset)],
  and: lanes(0x4e),
  or: lanes(0x50),
  xor: lanes(0x51),
  /** Bits of the first where the third has ones, of the second elsewhere. */
  select: lanes(0x52),
};
export const i32x4 = {
  constant: (value: number) => constant(Int32Array.of(value, value, value, value)),
  /** All ones where the first is less than the second, else 0. */
  lessThan: lanes(0x39),
  shiftLeft: shift(0xab),
  /** Keeps the sign. */
  shiftRight: shift(0xac),
  shiftRightUnsigned: shift(0xad),
  add: lanes(0xae),
  subtract: lanes(0xb1),
  /** What is before the point of fp32 numbers. */
  truncate: lanes(0xf8),
};
export const f32x4 = {
  constant: (value: number) => constant(Float32Array.of(value, value, value, value)),
  squareRoot: lanes(0xe3),
  add: lanes(0xe4),
  subtract: lanes(0xe5),
  multiply: lanes(0xe6),
  fromWhole: lanes(0xfa),
  /** The two fp64 of a value rounded to fp32, in the lower half of the result. */
  round: lanes(0x5e),
  /** The lower halves of two values, in one. */
  join: (low: Code, high: Code) => pick(low, high, [0, 1, 4, 5]),
};
export const f64x2 = {
  constant: (value: number) => constant(Float64Array.of(value, value)),
  add: lanes(0xf0),
  multiply: lanes(0xf2),
  /** The lower two fp32 of a value. */
  widenLow: lanes(0x5f),
  widenHigh: (value: Code) => f64x2.widenLow(pick(value, value, [2, 3, 2, 3])),
};

/** A function under construction: what it holds on to, and its statements in order. */
export class Routine {
  private readonly variables: Code[] = [];
  private readonly statements: Code[] = [];

  private variable(type: number): Code {
    return unsigned(this.variables.push([1, type]) - 1);
  }

  do(statement: Code): void {
    this.statements.push(statement);
  }

  /** Computes an expression here and once; the result may be read any number of times. */
  keep(expression: Code): Code {
    const index = this.variable(vector);
    this.do([...expression, 0x21, ...index]);
    return [0x20, ...index];
  }

  /** Repeats what `body` does for the addresses `from`, `from + stride` ... below `to`, of which there is at least one. */
  loop({ from, to, stride }: { from: number; to: number; stride: number }, body: (address: Code) => void): void {
    const index = this.variable(whole);
    this.do([...number(from), 0x21, ...index, 0x03, 0x40]);
    body([0x20, ...index]);
    this.do([0x20, ...index, ...number(stride), 0x6a, 0x22, ...index, ...number(to), 0x49, 0x0d, 0, 0x0b]);
  }

  /** Compiles it, with a memory of 64 KiB of its own. */
  compile(): { memory: ArrayBuffer; run: () => void } {
    const named = (name: string, what: Code) => [...sized([...new TextEncoder().encode(name)]), ...what];
    const section = (id: number, item: Code) => [id, ...sized(listed([item]))];
    const bytes = Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, [0x60, 0, 0]),
      ...section(3, [0]),
      ...section(5, [1, 1, 1]),
      ...[7, ...sized(listed([named('memory', [2, 0]), named('run', [0, 0])]))],
      ...section(10, sized([...listed(this.variables), ...this.statements.flat(), 0x0b])),
    ]);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    // What they are is written above.
    return { memory: (exports.memory as WebAssembly.Memory).buffer, run: exports.run as () => void };
  }
}
