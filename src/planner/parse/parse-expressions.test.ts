import { describe, expect, it } from 'vitest';
import { expression } from './outline.test-helper.ts';

const reads = (rows: readonly (readonly [string, string])[]) =>
  it.each(rows)('%s', async (text, expected) => {
    expect(await expression(text)).toBe(expected);
  });

describe('literals', () => {
  reads([
    ['1_000', '1000'],
    ['0x1F', '31'],
    ['0b101', '5'],
    ['0o17', '15'],
    ['1_000_000_000_000', '1_000_000_000_000'],
    ['.5e-3', '.5e-3'],
    ['5.', '5.'],
    [`E'a\\tb\\'c'`, "'a	b'c'"],
    [`U&'d\\0061t\\+000061'`, "'data'"],
    ["U&'d!0061' UESCAPE '!'", "'da'"],
    ["$$it's$$", "'it's'"],
    ['$tag$a $$ b$tag$', "'a $$ b'"],
    ["'it''s'", "'it's'"],
    ["N'x'", "cast{operand: 'x', type: varchar}"],
    ["interval '90' day", 'interval{text: 90, fields: [day]}'],
    ["interval '90' day (3)", 'interval{text: 90, fields: [day]}'],
    ["interval '1-2' year to month", 'interval{text: 1-2, fields: [year, month]}'],
    ["interval '1.5' second", 'interval{text: 1.5, fields: [second]}'],
    ["interval '1 day 2 hours'", 'interval{text: 1 day 2 hours}'],
    ['interval 5 days', 'interval{text: 5 days}'],
    ['interval 2 Week', 'interval{text: 2 week}'],
    ["interval '2' week", 'interval{text: 2 week}'],
    ["interval '2' Quarters", 'interval{text: 2 quarters}'],
    ["date '1998-12-01'", "cast{operand: '1998-12-01', type: date}"],
    ["DATE '1998-12-01'", "cast{operand: '1998-12-01', type: date}"],
    ["timestamp with time zone '2020-01-01 00:00:00+01'", "cast{operand: '2020-01-01 00:00:00+01', type: timestamptz}"],
    ["Timestamp '2020-01-01'", "cast{operand: '2020-01-01', type: timestamp}"],
    ["'1'::int[][]", "cast{operand: '1', type: list{element: list{element: integer}}}"],
    ['CAST(a AS Integer ARRAY)', 'cast{operand: a, type: list{element: integer}}'],
    ['true', 'true'],
    ['NULL', 'null'],
  ]);
});

describe('operators', () => {
  reads([
    [
      'a + b * c - -d',
      'binary{operator: -, left: binary{operator: +, left: a, right: binary{operator: *, left: b, right: c}}, right: unary{operator: -, operand: d}}',
    ],
    ['a OR b AND NOT c', 'or{args: [a, and{args: [b, not{operand: c}]}]}'],
    ['NOT a = b', 'not{operand: binary{operator: =, left: a, right: b}}'],
    ['a || b + c', 'binary{operator: ||, left: a, right: binary{operator: +, left: b, right: c}}'],
    ['a LIKE b || c', 'like{operator: like, input: a, pattern: binary{operator: ||, left: b, right: c}}'],
    ['-2 ^ 2', 'binary{operator: ^, left: -2, right: 2}'],
    [
      '~a & b | c',
      'binary{operator: |, left: binary{operator: &, left: unary{operator: ~, operand: a}, right: b}, right: c}',
    ],
    ['a <> b', 'binary{operator: <>, left: a, right: b}'],
    ['a != b', 'binary{operator: <>, left: a, right: b}'],
    ["a ~ 'x'", "binary{operator: ~, left: a, right: 'x'}"],
    ['a IS NOT DISTINCT FROM b', 'isDistinct{negated, left: a, right: b}'],
    ["a IS DISTINCT FROM 'x'", "isDistinct{left: a, right: 'x'}"],
    ['a ISNULL', 'isNull{operand: a}'],
    ['a NOTNULL', 'isNull{operand: a, negated}'],
    ['a IS NOT UNKNOWN', 'isTruth{operand: a, truth: unknown, negated}'],
    ['a BETWEEN b AND c AND d', 'and{args: [between{input: a, low: b, high: c}, d]}'],
    ['a NOT BETWEEN SYMMETRIC b AND c', 'between{negated, symmetric, input: a, low: b, high: c}'],
    [`a NOT ILIKE 'x%' ESCAPE '\\'`, `like{operator: ilike, negated, input: a, pattern: 'x%', escape: '\\'}`],
    ["a NOT SIMILAR TO 'x|y'", "like{operator: similar to, negated, input: a, pattern: 'x|y'}"],
    ['a IN (1, 2)', 'inList{input: a, list: [1, 2]}'],
    ['a NOT IN (1, NULL)', 'inList{negated, input: a, list: [1, null]}'],
    ["a AT TIME ZONE 'UTC' < b", "binary{operator: <, left: call{name: timezone, args: ['UTC', a]}, right: b}"],
  ]);
});

