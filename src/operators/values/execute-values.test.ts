import { describe, expect, it } from 'vitest';
import { call, column, literal } from '../../../test/oracle/expr-builder.ts';
import { INTEGER, VARCHAR } from '../../common/types.ts';
import type { ValuesPlan } from '../plan.ts';
import { OperatorRun } from '../sort/fixtures/run-operator.ts';
import { executeValues } from './execute-values.ts';

const columns = [column(1, 'a', INTEGER), column(2, 'b', VARCHAR)];
const int = (value: number | null) => literal(value, INTEGER);

async function run(plan: ValuesPlan) {
  const operator = new OperatorRun();
  const result = await operator.rows(executeValues(plan, operator.context), plan.columns.length);
  expect(operator.memory.used).toBe(0);
  return result;
}

describe('values', () => {
  it('evaluates its rows', async () => {
    const rows = [
      [call('+', int(1), int(2)), literal('x', VARCHAR)],
      [int(null), literal(null, VARCHAR)],
    ];
    expect(await run({ kind: 'values', columns, rows })).toEqual([
      [3, 'x'],
      [null, null],
    ]);
  });

  it('delivers rows of no columns, no rows, and more than a morsel holds', async () => {
    expect(await run({ kind: 'values', columns: [], rows: [[], []] })).toEqual([[], []]);
    expect(await run({ kind: 'values', columns, rows: [] })).toEqual([]);
    const many = Array.from({ length: 40_000 }, (_, i) => [int(i), literal(`${i}`, VARCHAR)]);
    const result = await run({ kind: 'values', columns, rows: many });
    expect(result).toEqual(many.map((_, i) => [i, `${i}`]));
  });

  it('raises what its expressions raise', async () => {
    const rows = [[call('/', int(1), int(0)), literal('x', VARCHAR)]];
    await expect(run({ kind: 'values', columns, rows })).rejects.toThrow('division by zero');
  });
});
