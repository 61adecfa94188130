import { describe, expect, it } from 'vitest';
import { aggregate, call, column, int, ref } from '../../../test/oracle/expr-builder.ts';
import { INTEGER, VARCHAR, type Value } from '../../common/types.ts';
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
import type { AggregatePlan, JoinPlan, JoinType, PhysicalPlan, ScanPlan } from '../plan.ts';
import { FileSpillSpace } from '../spill/spill-space.ts';
import { filterTargets, needsMatch } from './filter-targets.ts';

type Row = readonly Value[];

let ids = 1;
const scan = (table: number, name: string, type = INTEGER): ScanPlan => ({
  kind: 'scan',
  scan: table,
  table: name,
  columns: [column(ids++, `${name}_k`, type), column(ids++, `${name}_v`, INTEGER)],
});
const at = (plan: PhysicalPlan, i: number) => plan.columns[i] as Column;

function join(type: JoinType, left: PhysicalPlan, right: PhysicalPlan): JoinPlan {
  const keys = [{ left: ref(at(left, 0)), right: ref(at(right, 0)), nullsMatch: false }];
  const oneSide = type === 'semi' || type === 'anti';
  const columns = oneSide ? left.columns : [...left.columns, ...right.columns];
  return { kind: 'join', type, left, right, keys, residual: null, mark: null, columns };
}

function grouped(input: PhysicalPlan): AggregatePlan {
  const { call: counted, result } = aggregate(ids++ * 1000, 'count', null);
  const key = at(input, 0);
  return {
    kind: 'aggregate',
    phase: 'single',
    input,
    groups: [ref(key)],
    groupingSets: null,
    aggregates: [counted],
    columns: [{ ...key, id: column(ids++, '', INTEGER).id }, result],
  };
}

const names = (plan: PhysicalPlan, position = 0) =>
  filterTargets(plan, at(plan, position).id).map(
    ({ plan: target, mayStop }) => `${target.kind === 'scan' ? target.table : target.kind}${mayStop ? '' : ' whole'}`,
  );

describe('where rows are left out', () => {
  it('behind aggregations by their keys, on both sides of joins by equal keys, not where it saves nothing', () => {
    const [a, b] = [scan(0, 'a'), scan(1, 'b')];
    expect(names(a)).toEqual([]);
    expect(names(grouped(a))).toEqual(['a whole']);
    expect(names(grouped(a), 1)).toEqual([]);
    expect(names(join('inner', a, b))).toEqual(['a', 'b']);
    expect(names(join('inner', a, b), 1)).toEqual(['a']);
    expect(names(join('inner', a, b), 2)).toEqual(['b', 'a']);
    expect(names(join('left', a, b))).toEqual(['a whole', 'b whole']);
    expect(names(join('left', a, b), 2)).toEqual([]);
    expect(names(join('right', a, b), 2)).toEqual(['b whole', 'a whole']);
    expect(names(join('full', a, b))).toEqual([]);
    expect(names(join('anti', a, b))).toEqual(['a whole', 'b whole']);
    const predicate = call('>', ref(at(a, 1)), int(3));
    const filter: PhysicalPlan = { kind: 'filter', input: a, predicate, columns: a.columns };
    expect(names(filter)).toEqual([]);
    expect(names(join('inner', filter, b))).toEqual(['filter', 'b']);
    const limit: PhysicalPlan = { kind: 'limit', input: a, limit: 3, offset: 0, columns: a.columns };
    expect(names(grouped(limit))).toEqual([]);
  });
});

const tables: Readonly<Record<number, readonly Row[]>> = {
  0: Array.from({ length: 3000 }, (_, i) => [i % 19 === 0 ? null : i % 500, i]),
  1: Array.from({ length: 40 }, (_, i) => [i % 9 === 0 ? null : i * 7, i]),
  2: Array.from({ length: 900 }, (_, i) => [i % 300, i]),
};

