import { describe, expect, it } from 'vitest';
import { SquallError } from '../../src/common/errors.ts';
import { renderError } from '../../src/common/render-error.ts';
import { BIGINT, DATE, decimal, INTEGER, TIMESTAMP, VARCHAR } from '../../src/common/types.ts';
import { valueText } from '../../src/operators/expr/value-text.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { evaluateSql } from '../functions/evaluate-sql.ts';
import { FakeCatalog, field } from './fake-catalog.ts';
import { refusalOf } from './refusal.ts';

const catalog = new FakeCatalog({
  t: {
    schema: [
      field('a', INTEGER),
      field('n', BIGINT),
      field('m', decimal(9, 2)),
      field('s', VARCHAR),
      field('d', DATE),
      field('ts', TIMESTAMP),
      field('l', { kind: 'list', element: INTEGER }),
      field('r', { kind: 'struct', fields: [{ name: 'Size', type: INTEGER, nullable: true }] }),
    ],
  },
});

const text = async (sql: string) => {
  const { type, value } = await evaluateSql(sql);
  return value === null ? 'NULL' : valueText(type)(value);
};

describe('expressions', () => {
  it.each([
    // Rows compare by their values, orderings by the first values that differ.
    ['(1, 2) = (1, 2)', 'true'],
    ['(1, 2) <> (1, 3)', 'true'],
    ['(1, 2) < (1, 3)', 'true'],
    ['(1, 3) < (1, 3)', 'false'],
    ['(1, 3) <= (1, 3)', 'true'],
    ['(2, NULL) > (1, 3)', 'true'],
    ['(1, NULL) > (1, 3)', 'NULL'],
    ['(1, NULL) = (2, 3)', 'false'],
    ['(1, NULL) IS DISTINCT FROM (1, NULL)', 'false'],
    ['(1, NULL) IS NOT DISTINCT FROM (1, NULL)', 'true'],
    ['(1, 2) IN ((3, 4), (1, 2))', 'true'],
    ['(1, 2) NOT IN ((1, NULL))', 'NULL'],
    ["(1, 'x') IN ((1, 'y'))", 'false'],
    ['ROW(NULL, NULL) IS NULL', 'true'],
    ['(1, NULL) IS NULL', 'false'],
    ['(1, NULL) IS NOT NULL', 'false'],
    ['(1, 2) BETWEEN (1, 1) AND (1, 3)', 'true'],
    // Lists.
    ['ARRAY[1, 2.5, NULL]', '[1.0, 2.5, NULL]'],
    ["['a', 'b']", '[a, b]'],
    ['[]', '[]'],
    ['(ARRAY[1, 2, 3])[2]', '2'],
    ['ARRAY[1] || ARRAY[2]', '[1, 2]'],
    ['ARRAY[1] || 2', '[1, 2]'],
    ['1 || ARRAY[2]', '[1, 2]'],
    ['2 = ANY (ARRAY[1, 2])', 'true'],
    ['2 = ANY (ARRAY[1, NULL])', 'NULL'],
    ['2 <> ALL (ARRAY[1, NULL])', 'NULL'],
    ['2 > ALL (ARRAY[]::integer[])', 'true'],
    ['2 > ANY (ARRAY[]::integer[])', 'false'],
    ['2 = ANY (list_value(1, 2))', 'true'],
    ['2 >= ALL (list_value(1, NULL))', 'NULL'],
    ['2 >= ALL (list_value(3, NULL))', 'false'],
    ['2 = ANY (NULL::integer[])', 'NULL'],
    // Operators and forms.
    ['~5', '-6'],
    ['5 & 3 | 8 # 1', '8'],
    ['2 ^ 10', '1024'],
    ['@ -5', '5'],
    ['|/ 16', '4'],
    ['+5', '5'],
    ['5 BETWEEN SYMMETRIC 7 AND 3', 'true'],
    ['5 NOT BETWEEN SYMMETRIC 7 AND 3', 'false'],
    ["'abc' SIMILAR TO '(a|b)%'", 'true'],
    ["'abc' NOT SIMILAR TO 'a'", 'true'],
    ["TRY_CAST('x' AS integer)", 'NULL'],
    ["TRY_CAST('12' AS integer)", '12'],
    ["TIMESTAMP '2020-01-01 00:00:00' AT TIME ZONE 'Europe/Berlin'", '2019-12-31 23:00:00+00'],
    ["OVERLAY('abcdef' PLACING 'xy' FROM 2 FOR 3)", 'axyef'],
    ["OVERLAY('abcdef' PLACING 'xy' FROM 6)", 'abcdexy'],
    ["TRIM(LEADING 'x' FROM 'xxa')", 'a'],
    ['COALESCE(NULL, NULL, 2.5)', '2.5'],
    ["CASE 1 WHEN '1' THEN 'a' END", 'a'],
    // A constant text takes the type of what it stands beside.
    ["'5' + 1", '6'],
    ["DATE '2020-01-01' + '1 day'", '2020-01-02 00:00:00'],
    ["TIMESTAMP '2020-01-02 00:00:00' - '2020-01-01'", '1 day'],
    ["DATE '2020-01-01' IN ('2020-01-01')", 'true'],
    ["NULLIF('1', 1)", 'NULL'],
    ["NOT 'false'", 'true'],
    ['now() > current_date', 'true'],
    ['single_row(1, 1)', '1'],
    ["INTERVAL '1-2' YEAR TO MONTH", '1 year 2 mons'],
    ["INTERVAL '3 04:05' DAY TO MINUTE", '3 days 04:05:00'],
    ["INTERVAL '-3 04:05:06.5' DAY TO SECOND", '-3 days +04:05:06.5'],
    ["INTERVAL '90:10' MINUTE TO SECOND", '01:30:10'],
    ["INTERVAL '-1.5' HOUR", '-01:30:00'],
    ["INTERVAL '1 day 2 hours' DAY TO HOUR", '1 day 02:00:00'],
  ])('%s is %s', async (sql, expected) => expect(await text(sql)).toBe(expected));
});

