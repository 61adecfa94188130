import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SquallError } from '../../src/common/errors.ts';
import { BIGINT, DATE, decimal, INTEGER, VARCHAR } from '../../src/common/types.ts';
import type { ParameterValues } from '../../src/planner/bind/parameters.ts';
import { type PlanQueryOptions, planQuery } from '../../src/planner/plan-query.ts';
import { FakeCatalog, field } from './fake-catalog.ts';
import { type InlineSession, inlineSession } from './inline-session.ts';
import { refusalOf } from './refusal.ts';

const FILE = './datasets/golden/row-groups.parquet';

let session: InlineSession;
beforeEach(() => {
  session = inlineSession({ t: FILE }, 3);
});
afterEach(() => session.close());

const lines = async (sql: string) => (await session.rows(sql)).map(([line]) => String(line));
const names = async (sql: string) => (await session.query(sql)).columns.map(({ name }) => name);

/** What a statement of the session answers instead of rows. */
const refused = async (sql: string, parameters?: ParameterValues) => {
  const error: unknown = await session.query(sql, parameters ? { parameters } : {}).then(
    () => 'no error',
    (thrown: unknown) => thrown,
  );
  return error instanceof SquallError ? `${error.code} ${error.message} | ${error.hint ?? ''}` : error;
};

describe('EXPLAIN', () => {
  const QUERY = 'SELECT digit, count(*) FROM t WHERE id < 100 GROUP BY 1';

  it('prints the optimised plan with estimates, the stages, and what is asked for', async () => {
    const text = await lines(`EXPLAIN ${QUERY}`);
    expect(text[0]).toMatch(/^Project digit, count\(\*\) {2}~\d+ rows$/);
    expect(text).toContain('Stage 0 [1 task]');
    expect(text.at(-2)).toMatch(/^Predicted: /);
    expect(text.at(-1)).toMatch(/^Predicted bill: \$/);
  });

  it('prints parts of it', async () => {
    expect(await lines('EXPLAIN (TYPE logical) SELECT sum(id) FROM t')).toEqual([
      'Project sum(id)',
      '  Aggregate sum(id)',
      '    Scan t [id, digit, price, day, name]',
    ]);
    expect((await lines('EXPLAIN (TYPE optimized) SELECT sum(id) FROM t')).at(-1)).toMatch(
      /^ {4}Scan t \[id\] {2}~4,500 rows$/,
    );
    expect((await lines('EXPLAIN (TYPE distributed) SELECT 1')).slice(0, 3)).toEqual([
      'Stage 0 [1 task]',
      '  Project [1]',
      '    Values 1 row',
    ]);
    expect(await lines(`EXPLAIN (TYPE io) ${QUERY}`)).toEqual([
      't: files 1/1 · row groups 1/3 · rows 2 048/4 500 · bytes 3.69 kB/10.9 kB · columns 2/5',
      expect.stringMatching(/^Predicted: /),
      expect.stringMatching(/^Predicted bill: \$/),
    ]);
  });

  it('prints JSON', async () => {
    const json = JSON.parse((await lines(`EXPLAIN (FORMAT json) ${QUERY}`)).join('\n'));
    expect(Object.keys(json)).toEqual(['logical', 'optimized', 'stages', 'predicted']);
    expect(json.optimized).toMatchObject({
      node: 'project',
      inputs: [{ node: 'aggregate', inputs: [{ node: 'scan' }] }],
    });
    expect(json.stages[0].plan.estimatedRows).toBeGreaterThan(0);
    const io = JSON.parse((await lines(`EXPLAIN (FORMAT json, TYPE io) ${QUERY}`)).join('\n'));
    expect(io.scans[0]).toMatchObject({ table: 't', rowGroups: { selected: 1, total: 3 } });
  });

  it('draws', async () => {
    expect(await lines("EXPLAIN (FORMAT mermaid) SELECT '\"' AS q")).toEqual([
      'flowchart BT',
      '  subgraph s0["Stage 0: 1 task"]',
      `    s0_0["Project ['#quot;' AS q]"]`,
      '    s0_1["Values 1 row"]',
      '    s0_1 --> s0_0',
      '  end',
    ]);
    expect((await lines('EXPLAIN (FORMAT mermaid, TYPE logical) SELECT id FROM t'))[1]).toBe('  n0["Project id"]');
  });

  it('reads nothing', async () => {
    const { requests, stages } = await session.report('EXPLAIN SELECT sum(id) FROM t');
    expect(requests.GET.requests + requests.HEAD.requests).toBeLessThanOrEqual(2);
    expect(stages.every(({ tasks }) => tasks === 0)).toBe(true);
  });

  it('ANALYZE runs the query and tells what every node delivered', async () => {
    const text = await lines(`EXPLAIN ANALYZE ${QUERY}`);
    expect(text[0]).toMatch(
      /^Stage 0 \[1 task\] · ms [\d.]+\/[\d.]+\/[\d.]+ \(least, median, most\) · rows 2,048 in, 10 out · /,
    );
    expect(text[2]).toMatch(/^ {4}Aggregate by digit \[count\(\*\)\] {2}~\d+ rows {2}= 10 rows, q \d+\.\d\d$/);
    expect(text.join('\n')).toContain('= 2,048 rows');
    const { state, stages } = await session.report('EXPLAIN ANALYZE SELECT sum(id) FROM t');
    expect(state).toBe('finished');
    expect(stages.map(({ tasks }) => tasks)).toEqual([3, 1]);
  });

  it('ANALYZE fails as its query does', async () => {
    expect(await refused('EXPLAIN ANALYZE SELECT 1 / (id - 3) FROM t')).toBe('SQ3003 division by zero | ');
  });
});

