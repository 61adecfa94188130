import { expect, it } from 'vitest';
import type { SqlType } from '../../common/types.ts';
import type { JoinInput } from './fixtures/join-case.ts';
import { compareJoin, JOIN_TYPES, KEY_TYPES, planOf, random, rowsOf } from './fixtures/random-join.ts';

const CASES = 3000;

it('joins as the reference interpreter does: random keys, rows, selections and budgets', async () => {
  let spilled = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const next = random(seed);
    const oneOf = <T>(items: readonly T[]) => items[next(items.length)] as T;
    const keyTypes = Array.from({ length: oneOf([0, 1, 1, 1, 2, 3]) }, (): SqlType => oneOf(KEY_TYPES));
    const plan = planOf({
      type: oneOf(JOIN_TYPES),
      keyTypes,
      nullsMatch: next(4) === 0,
      residual: next(3) === 0,
    });
    const values = oneOf([1, 2, 5, 30, 300, 3000]);
    const nulls = oneOf([0, 0, 5, 40]);
    const side = (salt: number): JoinInput => {
      const keep = oneOf([1, 2, 7, 100]);
      return {
        rows: rowsOf(seed * 2 + salt, keyTypes, oneOf([0, 1, 10, 60, 150]), values, nulls),
        options: {
          morselRows: oneOf([7, 30, 200]),
          ...(keep < 100 && { selected: (row: number) => row % keep === 0 }),
          dictionary: next(2) ? [keyTypes.length + 1] : [],
        },
      };
    };
    const budget = oneOf([1 << 30, 1 << 30, 20_000, 5000]);
    const run = await compareJoin(plan, side(0), side(1), budget);
    expect(run.delivered, `seed ${seed}`).toEqual(run.expected);
    spilled += Math.sign(run.spilled);
  }
  expect(spilled).toBeGreaterThan(CASES / 20);
});
