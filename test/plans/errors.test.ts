import { expect, it } from 'vitest';
import { SquallError } from '../../src/common/errors.ts';
import { renderError } from '../../src/common/render-error.ts';
import { BIGINT, DATE, decimal, INTEGER, VARCHAR } from '../../src/common/types.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { FakeCatalog, field } from './fake-catalog.ts';

const catalog = new FakeCatalog({
  lineitem: {
    schema: [
      field('l_orderkey', BIGINT),
      field('l_quantity', decimal(15, 2)),
      field('l_shipdate', DATE),
      field('l_shipmode', VARCHAR),
    ],
  },
  mixed: { schema: [field('Name', VARCHAR), field('NAME', VARCHAR), field('n', INTEGER)] },
});

const failure = async (sql: string) => {
  const error: unknown = await planQuery(sql, { catalog }).catch((thrown: unknown) => thrown);
  if (!(error instanceof SquallError)) return error;
  return renderError(error, sql);
};

/** The whole text, line by line. */
const CASES: readonly (readonly [string, ...string[]])[] = [
  [
    "select l_quantity\nfrom lineitem\nwhere l_shpdate <= date '1998-09-02'",
    'error[SQ1102] column "l_shpdate" does not exist',
    '  line 3, column 7',
    "3 | where l_shpdate <= date '1998-09-02'",
    '          ^^^^^^^^^',
    'hint: did you mean "l_shipdate"? (lineitem: l_orderkey, l_quantity, l_shipdate, l_shipmode)',
  ],
  [
    'select * from lineitm',
    'error[SQ1101] table "lineitm" does not exist',
    '  line 1, column 15',
    '1 | select * from lineitm',
    '                  ^^^^^^^',
    'hint: did you mean "lineitem"?',
  ],
  [
    'select l_quantity < l_shipmode from lineitem',
    'error[SQ1105] cannot compare decimal(15,2) with varchar',
    '  line 1, column 8',
    '1 | select l_quantity < l_shipmode from lineitem',
    '           ^^^^^^^^^^^^^^^^^^^^^^^',
    'hint: cast one of them: CAST(… AS decimal(15,2)) or CAST(… AS varchar)',
  ],
  [
    'select name from mixed',
    'error[SQ1103] column "name" is ambiguous',
    '  line 1, column 8',
    '1 | select name from mixed',
    '           ^^^^',
    'hint: it could be mixed.Name or mixed.NAME',
  ],
  [
    'select l_shipmode, count(*) from lineitem',
    'error[SQ1106] column "l_shipmode" is neither grouped nor aggregated',
    '  line 1, column 8',
    '1 | select l_shipmode, count(*) from lineitem',
    '           ^^^^^^^^^^',
    'hint: add it to GROUP BY, or aggregate it: min(l_shipmode)',
  ],
  [
    "select 1 from lineitem where l_shipdate < '1998-13-02'",
    "error[SQ1108] '1998-13-02' is not a value of type date",
    '  line 1, column 43',
    "1 | select 1 from lineitem where l_shipdate < '1998-13-02'",
    '                                              ^^^^^^^^^^^^',
    "hint: write it as date '1998-09-02'",
  ],
];

it.each(CASES)('%s', async (sql, ...lines) => {
  expect(await failure(sql)).toBe(lines.join('\n'));
});

/** Code and message, what is pointed at, the hint. */
const brief = async (sql: string) => {
  const error: unknown = await planQuery(sql, { catalog }).catch((thrown: unknown) => thrown);
  if (!(error instanceof SquallError)) return 'no error';
  return [`${error.code} ${error.message}`, sql.slice(error.span?.start, error.span?.end), error.hint ?? ''].join(
    ' | ',
  );
};

