import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../common/clock.ts';
import type { SqlType, Value } from '../common/types.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { duckdbRows, openDuckDB } from './fixtures/duckdb.ts';
import { type PlainColumn, plainFile } from './fixtures/plain-file.ts';
import { readFooter } from './footer.ts';
import { type ColumnConstraint, rowGroupMayMatch } from './prune.ts';

const open = async (bytes: Uint8Array) => (await readFooter(new CountingStore(bytes), LOCATION)).footer;

const double = (value: number) => new Uint8Array(Float64Array.of(value).buffer);
const doubles = (statistics: PlainColumn['statistics'], more: Partial<PlainColumn> = {}): Uint8Array =>
  plainFile([{ name: 'x', physicalType: 'DOUBLE', values: [null, null], ...(statistics && { statistics }), ...more }]);
const between = (min: number, max: number) => ({ 5: { binary: double(max) }, 6: { binary: double(min) } });
const at = (value: Value, inclusive = true) => ({ value, inclusive });

describe('doubles from 1 to 5', () => {
  const NO_NAN = { ...between(1, 5), 9: { i64: 0 } };
  type Wanted = Omit<Extract<ColumnConstraint, { kind: 'range' }>, 'column'> | { kind: 'in'; values: Value[] };

  it.each<[string, Wanted, boolean, boolean]>([
    ['x < 1', { kind: 'range', max: at(1, false) }, false, false],
    ['x <= 1', { kind: 'range', max: at(1) }, true, true],
    ['x > 5', { kind: 'range', min: at(5, false) }, true, false],
    ['x >= 5', { kind: 'range', min: at(5) }, true, true],
    ['x between 6 and 7', { kind: 'range', min: at(6), max: at(7) }, false, false],
    ['x between 6 and NaN', { kind: 'range', min: at(6), max: at(Number.NaN) }, true, false],
    ['x between 2 and 3', { kind: 'range', min: at(2), max: at(3) }, true, true],
    ['x = NaN', { kind: 'in', values: [Number.NaN] }, true, false],
    ['x in (0, 6)', { kind: 'in', values: [0, 6] }, false, false],
    ['x in (0, 5)', { kind: 'in', values: [0, 5] }, true, true],
    ['x in ()', { kind: 'in', values: [] }, false, false],
    ['x in (NULL)', { kind: 'in', values: [null] }, false, false],
    ['x < NULL', { kind: 'range', max: at(null) }, false, false],
    ['any x', { kind: 'range' }, true, true],
  ])('%s may match: %j when NaN may be there %s, when it cannot %s', async (_text, wanted, withNaN, without) => {
    const constraint = { column: 0, ...wanted } as ColumnConstraint;
    expect(rowGroupMayMatch(await open(doubles(between(1, 5))), 0, [constraint])).toBe(withNaN);
    expect(rowGroupMayMatch(await open(doubles(NO_NAN)), 0, [constraint])).toBe(without);
  });

  it('every constraint must be satisfiable', async () => {
    const footer = await open(doubles(NO_NAN));
    const low: ColumnConstraint = { column: 0, kind: 'range', max: at(2) };
    const high: ColumnConstraint = { column: 0, kind: 'range', min: at(9) };
    expect(rowGroupMayMatch(footer, 0, [])).toBe(true);
    expect(rowGroupMayMatch(footer, 0, [low, low])).toBe(true);
    expect(rowGroupMayMatch(footer, 0, [low, high])).toBe(false);
  });
});

describe('NULLs', () => {
  it.each<[string, PlainColumn['statistics'], Partial<PlainColumn>, boolean, boolean]>([
    ['unknown', undefined, {}, true, true],
    ['no count', between(1, 2), {}, true, true],
    ['none', { 3: { i64: 0 } }, {}, false, true],
    ['some', { 3: { i64: 1 } }, {}, true, true],
    ['all', { 3: { i64: 2 } }, {}, true, false],
    ['required', undefined, { required: true, values: [double(1), double(2)] }, false, true],
  ])('%s', async (_what, statistics, more, isNull, notNull) => {
    const footer = await open(doubles(statistics, more));
    expect(rowGroupMayMatch(footer, 0, [{ column: 0, kind: 'isNull' }])).toBe(isNull);
    expect(rowGroupMayMatch(footer, 0, [{ column: 0, kind: 'notNull' }])).toBe(notNull);
    expect(rowGroupMayMatch(footer, 0, [{ column: 0, kind: 'range' }])).toBe(notNull);
  });
});

it('nothing matches in a row group without rows, everything may in a nested column', async () => {
  const empty = await open(plainFile([{ name: 'a', physicalType: 'INT32', values: [] }]));
  expect(rowGroupMayMatch(empty, 0, [])).toBe(false);
  const nested = await open(
    new Uint8Array(readFileSync(join(import.meta.dirname, '../../datasets/golden/nested.parquet'))),
  );
  expect(rowGroupMayMatch(nested, 0, [{ column: 1, kind: 'isNull' }])).toBe(true);
  expect(rowGroupMayMatch(nested, 0, [{ column: 1, kind: 'notNull' }])).toBe(true);
});