describe('rows lists and fields', () => {
  reads([
    ['ROW(a, b)', 'row{args: [a, b]}'],
    ['ROW(a)', 'row{args: [a]}'],
    ['ROW()', 'row'],
    ['(a, b) = (c, d)', 'binary{operator: =, left: row{args: [a, b]}, right: row{args: [c, d]}}'],
    ['(a, b) < ROW(c, d)', 'binary{operator: <, left: row{args: [a, b]}, right: row{args: [c, d]}}'],
    ['(a, b) IN ((1, 2), (3, 4))', 'inList{input: row{args: [a, b]}, list: [row{args: [1, 2]}, row{args: [3, 4]}]}'],
    [
      '(a, b) IN (SELECT 1, 2)',
      'subquery{form: any{operator: =, operand: row{args: [a, b]}}, query: {body: select{items: [{expr: 1}, {expr: 2}]}}}',
    ],
    [
      '(a, b) NOT IN (SELECT 1, 2)',
      'not{operand: subquery{form: any{operator: =, operand: row{args: [a, b]}}, query: {body: select{items: [{expr: 1}, {expr: 2}]}}}}',
    ],
    [
      '(a, b) = (SELECT 1, 2)',
      'binary{operator: =, left: row{args: [a, b]}, right: subquery{form: scalar, query: {body: select{items: [{expr: 1}, {expr: 2}]}}}}',
    ],
    ['ARRAY[1, 2]', 'list{elements: [1, 2]}'],
    ['ARRAY[[1], [2]]', 'list{elements: [list{elements: [1]}, list{elements: [2]}]}'],
    ['[1, [2, 3]]', 'list{elements: [1, list{elements: [2, 3]}]}'],
    ['[]', 'list'],
    [
      'a[1][b + 1]',
      'subscript{operand: subscript{operand: a, index: 1}, index: binary{operator: +, left: b, right: 1}}',
    ],
    ['a.b[1]', 'subscript{operand: a.b, index: 1}'],
    ['a[1:2]', 'call{name: list_slice, args: [a, 1, 2]}'],
    ['a[:n]', 'call{name: list_slice, args: [a, 1, n]}'],
    ['f(a)[2:][1]', 'subscript{operand: call{name: list_slice, args: [call{name: f, args: [a]}, 2, -1]}, index: 1}'],
    ['[a, b][1]', 'subscript{operand: list{elements: [a, b]}, index: 1}'],
    ['ARRAY[a][1]', 'subscript{operand: list{elements: [a]}, index: 1}'],
    ['f(x)[1][2]', 'subscript{operand: subscript{operand: call{name: f, args: [x]}, index: 1}, index: 2}'],
    [
      'F(g(x)[1]).y',
      'field{operand: call{name: f, args: [subscript{operand: call{name: g, args: [x]}, index: 1}]}, field: y}',
    ],
    ['x::decimal(10, 2)[]', 'cast{operand: x, type: list{element: decimal{precision: 10, scale: 2}}}'],
    ['(s).f', 'field{operand: s, field: f}'],
    ['(s).f.g', 'field{operand: field{operand: s, field: f}, field: g}'],
    ['(f(x)).y[1]', 'subscript{operand: field{operand: call{name: f, args: [x]}, field: y}, index: 1}'],
    ['"S"."T".c', '"S"."T".c'],
    ['a.b.c', 'a.b.c'],
  ]);
});

