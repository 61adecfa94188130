import { describe, expect, it } from 'vitest';
import { call, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import { INTEGER, type SqlType, type Value } from '../../common/types.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import { columnReader } from '../../wasm/read-vector.ts';
import type { Batch } from '../../wasm/vector.ts';
import { executePlan } from '../execute-plan.ts';
import type { ExecutionContext } from '../execution.ts';
import { type Column, fieldOf } from '../expr/expr.ts';
import { morselStream } from '../fixtures/morsels.ts';
import { interpretPlan } from '../interpret-plan.ts';
import type { PhysicalPlan, RecursivePlan, ScanPlan } from '../plan.ts';
import { FileSpillSpace } from '../spill/spill-space.ts';

type Row = readonly Value[];
const int = (value: number) => literal(value, INTEGER);

const [from, to] = [column(1, 'from', INTEGER), column(2, 'to', INTEGER)];
const edges: ScanPlan = { kind: 'scan', scan: 0, table: 'edges', columns: [from, to] };

/** SELECT 1 UNION [ALL] SELECT n + 1 FROM t WHERE n < last. */
function counting(last: number | null, all: boolean): RecursivePlan {
  const [n, w] = [column(10, 'n', INTEGER), column(11, 'n', INTEGER)];
  const working: PhysicalPlan = { kind: 'workingTable', table: 0, name: 't', fields: [0], columns: [w] };
  const filtered: PhysicalPlan =
    last === null ? working : { kind: 'filter', input: working, predicate: call('<', ref(w), int(last)), columns: [w] };
  return {
    kind: 'recursive',
    table: 0,
    all,
    base: { kind: 'values', rows: [[int(1)]], columns: [column(12, 'n', INTEGER)] },
    step: {
      kind: 'project',
      input: filtered,
      exprs: [call('+', ref(w), int(1))],
      columns: [column(13, 'n', INTEGER)],
    },
    columns: [n],
  };
}

/** What can be reached from 1: SELECT 1 UNION SELECT to FROM t JOIN edges ON n = from. */
function reach(all: boolean, n: Column = column(20, 'n', INTEGER), type: SqlType = INTEGER): RecursivePlan {
  const w = column(21, 'n', type);
  return {
    kind: 'recursive',
    table: 3,
    all,
    base: { kind: 'values', rows: [[int(1)]], columns: [column(22, 'n', INTEGER)] },
    step: {
      kind: 'join',
      type: 'inner',
      left: { kind: 'workingTable', table: 3, name: 't', fields: [0], columns: [w] },
      right: edges,
      keys: [{ left: ref(w), right: ref(from), nullsMatch: false }],
      residual: null,
      mark: null,
      columns: [to],
    },
    columns: [n],
  };
}

interface RunOptions {
  readonly rows?: readonly Row[];
  readonly operatorBytes?: number;
  readonly spills?: boolean;
}

async function run(plan: PhysicalPlan, { rows = [], operatorBytes = 1 << 24, spills = false }: RunOptions = {}) {
  const memory = new LinearMemory({ poison: true });
  const store = new MemoryObjectStore();
  const spill = spills ? new FileSpillSpace({ memory, store, base: { bucket: 'b', key: 'x/' } }) : null;
  const scans = { count: 0 };
  const context: ExecutionContext = {
    memory,
    operatorBytes,
    spill,
    scan: () => {
      scans.count++;
      return morselStream(memory, [INTEGER, INTEGER], rows, { morselRows: 3 });
    },
    exchange: () => {
      throw new Error('no exchange');
    },
  };
  const out: Row[] = [];
  const arena = new Arena({ memory });
  try {
    for await (const batch of executePlan(plan, context)) out.push(...rowsOf(arena, batch));
  } finally {
    await spill?.close();
  }
  expect(memory.used).toBe(0);
  return { rows: out, scans: scans.count, spilled: spill?.bytes ?? 0 };
}

function rowsOf(arena: Arena, batch: Batch): Row[] {
  const readers = batch.columns.map((vector) => columnReader(arena, vector));
  return Array.from({ length: batch.length }, (_, row) => readers.map((read) => read(row)));
}

async function interpreted(plan: PhysicalPlan, rows: readonly Row[] = []): Promise<Row[]> {
  const arena = new Arena();
  const schema = edges.columns.map(fieldOf);
  const out: Row[] = [];
  const sources = {
    arena,
    scan: async function* () {
      const columns = schema.map(({ type }, i) =>
        buildVector(
          arena,
          type,
          rows.map((row) => row[i] as Value),
        ),
      );
      yield { schema, length: rows.length, columns };
    },
    exchange: () => {
      throw new Error('no exchange');
    },
  };
  for await (const batch of interpretPlan(plan, sources)) out.push(...rowsOf(arena, batch));
  return out;
}

const sorted = (rows: readonly Row[]) => [...rows].sort((a, b) => Number(a[0]) - Number(b[0]));

describe('a recursion', () => {
  it.each([true, false])('ends when a round brings nothing, UNION ALL: %s', async (all) => {
    const plan = counting(100, all);
    const expected = Array.from({ length: 100 }, (_, i) => [i + 1]);
    expect((await run(plan)).rows).toEqual(expected);
    expect(await interpreted(plan)).toEqual(expected);
  });

  it('of UNION ends on a cycle, and reads what is the same in every round once', async () => {
    const graph: Row[] = [
      [1, 2],
      [2, 3],
      [3, 1],
      [3, 4],
      [null, 5],
      [4, null],
      [8, 9],
      [2, 4],
    ];
    const { rows, scans } = await run(reach(false), { rows: graph });
    expect(sorted(rows)).toEqual(sorted(await interpreted(reach(false), graph)));
    expect(sorted(rows)).toEqual([[null], [1], [2], [3], [4]]);
    expect(scans).toBe(1);
  });

  it('of UNION ALL counts paths', async () => {
    const layers = Array.from({ length: 4 }, (_, i) => [
      [i + 1, i + 2],
      [i + 1, i + 2],
    ]).flat();
    const { rows } = await run(reach(true), { rows: layers });
    expect(sorted(rows)).toEqual(sorted(await interpreted(reach(true), layers)));
    expect(rows).toHaveLength(1 + 2 + 4 + 8 + 16);
  });

  it('has no rows when its base has none', async () => {
    const plan = {
      ...counting(5, false),
      base: { kind: 'values', rows: [], columns: [column(12, 'n', INTEGER)] },
    } as const;
    expect((await run(plan)).rows).toEqual([]);
    expect(await interpreted(plan)).toEqual([]);
  });

  it('without an end is ended by a limit', async () => {
    const plan = counting(null, true);
    const limit: PhysicalPlan = { kind: 'limit', input: plan, limit: 7, offset: 2, columns: plan.columns };
    expect((await run(limit)).rows).toEqual([[3], [4], [5], [6], [7], [8], [9]]);
  });

  it('stops when it is told to', async () => {
    const plan = counting(null, true);
    const memory = new LinearMemory({ poison: true });
    const stop = new AbortController();
    const context = {
      memory,
      operatorBytes: 1 << 24,
      spill: null,
      scan: () => morselStream(memory, [], []),
      exchange: () => {
        throw new Error('no exchange');
      },
      signal: stop.signal,
    };
    let rounds = 0;
    const reading = async () => {
      for await (const _ of executePlan(plan, context)) if (++rounds === 5) stop.abort();
    };
    await expect(reading()).rejects.toMatchObject({ code: 'SQ7000' });
    expect(memory.used).toBe(0);
  });

  it('puts rows aside that outgrow its budget, or says that it has no place for them', async () => {
    const wide: Row[] = Array.from({ length: 40_000 }, (_, i) => [i === 0 ? 1 : 1, i + 2]);
    const plan = reach(true);
    const options = { rows: wide, operatorBytes: 600_000 };
    const { rows, spilled } = await run(plan, { ...options, spills: true });
    expect(spilled).toBeGreaterThan(0);
    expect(sorted(rows)).toEqual(Array.from({ length: 40_001 }, (_, i) => [i + 1]));
    await expect(run(plan, options)).rejects.toMatchObject({ code: 'SQ4001' });
  });

  it('within another reads the right working table', async () => {
    // t(n): 1 … 3, and in every round the numbers up to 2 by a recursion of their own.
    const inner: RecursivePlan = {
      ...counting(2, false),
      table: 9,
      step: renumbered(counting(2, false).step, 9),
      columns: [column(30, 'm', INTEGER)],
    };
    const w = column(31, 'n', INTEGER);
    const outer: RecursivePlan = {
      kind: 'recursive',
      table: 8,
      all: false,
      base: { kind: 'values', rows: [[int(1)]], columns: [column(32, 'n', INTEGER)] },
      step: {
        kind: 'project',
        input: {
          kind: 'join',
          type: 'inner',
          left: { kind: 'workingTable', table: 8, name: 't', fields: [0], columns: [w] },
          right: inner,
          keys: [],
          residual: call('<', call('+', ref(w), ref(inner.columns[0] as Column)), int(6)),
          mark: null,
          columns: [w, ...inner.columns],
        },
        exprs: [call('+', ref(w), ref(inner.columns[0] as Column))],
        columns: [column(33, 'n', INTEGER)],
      },
      columns: [column(34, 'n', INTEGER)],
    };
    const { rows } = await run(outer);
    expect(sorted(rows)).toEqual([[1], [2], [3], [4], [5]]);
    expect(sorted(await interpreted(outer))).toEqual([[1], [2], [3], [4], [5]]);
  });
});

function renumbered(plan: PhysicalPlan, table: number): PhysicalPlan {
  if (plan.kind === 'workingTable') return { ...plan, table };
  return 'input' in plan ? { ...plan, input: renumbered(plan.input, table) } : plan;
}
