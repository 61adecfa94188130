import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../../../test/oracle/duckdb.ts';
import { duckdbLiteral } from '../../../test/oracle/duckdb-sql.ts';
import { column } from '../../../test/oracle/expr-builder.ts';
import { type Random, seededRandom } from '../../common/clock.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, DOUBLE, decimal, INTEGER, VARCHAR } from '../../common/types.ts';
import type { SetOperationPlan } from '../plan.ts';
import { randomValue, SORTABLE_TYPES } from '../sort/fixtures/random-rows.ts';
import { interpretedRows, OperatorRun, type Row, type RunOptions } from '../sort/fixtures/run-operator.ts';
import { rowKey } from '../value-key.ts';
import { executeSetOperation } from './execute-set-operation.ts';

type Operation = readonly [SetOperationPlan['operation'], boolean];
const OPERATIONS: readonly Operation[] = [
  ['union', false],
  ['union', true],
  ['intersect', false],
  ['intersect', true],
  ['except', false],
  ['except', true],
];

function planOf(types: readonly SqlType[], [operation, all]: Operation, inputs = 2): SetOperationPlan {
  const columns = types.map((type, i) => column(i + 1, `c${i}`, type));
  return {
    kind: 'setOperation',
    operation,
    all,
    inputs: Array.from({ length: inputs }, (_, scan) => ({ kind: 'scan', scan, table: 't', columns })),
    columns,
  };
}

async function run(plan: SetOperationPlan, inputs: readonly (readonly Row[])[], options: RunOptions = {}) {
  const operator = new OperatorRun(options);
  const streams = plan.inputs.map((input, i) => operator.input(input, i, inputs[i] as readonly Row[]));
  const result = await operator.rows(executeSetOperation(plan, streams, operator.context), plan.columns.length);
  expect([operator.memory.used, operator.spill?.held ?? 0]).toEqual([0, 0]);
  return { result, spilled: operator.spill?.bytes ?? 0 };
}

/** Rows in an order of their own, for results whose order means nothing. */
function arranged(types: readonly SqlType[], rows: readonly Row[]): string[] {
  const key = rowKey(types);
  return rows.map((row) => String(key(row))).sort();
}

function randomInputs(random: Random, types: readonly SqlType[], count: number) {
  const pool = Array.from({ length: 40 }, () => types.map((type) => randomValue(random, type)));
  const rows = () =>
    Array.from({ length: Math.floor(random.next() * 120) }, () => pool[Math.floor(random.next() * 40)] as Row);
  return Array.from({ length: count }, rows);
}

describe('set operations', () => {
  it.each(Array.from({ length: 30 }, (_, i) => i))('are the interpreter’s, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const types = Array.from({ length: 1 + below(3) }, () => SORTABLE_TYPES[below(SORTABLE_TYPES.length)] as SqlType);
    const dictionary = types.flatMap((type, i) => (type.kind === 'varchar' ? [i] : []));
    const options = { morselRows: 25, dictionary, ...(below(2) && { selected: (row: number) => row % 3 > 0 }) };
    for (const operation of OPERATIONS) {
      const count = operation[0] === 'union' ? 3 : 2;
      const plan = planOf(types, operation, count);
      const rows = randomInputs(random, types, count);
      const inputs = rows.map(() => options);
      const expected = await interpretedRows(plan, rows, { inputs });
      expect((await run(plan, rows, { inputs })).result).toEqual(expected);
      const spilt = await run(plan, rows, { inputs, operatorBytes: 1000 });
      expect(arranged(types, spilt.result)).toEqual(arranged(types, expected));
    }
  });

  it('of many rows, spilled', async () => {
    const types = [INTEGER, VARCHAR];
    const side = (step: number) =>
      Array.from({ length: 12_000 }, (_, i): Row => [(i * step) % 7_507, `text ${(i * step) % 7_507}`]);
    for (const operation of OPERATIONS.filter(([name, all]) => !(name === 'union' && all))) {
      const plan = planOf(types, operation);
      const rows = [side(7), side(11)];
      const inputs = [{ morselRows: 2000 }, { morselRows: 2000 }];
      const expected = arranged(types, await interpretedRows(plan, rows));
      const spilt = await run(plan, rows, { inputs, operatorBytes: 200_000 });
      expect(arranged(types, spilt.result)).toEqual(expected);
      expect(spilt.spilled).toBeGreaterThan(0);
    }
  });

  it('of rows without columns', async () => {
    const rows = [[[], [], []], [[]]];
    const counts = [];
    for (const operation of OPERATIONS) counts.push((await run(planOf([], operation), rows)).result.length);
    expect(counts).toEqual([1, 4, 1, 1, 0, 2]);
  });

  it('without a place to spill is SQ4001', async () => {
    const rows = [Array.from({ length: 30_000 }, (_, i) => [i]), [[1]]];
    for (const operation of OPERATIONS.filter(([name, all]) => name !== 'intersect' && !all)) {
      const failing = run(planOf([INTEGER], operation), rows, { spill: false, operatorBytes: 2 ** 18 });
      await expect(failing).rejects.toMatchObject({
        code: 'SQ4001',
        message: 'the task needs more memory than its budget of 262144 bytes',
      });
    }
  });

  it('give everything back when their reader stops', async () => {
    const rows = [7, 11].map((step) => Array.from({ length: 5000 }, (_, i) => [(i * step) % 4973]));
    const inputs = [{ morselRows: 1000 }, { morselRows: 1000 }];
    for (const operation of OPERATIONS) {
      for (const operatorBytes of [70_000, 1e9]) {
        const operator = new OperatorRun({ inputs, operatorBytes });
        const plan = planOf([INTEGER], operation);
        const streams = plan.inputs.map((input, i) => operator.input(input, i, rows[i] as Row[]));
        for await (const _ of executeSetOperation(plan, streams, operator.context)) break;
        expect([operator.memory.used, operator.spill?.held]).toEqual([0, 0]);
      }
    }
  });
});

describe('set operations as DuckDB computes them', () => {
  let oracle: Oracle;
  beforeAll(async () => {
    oracle = await Oracle.open();
  });
  afterAll(() => oracle.close());

  const types = [INTEGER, VARCHAR, decimal(8, 2), DOUBLE, BIGINT];
  it.each(Array.from({ length: 25 }, (_, i) => i))('seed %i', async (seed) => {
    const random = seededRandom(seed);
    const below = (count: number) => Math.floor(random.next() * count);
    const pool: Row[] = Array.from({ length: 12 }, () =>
      [below(3), `t${below(3)}`, BigInt(below(2)), below(2) / 2, BigInt(below(2))].map(
        (value): Value => (below(5) ? value : null),
      ),
    );
    const rows = [0, 1].map(() => Array.from({ length: 1 + below(40) }, () => pool[below(12)] as Row));
    const valuesSql = (side: readonly Row[]) =>
      `SELECT * FROM (VALUES ${side.map((row) => `(${row.map((value, i) => duckdbLiteral(value, types[i] as SqlType)).join(', ')})`).join(', ')})`;
    for (const operation of OPERATIONS) {
      const [name, all] = operation;
      const sql = rows.map(valuesSql).join(` ${name.toUpperCase()} ${all ? 'ALL ' : ''}`);
      const { result } = await run(planOf(types, operation), rows);
      expect(arranged(types, result), sql).toEqual(arranged(types, await oracle.rows(sql)));
    }
  });
});