async function executed(plan: PhysicalPlan, options: Partial<ExecutionContext> = {}) {
  const memory = options.memory ?? new LinearMemory({ poison: true });
  const operatorRows: number[] = [];
  const context: ExecutionContext = {
    memory,
    operatorBytes: 1 << 24,
    spill: null,
    operatorRows,
    scan: ({ scan: table, columns }) =>
      morselStream(
        memory,
        columns.map(({ type }) => type),
        tables[table] ?? [],
        { morselRows: 257 },
      ),
    exchange: () => {
      throw new Error('no exchange');
    },
    ...options,
  };
  const rows: Row[] = [];
  const arena = new Arena({ memory });
  for await (const batch of executePlan(plan, context)) rows.push(...rowsOf(arena, batch));
  expect(memory.used).toBe(0);
  return { rows, operatorRows };
}

function rowsOf(arena: Arena, batch: Batch): Row[] {
  const readers = batch.columns.map((vector) => columnReader(arena, vector));
  return Array.from({ length: batch.length }, (_, row) => readers.map((read) => read(row)));
}

async function interpreted(plan: PhysicalPlan): Promise<Row[]> {
  const arena = new Arena();
  const rows: Row[] = [];
  const sources = {
    arena,
    scan: async function* ({ scan: table, columns }: ScanPlan) {
      const schema = columns.map(fieldOf);
      const values = tables[table] ?? [];
      const vectors = schema.map(({ type }, i) =>
        buildVector(
          arena,
          type,
          values.map((row) => row[i] as Value),
        ),
      );
      yield { schema, length: values.length, columns: vectors };
    },
    exchange: () => {
      throw new Error('no exchange');
    },
  };
  for await (const batch of interpretPlan(plan, sources)) rows.push(...rowsOf(arena, batch));
  return rows;
}

const byText = (rows: readonly Row[]) => rows.map(String).sort();

describe('a join whose right side has few keys', () => {
  it.each(['inner', 'right', 'semi', 'left', 'full', 'anti'] as const)('%s: gives the same rows', async (type) => {
    for (const inner of ['inner', 'left', 'right', 'semi', 'anti', 'full'] as const) {
      const plan = join(type, join(inner, grouped(scan(0, 'a')), scan(2, 'c')), scan(1, 'b'));
      expect(byText((await executed(plan)).rows), inner).toEqual(byText(await interpreted(plan)));
    }
  });

  it('aggregates few groups of many', async () => {
    const plan = join('inner', grouped(scan(0, 'a')), scan(1, 'b'));
    const { operatorRows } = await executed(plan);
    // Join, aggregation, its scan, the right side.
    expect(operatorRows[2]).toBe(3000);
    expect(operatorRows[1]).toBeLessThan(60);
    expect(operatorRows[1]).toBeGreaterThanOrEqual(35);
  });

  it('is not told of keys that outgrow the memory for it', async () => {
    const plan = join('inner', grouped(scan(0, 'a')), scan(1, 'b'));
    const memory = new LinearMemory({ poison: true });
    const spill = new FileSpillSpace({ memory, store: new MemoryObjectStore(), base: { bucket: 'b', key: 'x/' } });
    const { rows, operatorRows } = await executed(plan, { memory, operatorBytes: 2000, spill });
    await spill.close();
    expect(byText(rows)).toEqual(byText(await interpreted(plan)));
    expect(operatorRows[1]).toBe(501);
  });

  it('compares text as well', async () => {
    expect(needsMatch('left')).toBe(false);
    const left: ScanPlan = { ...scan(5, 't'), columns: [column(9001, 't', VARCHAR), column(9002, 'n', INTEGER)] };
    const right: ScanPlan = { ...scan(6, 'u'), columns: [column(9003, 'u', VARCHAR), column(9004, 'm', INTEGER)] };
    const texts: Record<number, Row[]> = {
      5: Array.from({ length: 900 }, (_, i) => [`key number ${i % 100}`, i]),
      6: [
        ['key number 7', 1],
        ['key number 70', 2],
        [null, 3],
      ],
    };
    const memory = new LinearMemory({ poison: true });
    const plan = join('inner', grouped(left), right);
    const { rows, operatorRows } = await executed(plan, {
      memory,
      scan: ({ scan: table }) =>
        morselStream(memory, [VARCHAR, INTEGER], texts[table] ?? [], { morselRows: 100, dictionary: [0] }),
    });
    expect(byText(rows)).toEqual(['key number 7,9,key number 7,1', 'key number 70,9,key number 70,2']);
    expect(operatorRows[1]).toBeLessThan(10);
  });
});