describe('subqueries', () => {
  reads([
    ['(SELECT 1)', 'subquery{form: scalar, query: {body: select{items: [{expr: 1}]}}}'],
    [
      '((SELECT 1)) + 1',
      'binary{operator: +, left: subquery{form: scalar, query: {body: select{items: [{expr: 1}]}}}, right: 1}',
    ],
    ['EXISTS (SELECT 1)', 'subquery{form: exists, query: {body: select{items: [{expr: 1}]}}}'],
    ['NOT EXISTS (VALUES (1))', 'not{operand: subquery{form: exists, query: {body: values{rows: [[1]]}}}}'],
    ['a = ANY (SELECT b)', 'subquery{form: any{operator: =, operand: a}, query: {body: select{items: [{expr: b}]}}}'],
    ['a = SOME (SELECT b)', 'subquery{form: any{operator: =, operand: a}, query: {body: select{items: [{expr: b}]}}}'],
    [
      'a > ALL (VALUES (1), (2))',
      'subquery{form: all{operator: >, operand: a}, query: {body: values{rows: [[1], [2]]}}}',
    ],
    ['a = ANY ([1, 2])', 'quantified{quantifier: any, operator: =, operand: a, list: list{elements: [1, 2]}}'],
    ['a <> ALL (b)', 'quantified{quantifier: all, operator: <>, operand: a, list: b}'],
    ['ARRAY(SELECT b)', 'subquery{form: array, query: {body: select{items: [{expr: b}]}}}'],
    [
      'a IN (TABLE u)',
      'subquery{form: any{operator: =, operand: a}, query: {body: select{items: [{expr: star}], from: [table{path: [u]}]}}}',
    ],
    [
      'a NOT IN (FROM u)',
      'not{operand: subquery{form: any{operator: =, operand: a}, query: {body: select{items: [{expr: star}], from: [table{path: [u]}]}}}}',
    ],
    [
      'CASE WHEN EXISTS (SELECT 1) THEN (SELECT 2) ELSE 3 END',
      'case{branches: [{when: subquery{form: exists, query: {body: select{items: [{expr: 1}]}}}, result: subquery{form: scalar, query: {body: select{items: [{expr: 2}]}}}}], otherwise: 3}',
    ],
  ]);
});

describe('calls', () => {
  reads([
    ['count(*)', 'call{name: count, star}'],
    ['COUNT(DISTINCT a)', 'call{name: count, args: [a], distinct}'],
    ['count(ALL a)', 'call{name: count, args: [a]}'],
    ['sum(a) FILTER (WHERE b)', 'call{name: sum, args: [a], filter: b}'],
    [
      "string_agg(a, ',' ORDER BY b DESC NULLS LAST, c)",
      "call{name: string_agg, args: [a, ','], orderBy: [{expr: b, descending, nullsFirst: false}, {expr: c}]}",
    ],
    [
      'percentile_cont(0.5) WITHIN GROUP (ORDER BY a)',
      'call{name: percentile_cont, args: [0.5], orderBy: [{expr: a}], withinGroup}',
    ],
    ['mode() WITHIN GROUP (ORDER BY a)', 'call{name: mode, orderBy: [{expr: a}], withinGroup}'],
    ['GROUPING(a, b)', 'call{name: grouping, args: [a, b]}'],
    ['coalesce(a, b)', 'call{name: coalesce, args: [a, b]}'],
    ['nullif(a, b)', 'call{name: nullif, args: [a, b]}'],
    ['greatest(a, b)', 'call{name: greatest, args: [a, b]}'],
    ['LEAST(a)', 'call{name: least, args: [a]}'],
    ['extract(YEAR FROM a)', "call{name: extract, args: ['year', a]}"],
    ["extract('epoch' FROM a)", "call{name: extract, args: ['epoch', a]}"],
    ['substring(a FROM 2 FOR 3)', 'call{name: substring, args: [a, 2, 3]}'],
    ['substring(a FOR 3)', 'call{name: substring, args: [a, 1, cast{operand: 3, type: integer}]}'],
    ['substring(a, 2)', 'call{name: substring, args: [a, 2]}'],
    ["position('a' IN b)", "call{name: position, args: [b, 'a']}"],
    ['overlay(a PLACING b FROM 1 FOR 2)', 'call{name: overlay, args: [a, b, 1, 2]}'],
    ['trim(a)', 'call{name: btrim, args: [a]}'],
    ["trim(LEADING 'x' FROM a)", "call{name: ltrim, args: [a, 'x']}"],
    ['trim(TRAILING FROM a)', 'call{name: rtrim, args: [a]}'],
    ["trim(BOTH FROM a, 'x')", "call{name: btrim, args: [a, 'x']}"],
    ['current_date', 'call{name: current_date}'],
    ['CURRENT_TIMESTAMP', 'call{name: current_timestamp}'],
    ['localtimestamp', 'call{name: localtimestamp}'],
    ['"Foo"(a)', 'call{name: Foo, args: [a]}'],
    ['f(a, x => 1, y := 2)', 'call{name: f, args: [a], namedArgs: [{name: x, value: 1}, {name: y, value: 2}]}'],
    ['left(a, 1)', 'call{name: left, args: [a, 1]}'],
  ]);
});

