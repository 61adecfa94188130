import { expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { ExecutionError } from '../../common/errors.ts';
import { type Element, encodeSnappy, expand, randomElements } from './fixtures/elements.ts';
import { unpackGuarded, unpackInSteps } from './fixtures/guarded.ts';
import { mutate } from './fixtures/mutate.ts';
import { snappy, stepwiseSnappy } from './snappy.ts';

it('Snappy unpacks step by step what passes through windows of any size', () => {
  const random = seededRandom(31);
  for (let i = 0; i < 400; i++) {
    const elements: Element[] = [{ literal: random.bytes(i % 7 === 0 ? 700 : 1) }, ...randomElements(random, i)];
    const expected = expand(elements);
    const codec = stepwiseSnappy(81 + (i % 50));
    const unpacked = unpackInSteps(codec, encodeSnappy(elements), expected.length);
    expect(Buffer.compare(unpacked, expected), `case ${i}`).toBe(0);
  }
});

it('damage is found whatever the window', () => {
  const random = seededRandom(32);
  let refused = 0;
  for (let i = 0; i < 1000; i++) {
    const elements = randomElements(random, 1 + (i % 90));
    const damaged = mutate(random, encodeSnappy(elements));
    const { length } = expand(elements);
    const unpack = (run: () => Uint8Array) => {
      try {
        return run();
      } catch (error) {
        if (error instanceof ExecutionError) return null;
        throw error;
      }
    };
    const whole = unpack(() => unpackGuarded(snappy, damaged, length));
    const inSteps = unpack(() => unpackInSteps(stepwiseSnappy(81 + (i % 50)), damaged, length));
    expect(inSteps, `case ${i}`).toEqual(whole);
    if (whole === null) refused++;
  }
  expect(refused).toBeGreaterThan(200);
  expect(refused).toBeLessThan(1000);
});

it('Snappy unpacks pages that are longer than the window', () => {
  const random = seededRandom(33);
  const literal = random.bytes(200_000);
  const elements: Element[] = [{ literal }, ...randomElements(random, 50), { offset: 150_000, length: 3000 }];
  for (let i = 0; i < 30_000; i++)
    elements.push({ literal: literal.subarray(i, i + 2) }, { offset: 1 + i, length: 4 + (i % 20) });
  const expected = expand(elements);
  expect(Buffer.compare(unpackGuarded(snappy, encodeSnappy(elements), expected.length), expected)).toBe(0);
});
