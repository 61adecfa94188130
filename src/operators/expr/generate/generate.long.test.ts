import fc from 'fast-check';
import { it } from 'vitest';
import { COLUMNS, RandomExpressions } from '../../../../test/oracle/random-expr.ts';
import { seededRandom } from '../../../common/clock.ts';
import { formatExpr } from '../format.ts';
import { difference } from './fixtures/differential.ts';

it('computes random expressions as the interpreter does', () => {
  const property = fc.property(
    fc.integer(),
    fc.boolean(),
    fc.boolean(),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 70 }),
    (seed, dictionaries, measured, depth, count) => {
      const random = new RandomExpressions(seededRandom(seed));
      const expr = random.any(depth);
      const rows = Array.from({ length: count }, () => random.row());
      const found = difference(expr, COLUMNS, rows, { dictionaries, measured });
      if (found) throw new Error(`${formatExpr(expr)}: ${found}`);
    },
  );
  fc.assert(property, { numRuns: 10_000, seed: 20261121 });
});
