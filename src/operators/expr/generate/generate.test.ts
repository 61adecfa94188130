import { expect, it } from 'vitest';
import { COLUMNS, RandomExpressions } from '../../../../test/oracle/random-expr.ts';
import { seededRandom } from '../../../common/clock.ts';
import { formatExpr } from '../format.ts';
import { difference } from './fixtures/differential.ts';

it('computes random expressions as the interpreter does', () => {
  const faults: string[] = [];
  for (let seed = 0; seed < 300; seed++) {
    const random = new RandomExpressions(seededRandom(seed));
    const expr = random.any(4);
    const rows = Array.from({ length: 20 }, () => random.row());
    const layout = { dictionaries: seed % 2 === 0, measured: seed % 3 === 0 };
    const found = difference(expr, COLUMNS, rows, layout);
    if (found) faults.push(`${seed}: ${formatExpr(expr)}: ${found}`);
  }
  expect(faults).toEqual([]);
});
