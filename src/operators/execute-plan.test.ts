import { expect, it } from 'vitest';
import { call, column, literal, ref } from '../../test/oracle/expr-builder.ts';
import { BIGINT, INTEGER, type Value } from '../common/types.ts';
import { Arena } from '../wasm/arena.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { columnReader } from '../wasm/read-vector.ts';
import { executePlan } from './execute-plan.ts';
import type { ExecutionContext } from './execution.ts';
import { morselStream } from './fixtures/morsels.ts';
import type { PhysicalPlan, ScanPlan } from './plan.ts';

const [n, m] = [column(1, 'n', INTEGER), column(2, 'm', BIGINT)];
const scan: ScanPlan = { kind: 'scan', scan: 0, table: 't', columns: [n, m] };
const rows: readonly Value[][] = Array.from({ length: 100 }, (_, i) => [i, BigInt(i * i)]);
const filter: PhysicalPlan = {
  kind: 'filter',
  input: scan,
  predicate: call('>=', ref(n), literal(90, INTEGER)),
  columns: scan.columns,
};

async function run(plan: PhysicalPlan, memory: LinearMemory, options: Partial<ExecutionContext> = {}) {
  const context: ExecutionContext = {
    memory,
    operatorBytes: 1 << 24,
    spill: null,
    scan: () => morselStream(memory, [INTEGER, BIGINT], rows, { morselRows: 7 }),
    exchange: () => {
      throw new Error('no exchange');
    },
    ...options,
  };
  const out: Value[][] = [];
  const arena = new Arena({ memory });
  for await (const batch of executePlan(plan, context)) {
    const readers = batch.columns.map((vector) => columnReader(arena, vector));
    for (let row = 0; row < batch.length; row++) out.push(readers.map((read) => read(row)));
  }
  return out;
}

it('delivers dense batches of the rows that are left, and gives all memory back', async () => {
  const memory = new LinearMemory({ poison: true });
  expect(await run(filter, memory)).toEqual(rows.slice(90));
  expect(memory.used).toBe(0);
});

it('stops when it is told to', async () => {
  const memory = new LinearMemory({ poison: true });
  await expect(run(filter, memory, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'SQ7000' });
  expect(memory.used).toBe(0);
});

it('gives all memory back when its reader stops early', async () => {
  const memory = new LinearMemory({ poison: true });
  const context: ExecutionContext = {
    memory,
    operatorBytes: 1 << 24,
    spill: null,
    scan: () => morselStream(memory, [INTEGER, BIGINT], rows, { morselRows: 7 }),
    exchange: () => {
      throw new Error('no exchange');
    },
  };
  for await (const batch of executePlan(filter, context)) {
    expect(batch.length).toBe(1);
    break;
  }
  expect(memory.used).toBe(0);
});
