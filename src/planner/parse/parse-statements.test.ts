import { describe, expect, it } from 'vitest';
import { outlined } from './outline.test-helper.ts';

const reads = (rows: readonly (readonly [string, string])[]) =>
  it.each(rows)('%s', async (text, expected) => {
    expect(await outlined(text)).toBe(expected);
  });

describe('statements', () => {
  reads([
    ['EXPLAIN SELECT 1', 'explain{statement: select{query: {body: select{items: [{expr: 1}]}}}}'],
    ['EXPLAIN ANALYZE SELECT 1', 'explain{analyze, statement: select{query: {body: select{items: [{expr: 1}]}}}}'],
    [
      'EXPLAIN ANALYZE VERBOSE FROM t',
      'explain{analyze, options: [{name: verbose, value: true}], statement: select{query: {body: select{items: [{expr: star}], from: [table{path: [t]}]}}}}',
    ],
    [
      'EXPLAIN (ANALYZE, FORMAT json, COSTS off) SELECT 1',
      'explain{analyze, options: [{name: format, value: json}, {name: costs, value: off}], statement: select{query: {body: select{items: [{expr: 1}]}}}}',
    ],
    ['EXPLAIN (ANALYZE false) SELECT 1', 'explain{statement: select{query: {body: select{items: [{expr: 1}]}}}}'],
    ['DESCRIBE t', 'describe{query: {body: select{items: [{expr: star}], from: [table{path: [t]}]}}}'],
    ['DESCRIBE s.t', 'describe{query: {body: select{items: [{expr: star}], from: [table{path: [s, t]}]}}}'],
    [
      "DESC 's3://b/a.parquet'",
      'describe{query: {body: select{items: [{expr: star}], from: [file{uri: s3://b/a.parquet}]}}}',
    ],
    ['DESCRIBE SELECT a FROM t', 'describe{query: {body: select{items: [{expr: a}], from: [table{path: [t]}]}}}'],
    ['DESCRIBE FROM t SELECT a', 'describe{query: {body: select{items: [{expr: a}], from: [table{path: [t]}]}}}'],
    [
      "DESCRIBE read_parquet('a.parquet')",
      "describe{query: {body: select{items: [{expr: star}], from: [function{name: read_parquet, args: ['a.parquet']}]}}}",
    ],
    ['SHOW TABLES', 'show{what: tables}'],
    ['show functions', 'show{what: functions}'],
    ['SHOW SETTINGS', 'show{what: settings}'],
    ['SHOW ALL', 'show{what: settings}'],
    ['SHOW integer_division', 'show{what: setting, name: integer_division}'],
    ['SHOW search.path', 'show{what: setting, name: search.path}'],
    ['SET a = 1', "set{name: a, value: '1'}"],
    ["SET a TO 'x''y'", "set{name: a, value: 'x'y'}"],
    ['SET SESSION a.b = on', "set{name: a.b, value: 'on'}"],
    ['SET a = -1.5', "set{name: a, value: '-1.5'}"],
    ['SET a = DEFAULT', 'reset{name: a}'],
    ['SET "A" = "b"', `set{name: "A", value: 'b'}`],
    ['SET session = 1', "set{name: session, value: '1'}"],
    ['RESET a', 'reset{name: a}'],
    ['RESET ALL', 'reset'],
    ['CREATE VIEW v AS SELECT 1', 'createView{path: [v], query: {body: select{items: [{expr: 1}]}}}'],
    [
      'CREATE OR REPLACE TEMPORARY VIEW s.V (a, b) AS FROM t',
      'createView{path: [s, V], columns: [a, b], orReplace, temporary, query: {body: select{items: [{expr: star}], from: [table{path: [t]}]}}}',
    ],
    [
      'CREATE TEMP VIEW v AS WITH a AS (SELECT 1) TABLE a',
      'createView{path: [v], temporary, query: {with: [{name: a, query: {body: select{items: [{expr: 1}]}}}], body: select{items: [{expr: star}], from: [table{path: [a]}]}}}',
    ],
    ['DROP VIEW v', 'dropView{paths: [[v]]}'],
    ['DROP VIEW IF EXISTS s.v, "V" RESTRICT', 'dropView{paths: [[s, v], ["V"]], ifExists}'],
    [
      "COPY t TO 'a.parquet'",
      "copy{query: {body: select{items: [{expr: star}], from: [table{path: [t]}]}}, uri: 'a.parquet'}",
    ],
    [
      `COPY s.t (a, "B") TO 's3://b/a.csv' WITH (FORMAT csv, HEADER)`,
      `copy{query: {body: select{items: [{expr: a}, {expr: "B"}], from: [table{path: [s, t]}]}}, uri: 's3://b/a.csv', options: [{name: format, values: [csv]}, {name: header, values: [true]}]}`,
    ],
    [
      "COPY (SELECT 1) TO 'a.parquet' (FORMAT parquet, COMPRESSION 'zstd', ROW_GROUP_SIZE 1000, PARTITION_BY (a, B), HEADER false)",
      "copy{query: {body: select{items: [{expr: 1}]}}, uri: 'a.parquet', options: [{name: format, values: [parquet]}, {name: compression, values: [zstd]}, {name: row_group_size, values: [1000]}, {name: partition_by, values: [a, B]}, {name: header, values: [false]}]}",
    ],
    [
      "COPY (FROM 'a.parquet' SELECT a) TO 'b.parquet'",
      "copy{query: {body: select{items: [{expr: a}], from: [file{uri: a.parquet}]}}, uri: 'b.parquet'}",
    ],
    [
      "COPY 'a.parquet' TO 'b.csv'",
      "copy{query: {body: select{items: [{expr: star}], from: [file{uri: a.parquet}]}}, uri: 'b.csv'}",
    ],
    ['CREATE TABLE t AS SELECT 1', 'createTable{path: [t], query: {body: select{items: [{expr: 1}]}}}'],
    [
      'CREATE OR REPLACE TABLE s.t AS FROM u',
      'createTable{path: [s, t], orReplace, query: {body: select{items: [{expr: star}], from: [table{path: [u]}]}}}',
    ],
    [
      'CREATE TEMP TABLE IF NOT EXISTS t (a, b) AS VALUES (1, 2)',
      'createTable{path: [t], columns: [a, b], ifNotExists, temporary, query: {body: values{rows: [[1, 2]]}}}',
    ],
    [
      "CREATE TABLE t WITH (format = 'PARQUET', partitioned_by = a) AS SELECT 1",
      'createTable{path: [t], options: [{name: format, values: [PARQUET]}, {name: partitioned_by, values: [a]}], query: {body: select{items: [{expr: 1}]}}}',
    ],
  ]);
});
