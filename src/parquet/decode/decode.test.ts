import { describe, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { checkDamaged, checkIntact } from '../fixtures/check-pages.ts';
import { CASES } from '../fixtures/random-pages.ts';

describe('pages by the book', () => {
  it.each(CASES)('$name in $encoding', async ({ kind, encoding }) => {
    const random = seededRandom(kind.name.length * 31 + encoding.length + 0);
    for (let i = 0; i < 10; i++) await checkIntact(kind, encoding, random);
  });

  it.each(CASES)('$name in $encoding, damaged', async ({ kind, encoding }) => {
    const random = seededRandom(kind.name.length * 37 + encoding.length + 0);
    for (let i = 0; i < 10; i++) await checkDamaged(kind, encoding, random);
  });
});