describe('DESCRIBE and SHOW', () => {
  it('describe tables and queries', async () => {
    expect(await session.rows('DESCRIBE t')).toEqual([
      ['id', 'bigint', 'YES'],
      ['digit', 'bigint', 'YES'],
      ['price', 'decimal(15,2)', 'YES'],
      ['day', 'date', 'YES'],
      ['name', 'varchar', 'YES'],
    ]);
    expect(await names('DESCRIBE SELECT 1')).toEqual(['column_name', 'column_type', 'nullable']);
    expect(await session.rows('DESCRIBE SELECT 1 AS a, NULL AS b')).toEqual([
      ['a', 'integer', 'NO'],
      ['b', 'varchar', 'YES'],
    ]);
  });

  it('list tables and views, functions and settings', async () => {
    await session.rows('CREATE VIEW v AS SELECT 1');
    expect(await session.rows('SHOW TABLES')).toEqual([
      ['t', 'table'],
      ['v', 'view'],
    ]);
    const functions = await session.rows('SHOW FUNCTIONS');
    expect(functions).toContainEqual(['lower', 'scalar', 'lower(a): in lower case, code point by code point']);
    expect(functions.filter(([name]) => name === 'sum' || name === 'rank').map(([name, kind]) => [name, kind])).toEqual(
      [
        ['rank', 'window'],
        ['sum', 'aggregate'],
      ],
    );
    expect((await session.rows('SHOW SETTINGS')).map(([name, value]) => [name, value])).toEqual([
      ['default_null_order', 'nulls_last_on_asc_first_on_desc'],
      ['integer_division', 'true'],
    ]);
    expect(await session.rows('SHOW integer_division')).toEqual([['true']]);
  });
});