describe('expressions that cannot be', () => {
  it.each([
    [
      '(1, 2) = (1, 2, 3)',
      'SQ1105 cannot compare a row of 2 values with a row of 3 values | (1, 2) = (1, 2, 3) | both sides need as many values',
    ],
    [
      '(1, 2) = 1',
      'SQ1105 cannot compare a row of 2 values with a row of 1 value | (1, 2) = 1 | both sides need as many values',
    ],
    ['(1, 2) ~ (3, 4)', 'SQ1105 there is no operator row ~ row | (1, 2) ~ (3, 4) | compare the values'],
    [
      '(1, a) < (1, d)',
      'SQ1105 cannot compare integer with date | (1, a) < (1, d) | cast one of them: CAST(… AS integer) or CAST(… AS date)',
    ],
    ['ROW() IS NULL', 'SQ2001 a row without values is not supported | ROW() IS NULL | '],
    [
      '1 = ANY (a)',
      'SQ1105 ANY needs a list or a query, not a value of type integer | a | write ANY (ARRAY[…]) or IN (…)',
    ],
    [
      's = ANY (l)',
      'SQ1105 any_eq(varchar, integer[]) does not exist | s = ANY (l) | write any_eq(a, list), with arguments of fitting types',
    ],
    ['a + ANY (l) = 1', 'SQ1105 ANY takes a comparison, not + | a + ANY (l) | write =, <>, <, <=, > or >='],
    ['ARRAY[1, d]', 'SQ1105 a list mixes integer and date | ARRAY[1, d] | cast them to one type'],
    ['a[1]', 'SQ1105 there is no operator integer [] integer | a[1] | cast the operands'],
    ["l['x']", "SQ1105 there is no operator integer[] [] varchar | l['x'] | cast the operands"],
    ['(a).x', 'SQ1105 a value of type integer has no fields | (a).x | only structs have'],
    ['(r).siz', 'SQ1102 the struct has no field "siz" | siz | did you mean "Size"?'],
    ['(r).x', 'SQ1102 the struct has no field "x" | x | it has Size'],
    ['lower(a)', 'SQ1105 lower(integer) does not exist | lower(a) | there is lower(varchar)'],
    [
      'substring(a, 1)',
      'SQ1105 substring(integer, integer) does not exist | substring(a, 1) | there is substring(varchar, bigint)',
    ],
    [
      "date_trunc('month', s)",
      "SQ1105 date_trunc(varchar, varchar) does not exist | date_trunc('month', s) | there is date_trunc(varchar, date), date_trunc(varchar, timestamp), date_trunc(varchar, timestamp with time zone)",
    ],
    [
      'greatest(1, s)',
      'SQ1105 greatest(integer, varchar) does not exist | greatest(1, s) | write greatest(a, …), with arguments of fitting types',
    ],
    ['lowr(s)', 'SQ1104 function "lowr" does not exist | lowr(s) | did you mean "lower"?'],
    ['s + 1', 'SQ1105 there is no operator varchar + integer | s + 1 | cast the operands'],
    ['~s', 'SQ1105 there is no operator ~ varchar | ~s | cast the operand'],
    ['-s', 'SQ1105 there is no operator - varchar | -s | cast the operand'],
    ["d < 'x'", "SQ1108 'x' is not a value of type date | 'x' | write it as date '1998-09-02'"],
    ["NOT 'x'", "SQ1108 'x' is not a value of type boolean | 'x' | "],
    ['NOT a', 'SQ1105 NOT needs a condition, not a value of type integer | a | write a comparison'],
    ['a IS TRUE', 'SQ1105 IS needs a condition, not a value of type integer | a | write a comparison'],
    ['CAST(d AS integer)', 'SQ1105 cannot cast date to integer | CAST(d AS integer) | '],
    ['TRY_CAST(d AS integer)', 'SQ1105 cannot cast date to integer | TRY_CAST(d AS integer) | '],
    ['a IN (1, d)', 'SQ1105 IN mixes integer and date | a IN (1, d) | cast them to one type'],
    ['abs(x => 1)', 'SQ2001 an argument by name is not supported for abs() | x => 1 | give the arguments by position'],
    ['abs(a IGNORE NULLS)', 'SQ1106 abs() does not take IGNORE NULLS | abs(a IGNORE NULLS) | '],
    ['ROW()', 'SQ2001 a row without values is not supported | ROW() | '],
    ["(1, 2) || 'x'", "SQ1105 there is no operator row || varchar | (1, 2) || 'x' | compare the values"],
    [
      'struct_pack(1)',
      "SQ1105 struct_pack takes arguments with names | struct_pack(1) | write struct_pack(a := 1, b := 'x')",
    ],
    ['struct_pack(a := 1, a := 2)', 'SQ1105 the struct has two fields "a" | a | '],
    ['COALESCE(a, d)', 'SQ1105 COALESCE mixes integer and date | COALESCE(a, d) | cast them to one type'],
    [
      "INTERVAL '1' DAY TO SECOND",
      "SQ1108 '1' is not an interval of day, hour, minute, second | INTERVAL '1' DAY TO SECOND | write the units into the text: interval '1 day 2 hours'",
    ],
    [
      'random()',
      'SQ2001 random() is not supported: attempts at one task would give different rows | random() | take the digits of a hash: md5(key)',
    ],
    [
      'current_user',
      'SQ2001 current_user is not supported | current_user | a session has no users, catalogs or schemas',
    ],
  ])('%s', async (sql, expected) => {
    expect(await refusalOf(`SELECT ${sql} FROM t`, { catalog })).toBe(expected);
  });

  it('are shown with their line and a caret', async () => {
    const sql = 'SELECT a,\n  lowr(s)\nFROM t';
    const error: unknown = await planQuery(sql, { catalog }).catch((thrown: unknown) => thrown);
    expect(error instanceof SquallError && renderError(error, sql)).toBe(
      [
        'error[SQ1104] function "lowr" does not exist',
        '  line 2, column 3',
        '2 |   lowr(s)',
        '      ^^^^^^^',
        'hint: did you mean "lower"?',
      ].join('\n'),
    );
  });
});
