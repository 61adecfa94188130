import { describe, expect, it } from 'vitest';
import { outline } from '../outline.test-helper.ts';
import { parseStatement } from '../parse.ts';
import type { Dialect } from './dialect.ts';

async function read(sql: string, dialect: Dialect): Promise<string> {
  const statement = await parseStatement(sql, { dialect });
  return outline(statement.kind === 'select' ? statement.query : statement);
}

describe('mysql', () => {
  it.each([
    [
      'SELECT `a b`, `c`.`d` FROM `my db`.`t` AS `x`',
      '{body: select{items: [{expr: "a b"}, {expr: "c"."d"}], from: [table{path: ["my db", "t"], alias: x}]}}',
    ],
    [
      `SELECT "it is", 'a' FROM t # the rest`,
      `{body: select{items: [{expr: 'it is'}, {expr: 'a'}], from: [table{path: [t]}]}}`,
    ],
    [
      'SELECT a FROM t LIMIT 5, 10',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, limit: 10, offset: 5}',
    ],
    [
      'SELECT CAST(a AS SIGNED), CAST(b AS CHAR), CAST(c AS DATETIME), CAST(d AS UNSIGNED) FROM t',
      '{body: select{items: [{expr: cast{operand: a, type: bigint}}, {expr: cast{operand: b, type: varchar}}, {expr: cast{operand: c, type: timestamp}}, {expr: cast{operand: d, type: ubigint}}], from: [table{path: [t]}]}}',
    ],
    [
      'SELECT d + INTERVAL 1 DAY FROM t',
      '{body: select{items: [{expr: binary{operator: +, left: d, right: interval{text: 1 day}}}], from: [table{path: [t]}]}}',
    ],
    [
      'SELECT `order`, `select`.`from` FROM t',
      '{body: select{items: [{expr: "order"}, {expr: "select"."from"}], from: [table{path: [t]}]}}',
    ],
    [
      'SELECT IF(a, 1, 2), IFNULL(b, 0), CONCAT(c, d) FROM t',
      '{body: select{items: [{expr: call{name: if, args: [a, 1, 2]}}, {expr: call{name: ifnull, args: [b, 0]}}, {expr: call{name: concat, args: [c, d]}}], from: [table{path: [t]}]}}',
    ],
    ['SELECT a FROM t -- comment', '{body: select{items: [{expr: a}], from: [table{path: [t]}]}}'],
    [
      'SELECT a FROM t /* # no comment */ WHERE b = "#"',
      `{body: select{items: [{expr: a}], from: [table{path: [t]}], where: binary{operator: =, left: b, right: '#'}}}`,
    ],
  ])('%s', async (sql, expected) => {
    expect(await read(sql, 'mysql')).toBe(expected);
  });
});

describe('bigquery', () => {
  it.each([
    [
      'SELECT * FROM `my-project.data.orders` AS o',
      '{body: select{items: [{expr: star}], from: [table{path: ["my-project", "data", "orders"], alias: o}]}}',
    ],
    [
      'SELECT * EXCEPT (a, b), t.* EXCEPT (c) FROM t',
      '{body: select{items: [{expr: star{exclude: [a, b]}}, {expr: star{qualifier: [t], exclude: [c]}}], from: [table{path: [t]}]}}',
    ],
    [
      'SELECT SAFE_CAST(a AS INT64), CAST(b AS FLOAT64), CAST(c AS STRING), CAST(d AS TIMESTAMP) FROM t',
      '{body: select{items: [{expr: cast{operand: a, type: bigint, try}}, {expr: cast{operand: b, type: double}}, {expr: cast{operand: c, type: varchar}}, {expr: cast{operand: d, type: timestamptz}}], from: [table{path: [t]}]}}',
    ],
    [
      'SELECT a FROM t QUALIFY ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) = 1',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}], qualify: binary{operator: =, left: call{name: row_number, over: {partitionBy: [b], orderBy: [{expr: c}]}}, right: 1}}}',
    ],
    [
      'SELECT a, COUNT(*) FROM t GROUP BY ALL',
      '{body: select{items: [{expr: a}, {expr: call{name: count, star}}], from: [table{path: [t]}], groupByAll}}',
    ],
    [
      'SELECT [1, 2], "text" FROM t, UNNEST([1, 2, 3]) AS x',
      `{body: select{items: [{expr: list{elements: [1, 2]}}, {expr: 'text'}], from: [table{path: [t]}, function{name: unnest, args: [list{elements: [1, 2, 3]}], alias: x}]}}`,
    ],
    [
      `SELECT DATE "2020-01-01", TIMESTAMP '2020-01-01 00:00:00+00' # note`,
      `{body: select{items: [{expr: cast{operand: '2020-01-01', type: date}}, {expr: cast{operand: '2020-01-01 00:00:00+00', type: timestamptz}}]}}`,
    ],
  ])('%s', async (sql, expected) => {
    expect(await read(sql, 'bigquery')).toBe(expected);
  });
});