it.each([
  ['select x', 'SQ1102 column "x" does not exist | x | the query has no FROM'],
  ['select l.l_quantity from lineitem', 'SQ1101 there is no table "l" in FROM | l | FROM has lineitem'],
  ['select lineitem.l_quantity from lineitem l', 'SQ1101 there is no table "lineitem" in FROM | lineitem | FROM has l'],
  [
    'select "L_QUANTITY" from lineitem',
    'SQ1102 column "L_QUANTITY" does not exist | "L_QUANTITY" | did you mean "l_quantity"? (lineitem: l_orderkey, l_quantity, l_shipdate, l_shipmode)',
  ],
  [
    'select suum(l_quantity) from lineitem',
    'SQ1104 function "suum" does not exist | suum(l_quantity) | did you mean "sum"?',
  ],
  [
    'select sum(l_shipmode) from lineitem',
    'SQ1105 sum(varchar) does not exist | sum(l_shipmode) | there is sum(bigint), sum(double)',
  ],
  ['select sum(*) from lineitem', 'SQ1105 sum(*) does not exist | sum(*) | only count takes *'],
  ['select count() from lineitem', 'SQ1105 count() does not exist | count() | write count(*) or count(x)'],
  [
    'select lower(distinct l_shipmode) from lineitem',
    'SQ1104 "lower" is not an aggregate function | lower(distinct l_shipmode) | ',
  ],
  [
    'select l_shipmode + 1 from lineitem',
    'SQ1105 there is no operator varchar + integer | l_shipmode + 1 | cast the operands',
  ],
  [
    'select 1 from lineitem where l_quantity',
    'SQ1105 WHERE needs a condition, not a value of type decimal(15,2) | l_quantity | write a comparison',
  ],
  [
    'select 1 from lineitem where sum(l_quantity) > 1',
    'SQ1106 sum() cannot stand in WHERE | sum(l_quantity) | aggregates are filtered by HAVING',
  ],
  [
    'select sum(count(*)) from lineitem',
    'SQ1106 count() cannot stand in another aggregate | count(*) | aggregate in a query in FROM',
  ],
  [
    'select 1 from lineitem group by count(*)',
    'SQ1106 count() cannot stand in GROUP BY | count(*) | aggregate in a query in FROM',
  ],
  [
    'select count(*) from lineitem group by 1',
    'SQ1106 count() cannot stand in GROUP BY | count(*) | aggregate in a query in FROM',
  ],
  [
    'select l_shipmode from lineitem group by l_shipmode having l_quantity > 1',
    'SQ1106 column "l_quantity" is neither grouped nor aggregated | l_quantity | add it to GROUP BY, or aggregate it: min(l_quantity)',
  ],
  [
    'select l_shipmode from lineitem order by 2',
    'SQ1109 ORDER BY 2 is not a position of the select list | 2 | it has one column',
  ],
  [
    'select l_shipmode from lineitem group by 0',
    'SQ1109 GROUP BY 0 is not a position of the select list | 0 | it has one column',
  ],
  [
    'select distinct l_shipmode from lineitem order by l_quantity',
    'SQ1106 ORDER BY of SELECT DISTINCT names what is not selected | l_quantity | add it to the select list',
  ],
  [
    'select l_quantity as a, l_shipmode as a from lineitem order by a',
    'SQ1103 column "a" is ambiguous | a | the select list has several of that name: give them different aliases',
  ],
  ['select 1 from lineitem limit -1', 'SQ1105 LIMIT needs a whole number that is not negative | -1 | write LIMIT 10'],
  [
    'select 1 from lineitem limit l_quantity',
    'SQ1102 column "l_quantity" does not exist | l_quantity | the query has no FROM',
  ],
  [
    'select 1 from lineitem offset 1.5',
    'SQ1105 OFFSET needs a whole number that is not negative | 1.5 | write OFFSET 10',
  ],
  ['select "nullif"(1)', 'SQ1105 nullif does not take these arguments | "nullif"(1) | '],
  ['select "coalesce"()', 'SQ1105 coalesce does not take these arguments | "coalesce"() | '],
  [
    "select extract(fortnight from date '2020-01-01')",
    'SQ1104 EXTRACT has no field "fortnight" | extract(fortnight from date \'2020-01-01\') | fields are century, day, decade, dow, doy, epoch, hour, isodow, isoyear, microseconds, millennium, milliseconds, minute, month, quarter, second, week, year',
  ],
  ['select *', 'SQ1102 * needs a table in FROM | * | '],
  ['select x.* from lineitem', 'SQ1101 there is no table "x" in FROM | x | FROM has lineitem'],
  ['select * + 1 from lineitem', 'SQ1001 unexpected "+" | + | expected an expression after "*"'],
  [
    'select case when 1 then 2 end',
    'SQ1105 WHEN needs a condition, not a value of type integer | 1 | write a comparison',
  ],
  [
    "select case when true then 1 else date '2020-01-01' end",
    "SQ1105 CASE mixes integer and date | case when true then 1 else date '2020-01-01' end | cast them to one type",
  ],
  ["select date 'x'", "SQ1108 'x' is not a value of type date | date 'x' | write it as date '1998-09-02'"],
  ['select 1e999', 'SQ1108 number 1e999 is out of range for double | 1e999 | '],
  [
    'select 123456789012345678901234567890123456789',
    'SQ1108 a number has at most 38 digits | 123456789012345678901234567890123456789 | write it with an exponent (1e40) to make it a double',
  ],
  [
    'select cast(l_shipdate as integer) from lineitem',
    'SQ1105 cannot cast date to integer | cast(l_shipdate as integer) | ',
  ],
  [
    'with a as (select 1), a as (select 2) select * from a',
    'SQ1111 WITH names "a" twice | a as (select 2) | give each query its own name',
  ],
  [
    'select * from (select 1) as s(a, b)',
    'SQ1105 s has 1 column, not 2 | (select 1) | give a name to at most as many columns as there are',
  ],
  [
    'select * from (values (1), (2, 3)) v',
    'SQ1105 the rows of VALUES have 1 and 2 columns | (values (1), (2, 3)) | give every row as many values',
  ],
  [
    "select * from read_csv('x')",
    'SQ1104 there is no table function "read_csv" | read_csv(\'x\') | there are read_parquet, unnest, range, generate_series',
  ],
])('%s', async (sql, message) => {
  expect(await brief(sql)).toBe(message);
});

it('refuses a count of workers that is none', async () => {
  await expect(planQuery('select 1', { catalog, workers: 0 })).rejects.toThrow(
    'workers is a whole number from 1 on, not 0',
  );
});