describe('settings', () => {
  it('integer_division', async () => {
    expect(await session.rows('SELECT 7 / 2, -7 / 2')).toEqual([[3, -3]]);
    expect(await session.rows('SET integer_division = off')).toEqual([]);
    expect(await session.rows('SELECT 7 / 2, 7 // 2, 7.0 / 2')).toEqual([[3.5, 3, 3.5]]);
    await session.rows('RESET integer_division');
    expect(await session.rows('SELECT 7 / 2')).toEqual([[3]]);
  });

  it('default_null_order', async () => {
    const order = async () => [
      await session.rows('SELECT x FROM (VALUES (1), (NULL), (2)) AS v(x) ORDER BY x'),
      await session.rows('SELECT x FROM (VALUES (1), (NULL), (2)) AS v(x) ORDER BY x DESC'),
    ];
    expect(await order()).toEqual([
      [[1], [2], [null]],
      [[null], [2], [1]],
    ]);
    await session.rows("SET default_null_order = 'nulls_first'");
    expect(await order()).toEqual([
      [[null], [1], [2]],
      [[null], [2], [1]],
    ]);
    await session.rows("SET default_null_order TO 'nulls_last'");
    expect(await order()).toEqual([
      [[1], [2], [null]],
      [[2], [1], [null]],
    ]);
    await session.rows("SET default_null_order = 'sqlite'");
    expect(await order()).toEqual([
      [[null], [1], [2]],
      [[2], [1], [null]],
    ]);
    expect(await session.rows('SELECT row_number() OVER (ORDER BY x) FROM (VALUES (NULL)) AS v(x)')).toEqual([[1n]]);
    await session.rows('RESET ALL');
    expect(await order()).toEqual([
      [[1], [2], [null]],
      [[null], [2], [1]],
    ]);
  });

  it.each([
    ['SET integer_divison = on', 'SQ1304 there is no setting "integer_divison" | did you mean "integer_division"?'],
    ['SHOW nonsense', 'SQ1304 there is no setting "nonsense" | settings are default_null_order, integer_division'],
    ['RESET nonsense', 'SQ1304 there is no setting "nonsense" | settings are default_null_order, integer_division'],
    [
      'SET integer_division = maybe',
      "SQ1301 integer_division cannot be 'maybe' | it is one of 0, 1, true, false, on, off",
    ],
  ])('%s', async (sql, expected) => expect(await refused(sql)).toBe(expected));
});

describe('views', () => {
  it('are of their session', async () => {
    await session.rows('CREATE VIEW small (a, b) AS SELECT id, digit, name FROM t WHERE id < 3');
    expect(await session.rows('SELECT * FROM SMALL ORDER BY a')).toEqual([
      [0n, 0n, 'name 0'],
      [1n, 1n, 'name 0'],
      [2n, 2n, 'name 0'],
    ]);
    await session.rows('CREATE VIEW sums AS SELECT sum(a) AS s FROM small');
    expect(await session.rows('SELECT s FROM sums')).toEqual([[3n]]);
    await session.rows('CREATE OR REPLACE VIEW small AS SELECT 5 AS a');
    expect(await session.rows('SELECT s FROM sums')).toEqual([[5n]]);
    await session.rows('DROP VIEW small, sums');
    expect(await refused('SELECT s FROM sums')).toBe('SQ1101 table "sums" does not exist | known tables: t');
  });

  it.each([
    ['CREATE VIEW v AS SELECT nope', 'SQ1102 column "nope" does not exist | the query has no FROM'],
    [
      'CREATE VIEW v (a, b) AS SELECT 1',
      'SQ1105 the view has 1 column, not 2 | give a name to at most as many columns as there are',
    ],
    [
      'CREATE VIEW a.b AS SELECT 1',
      'SQ2001 a view in a schema is not supported yet | views are of the session: give it a name of one part',
    ],
    [
      'CREATE VIEW v AS SELECT $1',
      'SQ1112 parameter $1 has no value | no parameters were given: --param 1=…, or { parameters: … } of query()',
    ],
    ['CREATE VIEW v AS SELECT * FROM v', 'SQ1101 view "v": view "v" reads itself | create it again over other tables'],
    ['DROP VIEW v', 'SQ1113 there is no view "v" | DROP VIEW IF EXISTS does not mind'],
  ])('%s', async (sql, expected) => {
    expect(await refused(sql)).toBe(expected);
    expect(await session.rows('DROP VIEW IF EXISTS v')).toEqual([]);
  });

  it('are not made twice', async () => {
    await session.rows('CREATE VIEW v AS SELECT 1');
    expect(await refused('CREATE VIEW V AS SELECT 2')).toBe(
      'SQ1113 there is a view "v" already | write CREATE OR REPLACE VIEW',
    );
  });
});