describe('snowflake', () => {
  it.each([
    [
      'SELECT a::INT, b::VARCHAR::DATE, c::NUMBER(10, 2), -d::FLOAT FROM t',
      '{body: select{items: [{expr: cast{operand: a, type: integer}}, {expr: cast{operand: cast{operand: b, type: varchar}, type: date}}, {expr: cast{operand: c, type: decimal{precision: 10, scale: 2}}}, {expr: unary{operator: -, operand: cast{operand: d, type: double}}}], from: [table{path: [t]}]}}',
    ],
    ['SELECT * EXCLUDE (a) FROM t', '{body: select{items: [{expr: star{exclude: [a]}}], from: [table{path: [t]}]}}'],
    [
      'SELECT a FROM "T" QUALIFY RANK() OVER (ORDER BY b) <= 3 ORDER BY a',
      '{body: select{items: [{expr: a}], from: [table{path: ["T"]}], qualify: binary{operator: <=, left: call{name: rank, over: {orderBy: [{expr: b}]}}, right: 3}}, orderBy: [{expr: a}]}',
    ],
    [
      `SELECT a ILIKE 'x%', IFF(b, 1, 0), NVL(c, d) FROM t`,
      `{body: select{items: [{expr: like{operator: ilike, input: a, pattern: 'x%'}}, {expr: call{name: iff, args: [b, 1, 0]}}, {expr: call{name: nvl, args: [c, d]}}], from: [table{path: [t]}]}}`,
    ],
    ['SELECT a FROM t GROUP BY ALL', '{body: select{items: [{expr: a}], from: [table{path: [t]}], groupByAll}}'],
    [
      'SELECT $1, $2 FROM t',
      '{body: select{items: [{expr: parameter{key: 1}}, {expr: parameter{key: 2}}], from: [table{path: [t]}]}}',
    ],
    [
      'SELECT CAST(a AS TIMESTAMP_NTZ), TRY_CAST(b AS DATETIME) FROM t',
      '{body: select{items: [{expr: cast{operand: a, type: timestamp}}, {expr: cast{operand: b, type: timestamp, try}}], from: [table{path: [t]}]}}',
    ],
  ])('%s', async (sql, expected) => {
    expect(await read(sql, 'snowflake')).toBe(expected);
  });
});

describe('trino', () => {
  it.each([
    [
      'SELECT a FROM t CROSS JOIN UNNEST(b) WITH ORDINALITY AS u(x, n)',
      '{body: select{items: [{expr: a}], from: [join{type: cross, left: table{path: [t]}, right: function{name: unnest, args: [b], ordinality, alias: u, columnAliases: [x, n]}}]}}',
    ],
    [
      `SELECT TRY_CAST(a AS BIGINT), date_add('day', 1, d), approx_distinct(c) FROM hive.s."T"`,
      `{body: select{items: [{expr: cast{operand: a, type: bigint, try}}, {expr: call{name: date_add, args: ['day', 1, d]}}, {expr: call{name: approx_distinct, args: [c]}}], from: [table{path: [hive, s, "T"]}]}}`,
    ],
    [
      `SELECT ARRAY[1, 2], CAST(a AS VARBINARY), INTERVAL '2' DAY FROM t`,
      '{body: select{items: [{expr: list{elements: [1, 2]}}, {expr: cast{operand: a, type: blob}}, {expr: interval{text: 2, fields: [day]}}], from: [table{path: [t]}]}}',
    ],
    [
      `SELECT sum(a) FILTER (WHERE b) OVER (ORDER BY c RANGE BETWEEN INTERVAL '1' DAY PRECEDING AND CURRENT ROW EXCLUDE TIES) FROM t`,
      '{body: select{items: [{expr: call{name: sum, args: [a], filter: b, over: {orderBy: [{expr: c}], frame: {unit: range, start: preceding{offset: interval{text: 1, fields: [day]}}, end: currentRow, exclude: ties}}}}], from: [table{path: [t]}]}}',
    ],
    [
      `SELECT x AT TIME ZONE 'UTC', a IS NOT DISTINCT FROM b FROM t`,
      `{body: select{items: [{expr: call{name: timezone, args: ['UTC', x]}}, {expr: isDistinct{negated, left: a, right: b}}], from: [table{path: [t]}]}}`,
    ],
    [
      'SELECT a FROM t ORDER BY b NULLS FIRST OFFSET 5 ROWS FETCH FIRST 10 ROWS WITH TIES',
      '{body: select{items: [{expr: a}], from: [table{path: [t]}]}, orderBy: [{expr: b, nullsFirst}], limit: 10, offset: 5, withTies}',
    ],
    [
      'SELECT a, grouping(a) FROM t GROUP BY GROUPING SETS ((a, b), (a), ()), ROLLUP (c)',
      '{body: select{items: [{expr: a}, {expr: call{name: grouping, args: [a]}}], from: [table{path: [t]}], groupBy: [sets{items: [list{items: [a, b]}, a, empty]}, rollup{items: [c]}]}}',
    ],
    [
      'SELECT lag(a) IGNORE NULLS OVER w FROM t WINDOW w AS (PARTITION BY b)',
      '{body: select{items: [{expr: call{name: lag, args: [a], nulls: ignore, over: {name: w}}}], from: [table{path: [t]}], windows: [{name: w, window: {partitionBy: [b]}}]}}',
    ],
    ['EXPLAIN ANALYZE SELECT 1', 'explain{analyze, statement: select{query: {body: select{items: [{expr: 1}]}}}}'],
    ['SHOW TABLES', 'show{what: tables}'],
    ['SET a = 1', `set{name: a, value: '1'}`],
  ])('%s', async (sql, expected) => {
    expect(await read(sql, 'trino')).toBe(expected);
  });
});
