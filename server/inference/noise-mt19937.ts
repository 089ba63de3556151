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
    let y = this.state[this.next++]!;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
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

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < size; i++) {
      const y = (state[i]! & 0x80000000) | (state[(i + 1) % size]! & 0x7fffffff);
      state[i] = state[(i + middle) % size]! ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    }
    this.next = 0;
  }
}