describe('statements that write', () => {
  const catalog = new FakeCatalog({ t: { schema: [field('a', INTEGER), field('b', VARCHAR)] } });

  it.each([
    [
      "copy t to 'x.parquet'",
      "SQ2008 COPY … TO is planned but not run yet | copy t to 'x.parquet' | run its query and write the result: --format csv or --format arrow",
    ],
    [
      'create table u as select a from t',
      'SQ2008 CREATE TABLE AS is planned but not run yet | create table u as select a from t | run its query and write the result: --format csv or --format arrow',
    ],
    ['create table u as select c from t', 'SQ1102 column "c" does not exist | c | t: a, b'],
    [
      'explain (costs off) select 1',
      'SQ2007 EXPLAIN (COSTS off) is not supported | explain (costs off) select 1 | there are FORMAT text, json, mermaid; TYPE logical, optimized, distributed, io; ANALYZE',
    ],
    [
      'explain (analyze, format json) select 1',
      'SQ2007 EXPLAIN ANALYZE with FORMAT or TYPE is not supported yet | explain (analyze, format json) select 1 | there are FORMAT text, json, mermaid; TYPE logical, optimized, distributed, io; ANALYZE',
    ],
  ])('%s', async (sql, expected) => expect(await refusalOf(sql, { catalog })).toBe(expected));
});