describe('against DuckDB on random data', () => {
  const random = seededRandom(11);
  let duckdb: DuckDBConnection;
  let folder: string;

  beforeAll(async () => {
    duckdb = await openDuckDB();
    folder = await mkdtemp(join(tmpdir(), 'squall-prune-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** Rows are close to `r * 1000`, where r is the number of their row group, so that there is something to prune. */
  const COLUMNS: readonly (readonly [name: string, sql: string])[] = [
    ['i', 'r * 1000 + k % 900'],
    ['u', '(r * 1000 + k % 900)::ubigint * 1000000000000000'],
    ['t', '(r * 40 - 100 + k % 20)::tinyint'],
    ['d', '((r * 1000 + k % 900) / 100)::decimal(12, 2)'],
    ['w', '((r * 1000 - k % 900) / 100)::decimal(30, 4)'],
    ['f', "case when k % 500 = 0 and r % 2 = 0 then 'nan'::double else r * 1000 + k % 900 end"],
    ['s', "'key ' || chr((100 + r * 5 + k % 5)::integer) || chr(128000 + (k % 7)::integer)"],
    ['b', "encode('x' || chr((200 + r * 20 + k % 20)::integer))"],
    ['y', "date '2000-01-01' + (r * 1000 - k % 900)::integer"],
    ['z', "timestamp '2000-01-01' + to_minutes(r * 1000 + k % 900)"],
    ['g', 'r % 2 = 0'],
  ];
  const OPERATORS = ['=', '<', '<=', '>', '>=', 'between', 'in', 'is null', 'is not null'] as const;

  it('never prunes a row group that holds a matching row, and prunes most others', async () => {
    const path = join(folder, 'prune.parquet');
    const select = COLUMNS.map(([name, sql]) => `case when k % 11 = 3 or r = 4 then null else ${sql} end as ${name}`);
    await duckdb.run(`
      copy (select ${select.join(', ')} from (select i // 2048 as r, i % 2048 as k from range(12288) t(i)))
      to '${path}' (format parquet, row_group_size 2048)`);
    const footer = await open(new Uint8Array(await readFile(path)));
    expect(footer.rowGroupCount).toBe(6);
    await duckdb.run(
      `create table rows as select file_row_number // 2048 as rg, * from read_parquet('${path}', file_row_number = true)`,
    );
    const total = { kept: 0, pruned: 0, prunable: 0 };
    for (let round = 0; round < 250; round++) {
      const column = Math.floor(random.next() * COLUMNS.length);
      const { name, type } = footer.schema[column] as { name: string; type: SqlType };
      const samples = await duckdbRows(
        duckdb,
        `select ${name}, ${name}::varchar from rows where ${name} is not null offset ${Math.floor(random.next() * 9000)} limit 2`,
      );
      const { constraint, sql } = makeConstraint(random, { column, name, type }, samples);
      const matching = await duckdbRows(duckdb, `select distinct rg::integer from rows where ${sql}`);
      const groups = new Set(matching.map(([group]) => group));
      for (let group = 0; group < footer.rowGroupCount; group++) {
        const may = rowGroupMayMatch(footer, group, [constraint]);
        if (groups.has(group)) expect(may, `${sql} in row group ${group}`).toBe(true);
        else total.prunable++;
        total[may ? 'kept' : 'pruned']++;
      }
    }
    expect(total.pruned).toBeGreaterThan(total.prunable * 0.7);
  });

  interface Target {
    readonly column: number;
    readonly name: string;
    readonly type: SqlType;
  }

  function makeConstraint(dice: Random, { column, name, type }: Target, samples: readonly Value[][]) {
    const [first, second = first] = samples as [Value[], Value[]?];
    const [value, text] = first as [Value, string];
    const [other, otherText] = second as [Value, string];
    const literal = (written: string) => `cast('${written}' as ${sqlTypeName(type)})`;
    const operator = OPERATORS[Math.floor(dice.next() * OPERATORS.length)] as (typeof OPERATORS)[number];
    const comparison = `${name} ${operator} ${literal(text)}`;
    const range = (bounds: object, sql = comparison) => ({
      constraint: { column, kind: 'range', ...bounds } as ColumnConstraint,
      sql,
    });
    switch (operator) {
      case '=':
        return { constraint: { column, kind: 'in', values: [value] } as ColumnConstraint, sql: comparison };
      case 'in':
        return {
          constraint: { column, kind: 'in', values: [value, other] } as ColumnConstraint,
          sql: `${name} in (${literal(text)}, ${literal(otherText)})`,
        };
      case '<':
      case '<=':
        return range({ max: at(value, operator === '<=') });
      case '>':
      case '>=':
        return range({ min: at(value, operator === '>=') });
      case 'between':
        return range({ min: at(value), max: at(other) }, `${name} between ${literal(text)} and ${literal(otherText)}`);
      case 'is null':
        return { constraint: { column, kind: 'isNull' } as ColumnConstraint, sql: `${name} is null` };
      case 'is not null':
        return { constraint: { column, kind: 'notNull' } as ColumnConstraint, sql: `${name} is not null` };
    }
  }

  const sqlTypeName = (type: SqlType) =>
    type.kind === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : type.kind;
});