describe('windows', () => {
  reads([
    ['rank() OVER ()', 'call{name: rank, over: {}}'],
    ['rank() OVER w', 'call{name: rank, over: {name: w}}'],
    ['sum(a) OVER (w ORDER BY b)', 'call{name: sum, args: [a], over: {name: w, orderBy: [{expr: b}]}}'],
    [
      'sum(a) OVER (PARTITION BY a, b ORDER BY c DESC)',
      'call{name: sum, args: [a], over: {partitionBy: [a, b], orderBy: [{expr: c, descending}]}}',
    ],
    [
      'sum(a) OVER (ORDER BY b ROWS UNBOUNDED PRECEDING)',
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: rows, start: unboundedPreceding, end: currentRow}}}',
    ],
    [
      'sum(a) OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING)',
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: rows, start: preceding{offset: 1}, end: following{offset: 2}}}}',
    ],
    [
      "sum(a) OVER (ORDER BY b RANGE BETWEEN interval '1' day PRECEDING AND CURRENT ROW)",
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: range, start: preceding{offset: interval{text: 1, fields: [day]}}, end: currentRow}}}',
    ],
    [
      'sum(a) OVER (ORDER BY b RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW)',
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: range, start: currentRow, end: unboundedFollowing, exclude: currentRow}}}',
    ],
    [
      'sum(a) OVER (ORDER BY b GROUPS BETWEEN 1 FOLLOWING AND 3 FOLLOWING EXCLUDE GROUP)',
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: groups, start: following{offset: 1}, end: following{offset: 3}, exclude: group}}}',
    ],
    [
      'sum(a) OVER (ORDER BY b GROUPS 2 PRECEDING EXCLUDE TIES)',
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: groups, start: preceding{offset: 2}, end: currentRow, exclude: ties}}}',
    ],
    [
      'sum(a) OVER (ORDER BY b ROWS 1 PRECEDING EXCLUDE NO OTHERS)',
      'call{name: sum, args: [a], over: {orderBy: [{expr: b}], frame: {unit: rows, start: preceding{offset: 1}, end: currentRow}}}',
    ],
    ['count(*) FILTER (WHERE a) OVER w', 'call{name: count, star, filter: a, over: {name: w}}'],
    ['first_value(a IGNORE NULLS) OVER w', 'call{name: first_value, args: [a], nulls: ignore, over: {name: w}}'],
    [
      'lag(a, 1) IGNORE NULLS OVER (ORDER BY b)',
      'call{name: lag, args: [a, 1], nulls: ignore, over: {orderBy: [{expr: b}]}}',
    ],
    ['last_value(a) RESPECT NULLS OVER w', 'call{name: last_value, args: [a], nulls: respect, over: {name: w}}'],
  ]);
});

describe('casts', () => {
  reads([
    ['TRY_CAST(a AS decimal(10, 2))', 'cast{operand: a, type: decimal{precision: 10, scale: 2}, try}'],
    ["try_cast('x' AS interval)", "cast{operand: 'x', type: interval, try}"],
    ['TRY_CAST(TRY_CAST(a AS text) AS int)', 'cast{operand: cast{operand: a, type: varchar, try}, type: integer, try}'],
    ['a::int::text', 'cast{operand: cast{operand: a, type: integer}, type: varchar}'],
    ['a::timestamp with time zone', 'cast{operand: a, type: timestamptz}'],
  ]);
});

describe('parameters', () => {
  reads([
    ['$1 + $2', 'binary{operator: +, left: parameter{key: 1}, right: parameter{key: 2}}'],
    ['? + ?', 'binary{operator: +, left: parameter{key: 1}, right: parameter{key: 2}}'],
    ['?::int', 'cast{operand: parameter{key: 1}, type: integer}'],
    [':day', 'parameter{key: day}'],
    [':day::date', 'cast{operand: parameter{key: day}, type: date}'],
    [
      ':Day + :day + :Day',
      'binary{operator: +, left: binary{operator: +, left: parameter{key: Day}, right: parameter{key: day}}, right: parameter{key: Day}}',
    ],
    ['$day', 'parameter{key: day}'],
    ['$1 + :x', 'binary{operator: +, left: parameter{key: 1}, right: parameter{key: x}}'],
    ['a[?]', 'subscript{operand: a, index: parameter{key: 1}}'],
  ]);
});

describe('keywords as names', () => {
  reads([
    ['"select"', '"select"'],
    ['t.select', 't.select'],
    ['filter', 'filter'],
    ['a.offset', 'a.offset'],
  ]);
});
