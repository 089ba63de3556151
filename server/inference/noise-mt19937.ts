const size = 624;
const middle = 397;

/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) as torch's CPU generator seeds it: only the low 32 bits
 * of the seed count, so seeds equal modulo 2^32 give equal streams.
 */
export class Mt19937 {
  private readonly state = new Uint32Array(size);
  private next = size;

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
    if (this.next === size) this.twist();
    return tempered(this.state[this.next++]!) >>> 0;
  }

  /** A double in [0, 1) with 53 random bits, made of two words, the first being the higher. */
  double(): number {
    const high = this.word() & 0x1fffff;
    return (high * 2 ** 32 + this.word()) / 2 ** 53;
  }

  /** An fp32 in [0, 1) with 24 random bits, made of one word. */
  float(): number {
    return (this.word() & 0xffffff) / 2 ** 24;
  }

  /** Fills an array with numbers as `float` makes them. */
  fill(data: Float32Array): void {
    const { state } = this;
    for (let i = 0; i < data.length; ) {
      if (this.next === size) this.twist();
      const end = Math.min(data.length, i + size - this.next);
      const from = this.next - i;
      this.next = from + end;
      for (; i < end; i++) data[i] = (tempered(state[from + i]!) & 0xffffff) / 2 ** 24;
    }
  }

  private twist(): void {
    const { state } = this;
    let here = state[0]!;
    for (let i = 0; i < size; i++) {
      const after = state[i + 1 < size ? i + 1 : 0]!;
      const y = (here & 0x80000000) | (after & 0x7fffffff);
      state[i] = state[i < size - middle ? i + middle : i + middle - size]! ^ (y >>> 1) ^ (-(y & 1) & 0x9908b0df);
      here = after;
    }
    this.next = 0;
  }
}

/** What a word of the state gives, its bits mixed. */
function tempered(word: number): number {
  let y = word ^ (word >>> 11);
  y ^= (y << 7) & 0x9d2c5680;
  y ^= (y << 15) & 0xefc60000;
  return y ^ (y >>> 18);
}
