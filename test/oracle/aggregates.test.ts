import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { stageId } from '../../src/common/ids.ts';
import type { Value } from '../../src/common/types.ts';
import { isFloat, isNumeric } from '../../src/common/types.ts';
import type { AggregatePlan, PhysicalPlan, ScanPlan } from '../../src/operators/plan.ts';
import { Oracle } from './duckdb.ts';
import { duckdbLiteral, duckdbSql, duckdbType } from './duckdb-sql.ts';
import { aggregate, type BuiltAggregate, call, literal, ref } from './expr-builder.ts';
import { COLUMNS, RandomExpressions } from './random-expr.ts';
import { RowSource, runRows } from './run-rows.ts';

let oracle: Oracle;
beforeAll(async () => {
  oracle = await Oracle.open();
});
afterAll(() => oracle.close());

const scan: ScanPlan = { kind: 'scan', scan: 0, table: 'input', columns: COLUMNS };

/** Averages are left to the operators' own tests: DuckDB divides doubles. Sums of floats depend on the order of addition. */
function randomAggregates(random: RandomExpressions): BuiltAggregate[] {
  return Array.from({ length: 6 }, (_, i) => {
    const of = random.pick(COLUMNS);
    const names = isNumeric(of.type) && !isFloat(of.type) ? ['sum', 'count', 'min', 'max'] : ['count', 'min', 'max'];
    const filter = random.once(3) ? call('>', ref(COLUMNS[3]!), literal(0, COLUMNS[3]!.type)) : null;
    return aggregate(100 + i * 10, random.pick(names), ref(of), filter);
  });
}

function duckdbAggregate({ call: { function: name, args, filter }, result }: BuiltAggregate): string {
  const where = filter ? ` FILTER (WHERE ${duckdbSql(filter)})` : '';
  return `CAST(${name}(${args.map((arg) => duckdbSql(arg)).join(', ')})${where} AS ${duckdbType(result.type)})`;
}

it.each(Array.from({ length: 12 }, (_, i) => i))('groups and aggregates as DuckDB does, seed %i', async (seed) => {
  const random = new RandomExpressions(seededRandom(seed));
  const rows = Array.from({ length: 300 }, () => random.row());
  const columns = COLUMNS.map(({ name, type }) => `"${name}" ${duckdbType(type)}`);
  const values = rows.map((row) => `(${row.map((value, i) => duckdbLiteral(value, COLUMNS[i]!.type)).join(', ')})`);
  await oracle.run(
    `CREATE OR REPLACE TABLE input (${columns.join(', ')}); INSERT INTO input VALUES ${values.join(', ')}`,
  );

  const keys = Array.from({ length: seed % 3 }, () => random.pick(COLUMNS));
  const built = randomAggregates(random);
  const base = {
    kind: 'aggregate',
    groupingSets: null,
    groups: keys.map(ref),
    aggregates: built.map((one) => one.call),
  } as const;
  const results = [...keys, ...built.map((one) => one.result)];
  const single: AggregatePlan = { ...base, phase: 'single', input: scan, columns: results };
  const states = [...keys, ...built.flatMap((one) => one.call.states)];
  const partial: AggregatePlan = { ...base, phase: 'partial', input: scan, columns: states };
  const final: PhysicalPlan = {
    ...base,
    phase: 'final',
    input: { kind: 'exchangeSource', stage: stageId(0), columns: states },
    aggregates: built.map((one) => ({ ...one.call, args: [], filter: null })),
    columns: results,
  };

  const parts = [rows.slice(0, 100), rows.slice(100, 100), rows.slice(100)];
  const shipped: Value[][][] = [];
  for (const part of parts) shipped.push(await runRows(partial, new RowSource([part])));
  const merged = await runRows(final, new RowSource(shipped));
  const whole = await runRows(single, new RowSource(parts));
  expect(merged).toEqual(whole);

  const selected = [...keys.map((key) => `"${key.name}"`), ...built.map(duckdbAggregate)].join(', ');
  const grouping = keys.length > 0 ? ` GROUP BY ${keys.map((key) => `"${key.name}"`).join(', ')}` : '';
  expect(sorted(whole)).toEqual(sorted(await oracle.rows(`SELECT ${selected} FROM input${grouping}`)));
});

/** Rows as text, in order; -0 and 0 are the same group, and either may stand for it. */
function sorted(rows: readonly (readonly Value[])[]): string[] {
  const text = (value: Value) =>
    typeof value === 'number' ? String(value + 0) : typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
  return rows.map((row) => row.map(text).join(' ')).sort();
}
