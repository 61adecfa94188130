import { describe, expect, it } from 'vitest';
import { nextSeed, RandomStream, scaled } from './random.ts';

const slowNext = (seed: number) => Number((BigInt(seed) * 16807n) % 2147483647n);

describe('random streams', () => {
  it('follow the minimal standard generator', () => {
    let seed = 1;
    for (let i = 0; i < 10_000; i++) {
      const expected = slowNext(seed);
      seed = nextSeed(seed);
      expect(seed).toBe(expected);
    }
    expect(seed).toBe(1043618065);
  });

  it('stay exact at the ends of the range', () => {
    for (const seed of [1, 2, 65535, 65536, 2147483645, 2147483646]) expect(nextSeed(seed)).toBe(slowNext(seed));
  });

  it.each([
    [1, 1],
    [7, 5],
    [92, 5],
  ])('of %i numbers a row begin anywhere', (perRow, used) => {
    const walking = new RandomStream(709314158, perRow, 0);
    for (let row = 0; row < 1000; row++) {
      const jumping = new RandomStream(709314158, perRow, row);
      for (let i = 0; i < used; i++) expect(walking.next()).toBe(jumping.next());
      walking.finishRow();
    }
  });

  it('scale a number to a range, towards zero, after the rounding of doubles', () => {
    expect(scaled(2147483646, 10)).toBe(9);
    expect(scaled(1, 10)).toBe(0);
    expect(scaled(2147483646, -2147483648)).toBe(-2147483647);
  });
});
