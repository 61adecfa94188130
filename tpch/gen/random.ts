/** 2^31 - 1: the modulus of every stream. */
const MODULUS = 2147483647;
const MULTIPLIER = 16807;

/** `a * b` modulo 2^31 - 1 for a and b below it, without leaving the integers a double holds exactly. */
function multiply(a: number, b: number): number {
  const high = ((a >>> 16) * b) % MODULUS;
  return (high * 65536 + (a & 0xffff) * b) % MODULUS;
}

/** The multiplier that takes a stream `steps` steps ahead at once. */
function power(steps: number): number {
  let result = 1;
  let square = MULTIPLIER;
  for (let left = steps; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = multiply(result, square);
    square = multiply(square, square);
  }
  return result;
}

/** The value after `seed` (Park and Miller's minimal standard generator, by Carta's division-free reduction). */
export function nextSeed(seed: number): number {
  const high = MULTIPLIER * (seed >>> 16);
  const sum = (MULTIPLIER * (seed & 0xffff) + ((high & 0x7fff) << 16) + (high >>> 15)) | 0;
  return (sum & 0x7fffffff) + (sum >>> 31);
}

/** The whole number in [0, range) that `seed` stands for; the division comes first, as in the reference. */
export function scaled(seed: number, range: number): number {
  return Math.trunc((seed / MODULUS) * range);
}

/** Below this many steps walking is faster than multiplying. */
const WALK = 12;

/**
 * One random stream of the reference generator. Every row owns `perRow` numbers of it whether it uses them or not, so a
 * stream can start at any row.
 */
export class RandomStream {
  readonly #perRow: number;
  readonly #jumps: (number | undefined)[] = [];
  #seed: number;
  #used = 0;

  /** `firstRow` counts from 0. */
  constructor(seed: number, perRow: number, firstRow: number) {
    this.#perRow = perRow;
    this.#seed = multiply(seed, power(perRow * firstRow));
  }

  /** Uniform in [low, high], both inclusive. */
  between(low: number, high: number): number {
    return low + scaled(this.next(), high - low + 1);
  }

  /** The raw number, in [1, 2^31 - 2]. */
  next(): number {
    this.#used++;
    this.#seed = nextSeed(this.#seed);
    return this.#seed;
  }

  /** Skips what the row has left over. */
  finishRow(): void {
    const left = this.#perRow - this.#used;
    this.#used = 0;
    if (left < WALK) {
      for (let i = 0; i < left; i++) this.#seed = nextSeed(this.#seed);
      return;
    }
    this.#jumps[left] ??= power(left);
    this.#seed = multiply(this.#seed, this.#jumps[left]);
  }
}
