import { describe, expect, it } from 'vitest';
import { column } from '../../../test/oracle/expr-builder.ts';
import { INTEGER, type Value } from '../../common/types.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { LimitPlan } from '../plan.ts';
import { interpretedRows, OperatorRun } from '../sort/fixtures/run-operator.ts';
import { executeLimit } from './execute-limit.ts';

const columns = [column(1, 'a', INTEGER)];
const limitOf = (limit: number | null, offset: number): LimitPlan => ({
  kind: 'limit',
  input: { kind: 'scan', scan: 0, table: 't', columns },
  limit,
  offset,
  columns,
});
const rows: Value[][] = Array.from({ length: 50 }, (_, i) => [i]);

/** Counts the morsels that were pulled, and whether the stream was ended. */
async function* watched(stream: AsyncIterable<Morsel>, seen: { pulled: number; ended: number }) {
  try {
    for await (const morsel of stream) {
      seen.pulled++;
      yield morsel;
    }
  } finally {
    seen.ended++;
  }
}

describe('limit', () => {
  const bounds = [0, 1, 6, 7, 8, 13, 14, 30, 49, 50, 60];
  const cases = [...bounds, null].flatMap((limit) => bounds.map((offset) => [limit, offset] as const));

  it.each([false, true])('cuts as the interpreter does, rows selected: %s', async (selecting) => {
    for (const [limit, offset] of cases) {
      const inputs = [{ morselRows: 7, ...(selecting && { selected: (row: number) => row % 3 !== 1 }) }];
      const run = new OperatorRun({ inputs });
      const plan = limitOf(limit, offset);
      const result = await run.rows(executeLimit(plan, run.input(plan.input, 0, rows), run.context), 1);
      expect(result, `${limit} ${offset}`).toEqual(await interpretedRows(plan, [rows], { inputs }));
      expect(run.memory.used).toBe(0);
    }
  });

  it.each([
    [0, 3, 0, 0],
    [7, 0, 1, 1],
    [8, 0, 2, 1],
    [2, 12, 2, 1],
    [null, 0, 8, 1],
  ])('LIMIT %s OFFSET %s pulls no more than it needs', async (limit, offset, pulled, ended) => {
    const run = new OperatorRun({ inputs: [{ morselRows: 7 }] });
    const seen = { pulled: 0, ended: 0 };
    const plan = limitOf(limit, offset);
    await run.rows(executeLimit(plan, watched(run.input(plan.input, 0, rows), seen), run.context), 1);
    expect(seen).toEqual({ pulled, ended });
  });
});