describe('parameters', () => {
  const catalog = new FakeCatalog({
    t: {
      schema: [
        field('a', INTEGER),
        field('b', VARCHAR),
        field('d', DATE),
        field('m', decimal(9, 2)),
        field('n', BIGINT),
      ],
    },
  });
  const rows = async (sql: string, parameters: ParameterValues) => (await session.query(sql, { parameters })).rows;
  const refusal = (sql: string, parameters?: ParameterValues) =>
    refusalOf(sql, { catalog, ...(parameters && { parameters }) } satisfies PlanQueryOptions);

  it('are taken by position and by name', async () => {
    expect(await rows('SELECT $2, $1, $1', [1, 'x'])).toEqual([['x', 1, 1]]);
    expect(await rows('SELECT ? + ?', [1, 2n])).toEqual([[3n]]);
    expect(await rows('SELECT :day || $day', { day: 'x' })).toEqual([['xx']]);
    expect(await rows('SELECT id FROM t WHERE id IN (?, ?) ORDER BY id LIMIT ?', [5, 7, 1])).toEqual([[5n]]);
  });

  it('have the types of their values', async () => {
    const { columns } = await session.query('SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?', {
      parameters: [
        null,
        true,
        1,
        2 ** 40,
        1.5,
        2n ** 70n,
        'x',
        new Date('2020-01-02T03:04:05.678Z'),
        new Uint8Array([1]),
      ],
    });
    expect(columns.map(({ type }) => type.kind)).toEqual([
      'varchar',
      'boolean',
      'integer',
      'bigint',
      'double',
      'decimal',
      'varchar',
      'timestamp',
      'blob',
    ]);
    expect(await rows('SELECT ?, 2 = ANY (?)', [-0, [1, 2]])).toEqual([[-0, true]]);
    expect(await rows('SELECT CAST(? AS varchar)', [new Date('2020-01-02T03:04:05.678Z')])).toEqual([
      ['2020-01-02 03:04:05.678'],
    ]);
  });

  it('that are texts take the type of what they stand beside', async () => {
    expect(
      await rows('SELECT count(*) FROM t WHERE day < :d AND id >= :n AND name <> :s', {
        d: '1992-01-03',
        n: '1',
        s: 'q',
      }),
    ).toEqual(await session.rows("SELECT count(*) FROM t WHERE day < '1992-01-03' AND id >= 1 AND name <> 'q'"));
    expect(await rows('SELECT id FROM t ORDER BY id LIMIT :n OFFSET :m', { n: '1', m: '2' })).toEqual([[2n]]);
    expect(await rows('SELECT id + :n FROM t WHERE id = 1', { n: '41' })).toEqual([[42n]]);
  });

  it('stand in EXPLAIN too', async () => {
    expect((await rows('EXPLAIN (TYPE logical) SELECT $1', ['x'])).map(([line]) => line)).toEqual([
      "Project 'x' AS $1",
      '  Values ()',
    ]);
  });

  it.each<[string, ParameterValues | undefined, string]>([
    [
      'select $1',
      undefined,
      'SQ1112 parameter $1 has no value | $1 | no parameters were given: --param 1=…, or { parameters: … } of query()',
    ],
    [
      'select ?, ?',
      [1],
      'SQ1112 parameter $2 has no value | ? | given are $1: --param 2=…, or { parameters: … } of query()',
    ],
    ['select :dayz', { day: 1 }, 'SQ1112 parameter :dayz has no value | :dayz | did you mean "day"?'],
    [
      'select :x',
      { long: 1 },
      'SQ1112 parameter :x has no value | :x | given are :long: --param x=…, or { parameters: … } of query()',
    ],
    ['select $1', [1, 2], 'SQ1112 the query has no parameter $2 |  | it has $1'],
    ['select 1', { day: 1 }, 'SQ1112 the query has no parameter :day |  | it has none'],
    [
      'select 1 from t where d < $1',
      ['x'],
      "SQ1108 'x' is not a value of type date | $1 | write it as date '1998-09-02'",
    ],
    ['select 1 limit $1', ['x'], "SQ1108 'x' is not a value of type bigint | $1 | "],
    [
      'select sum($1) from t',
      ['x'],
      'SQ1105 sum(varchar) does not exist | sum($1) | there is sum(bigint), sum(double)',
    ],
    [
      'select $1',
      [new Date(Number.NaN)],
      'SQ1112 parameter $1 is an invalid Date | $1 | give null, a boolean, a number, a bigint, a string, a Date, a Uint8Array or an array of them',
    ],
    [
      'select $1',
      [2n ** 200n],
      'SQ1112 parameter $1 is a number of 61 digits | $1 | give null, a boolean, a number, a bigint, a string, a Date, a Uint8Array or an array of them',
    ],
    [
      'select $1',
      [{} as never],
      'SQ1112 parameter $1 is a value of no SQL type | $1 | give null, a boolean, a number, a bigint, a string, a Date, a Uint8Array or an array of them',
    ],
    ['select $1', [[1, 'x']], "SQ1108 'x' is not a value of type integer | $1 | "],
  ])('%s of %s', async (sql, parameters, expected) => expect(await refusal(sql, parameters)).toBe(expected));
});

it('what now() says is told once', async () => {
  const { logical } = await planQuery(
    'SELECT now() = now(), current_date, current_timestamp, localtimestamp, current_time',
    {
      catalog: new FakeCatalog({}),
      now: 1_600_000_000_123_456n,
    },
  );
  const exprs = logical.kind === 'project' ? logical.exprs.slice(1) : [];
  expect(exprs.map((expr) => (expr.kind === 'literal' ? [expr.type.kind, expr.value] : null))).toEqual([
    ['date', 18518],
    ['timestamptz', 1_600_000_000_123_456n],
    ['timestamp', 1_600_000_000_123_456n],
    ['time', 44_800_123_456n],
  ]);
});
