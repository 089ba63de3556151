import { type Code, i32x4, Routine, v128 } from './wasm';

const size = 624;
const middle = 397;
const bytes = 4 * size;
/** Where the state lies in the routine's memory: what looks back from it still finds an address. One word behind it is spare. */
const base = bytes;
/** And where the words it gives do. */
const given = 2 * bytes + 64;

/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) as torch's CPU generator seeds it: only the low 32 bits
 * of the seed count, so seeds equal modulo 2^32 give equal streams.
 */
export class Mt19937 {
  private readonly state = new Uint32Array(size);
  /** What the state gives, and how many of it were taken. */
  private readonly words = new Uint32Array(size);
  private taken = size;

  constructor(seed: number) {
    const { state } = this;
    state[0] = Number(BigInt.asUintN(32, BigInt(seed)));
    for (let i = 1; i < size; i++) {
      const before = state[i - 1]!;
      state[i] = Math.imul(1812433253, before ^ (before >>> 30)) + i;
    }
  }

  /** The next 32 random bits, 0 .. 2^32 - 1. */
  word(): number {
    if (this.taken === size) this.twist();
    return this.words[this.taken++]!;
  }

  /** A double in [0, 1) with 53 random bits, made of two words, the first being the higher. */
  double(): number {
    const high = this.word() & 0x1fffff;
    return (high * 2 ** 32 + this.word()) / 2 ** 53;
  }

  /** Fills an array with the next words. */
  fill(words: Uint32Array): void {
    for (let i = 0; i < words.length; ) {
      if (this.taken === size) this.twist();
      const some = this.words.subarray(this.taken, this.taken + words.length - i);
      words.set(some, i);
      this.taken += some.length;
      i += some.length;
    }
  }

  private twist(): void {
    twisting.state.set(this.state);
    twisting.run();
    this.state.set(twisting.state);
    this.words.set(twisting.words);
    this.taken = 0;
  }
}

const twisting = makeTwisting();

/** The next state from the one in memory, and the words it gives, four at a time. */
function makeTwisting() {
  const r = new Routine();
  const [upper, lower, one, matrix] = [0x80000000, 0x7fffffff, 1, 0x9908b0df].map((bits) =>
    r.keep(i32x4.constant(bits)),
  );
  const none = r.keep(i32x4.constant(0));
  const [b, c] = [0x9d2c5680, 0xefc60000].map((bits) => r.keep(i32x4.constant(bits)));
  /** Words `from` .. `to`, each made of itself, the next and the one `ahead` of it. */
  const twist = (from: number, to: number, ahead: number) =>
    r.loop({ from: 4 * from, to: 4 * to, stride: 16 }, (at) => {
      const y = r.keep(v128.or(v128.and(v128.load(at, base), upper!), v128.and(v128.load(at, base + 4), lower!)));
      const odd = v128.and(i32x4.subtract(none, v128.and(y, one!)), matrix!);
      const far = v128.load(at, base + 4 * ahead);
      const made = r.keep(v128.xor(v128.xor(far, i32x4.shiftRightUnsigned(y, 1)), odd));
      r.do(v128.store(at, base, made));
      r.do(v128.store(at, given, tempered(made)));
    });
  /** What a word of the state gives, its bits mixed. */
  const tempered = (word: Code) => {
    let y = word;
    const mix = (other: Code) => {
      y = r.keep(v128.xor(y, other));
    };
    mix(i32x4.shiftRightUnsigned(y, 11));
    mix(v128.and(i32x4.shiftLeft(y, 7), b!));
    mix(v128.and(i32x4.shiftLeft(y, 15), c!));
    mix(i32x4.shiftRightUnsigned(y, 18));
    return y;
  };
  const whole = size - middle - 3; // 224: as far as fours look no further ahead than the last word
  twist(0, whole, middle);
  // From here on the word behind the last is asked for, which is the first one, made anew.
  r.loop({ from: 0, to: 16, stride: 16 }, (at) => r.do(v128.store(at, base + bytes, v128.load(at, base))));
  twist(whole, whole + 4, middle);
  twist(whole + 4, size, middle - size);
  const { memory, run } = r.compile();
  return { state: new Uint32Array(memory, base, size), words: new Uint32Array(memory, given, size), run };
}
