import type { Random } from '../../src/common/clock.ts';

/** Every random number is one that was chosen before; 0 when there are no more. */
export class Choices implements Random {
  readonly #choices: readonly number[];
  #next = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  next(): number {
    return (this.#choices[this.#next++] ?? 0) / CHOICE_END;
  }

  bytes(n: number): Uint8Array {
    return Uint8Array.from({ length: n }, () => Math.floor(this.next() * 256));
  }
}

/** Choices are whole numbers from 0 to below this. */
export const CHOICE_END = 2 ** 20;

/** Picks things; what stands first is what small numbers pick. */
export class Chance {
  readonly random: Random;

  constructor(random: Random) {
    this.random = random;
  }

  int(below: number): number {
    return Math.floor(this.random.next() * below);
  }

  /** One time in `n`, and never when chance is at its smallest. */
  rarely(n: number): boolean {
    return this.int(n) === n - 1;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)] as T;
  }

  /** Some of the items, in any order; the first `least` of them when chance is at its smallest. */
  some<T>(items: readonly T[], least: number, most: number): T[] {
    const count = Math.min(least + this.int(most - least + 1), items.length);
    const left = [...items];
    return Array.from({ length: count }, () => left.splice(this.int(left.length), 1)[0] as T);
  }
}
