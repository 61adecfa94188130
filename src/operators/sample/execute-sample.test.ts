import { describe, expect, it } from 'vitest';
import { column } from '../../../test/oracle/expr-builder.ts';
import { INTEGER, type Value } from '../../common/types.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { SamplePlan } from '../plan.ts';
import { interpretedRows, OperatorRun } from '../sort/fixtures/run-operator.ts';
import { executeSample } from './execute-sample.ts';

const columns = [column(1, 'a', INTEGER)];
const sampleOf = (percent: number, more: Partial<SamplePlan> = {}): SamplePlan => ({
  kind: 'sample',
  input: { kind: 'scan', scan: 0, table: 't', columns },
  method: 'bernoulli',
  percent,
  seed: 7,
  columns,
  ...more,
});
const rows: Value[][] = Array.from({ length: 20_000 }, (_, i) => [i]);

async function sampled(plan: SamplePlan, morselRows: number, origin?: (first: number) => Morsel['origin']) {
  const run = new OperatorRun({ inputs: [{ morselRows }] });
  const placed = async function* () {
    let first = 0;
    for await (const morsel of run.input(plan.input, 0, rows)) {
      const at = origin?.(first);
      yield { ...morsel, ...(at && { origin: at }) };
      first += morsel.rows;
    }
  };
  const result = await run.rows(executeSample(plan, placed(), run.context), 1);
  expect(run.memory.used).toBe(0);
  return result.map(([value]) => value as number);
}

describe('a sample', () => {
  it.each([0, 0.1, 10, 50, 99.9, 100])('of %s percent is what the interpreter takes', async (percent) => {
    for (const method of ['bernoulli', 'system'] as const) {
      const plan = sampleOf(percent, { method });
      const inputs = [{ morselRows: 777, selected: (row: number) => row % 3 !== 1 }];
      const run = new OperatorRun({ inputs });
      const result = await run.rows(executeSample(plan, run.input(plan.input, 0, rows), run.context), 1);
      expect(result).toEqual(await interpretedRows(plan, [rows], { inputs }));
    }
  });

  it('takes about as many rows as it says, and none or all at the ends', async () => {
    const counts = await Promise.all(
      [0, 1, 25, 100].map(async (percent) => (await sampled(sampleOf(percent), 999)).length),
    );
    expect(counts[0]).toBe(0);
    expect(counts[1]).toBeGreaterThan(130);
    expect(counts[1]).toBeLessThan(280);
    expect(counts[2]).toBeGreaterThan(4700);
    expect(counts[2]).toBeLessThan(5300);
    expect(counts[3]).toBe(20_000);
  });

  it('takes the same rows of a row group however it is cut, and other rows of others and by other seeds', async () => {
    const at = (group: bigint) => (row: number) => ({ group, row });
    const whole = await sampled(sampleOf(5), 20_000, at(1n));
    expect(await sampled(sampleOf(5), 123, at(1n))).toEqual(whole);
    expect(await sampled(sampleOf(5), 20_000, at(2n))).not.toEqual(whole);
    expect(await sampled(sampleOf(5, { seed: 8 }), 20_000, at(1n))).not.toEqual(whole);
  });

  it('by blocks keeps neighbours together', async () => {
    const kept = await sampled(sampleOf(50, { method: 'system' }), 1000);
    const starts = kept.filter((value, i) => value !== (kept[i - 1] ?? -2) + 1);
    expect(kept.length).toBeGreaterThan(2000);
    expect(starts.every((value) => value % 2048 === 0)).toBe(true);
  });
});
