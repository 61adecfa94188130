import { describe, expect, it } from 'vitest';
import { BIGINT, DATE, decimal, INTEGER, VARCHAR } from '../../src/common/types.ts';
import { formatPlan } from '../../src/operators/format-plan.ts';
import { asc, avg, countAll, desc, sum } from './aggregate-term.ts';
import {
  and,
  call,
  caseWhen,
  coalesce,
  date,
  exact,
  float,
  inList,
  int,
  isNull,
  literal,
  not,
  or,
  ref,
  text,
  truth,
} from './expr-builder.ts';
import { Plans } from './plan-builder.ts';
import { RowSource, runRows } from './run-rows.ts';
import { over } from './window-term.ts';

const table = (plans = new Plans()) => plans.scan('t', { k: INTEGER, s: VARCHAR, d: decimal(15, 2), day: DATE });

describe('plans', () => {
  it('run as they were built', async () => {
    const plan = table()
      .filter((c) => and(call('>=', c('day'), date('1970-01-02')), inList(c('s'), [text('a'), text('b')])))
      .project((c) => ({ s: c('s'), gross: call('*', c('d'), call('+', int(1), exact('0.05'))) }))
      .aggregate({
        by: (c) => ({ s: c('s') }),
        values: (c) => ({ total: sum(c('gross')), rows: countAll() }),
        phases: 2,
      })
      .sort((c) => [desc(c('total')), asc(c('s'))]).plan;
    const rows = [
      [1, 'a', 100n, 1],
      [2, 'a', 300n, 2],
      [3, 'b', 200n, 0],
      [4, 'c', 200n, 9],
      [5, 'b', null, 9],
    ];
    expect(await runRows(plan, new RowSource([rows]))).toEqual([
      ['b', null, 1n],
      ['a', 42000n, 2n],
    ]);
    expect(formatPlan(plan)).toBe(
      [
        'Sort total DESC, s',
        '  Aggregate (final) by s [sum(sum_0), count(count_0)]',
        '    Aggregate (partial) by s [sum(gross), count(*)]',
        '      Project [s, d * (CAST(1 AS decimal(10,0)) + 0.05) AS gross]',
        "        Filter day >= DATE '1970-01-02' AND s IN ('a', 'b')",
        '          Scan t [k, s, d, day]',
      ].join('\n'),
    );
  });

  it('take conditions of three values', async () => {
    const plan = table()
      .filter((c) => or(not(isNull(c('k'))), truth(false)))
      .project((c) => ({ x: call('/', c('k'), float(2)) })).plan;
    const rows = [
      [1, 'a', null, null],
      [null, 'b', null, null],
    ];
    expect(await runRows(plan, new RowSource([rows]))).toEqual([[0.5]]);
  });

  it('keep the identity of a column that is passed on, once and under its name', () => {
    const scan = table();
    const { columns } = scan.project((c) => ({ k: c('k'), again: c('k'), s: c('s') }));
    expect(columns.map(({ id }) => scan.columns.findIndex((column) => column.id === id))).toEqual([0, -1, 1]);
  });

  it('cast as the planner does', () => {
    const plans = new Plans();
    const [a, b] = [plans.scan('a', { x: INTEGER }), plans.scan('b', { y: BIGINT })];
    const joined = a.join(b, { type: 'left', on: (l, r) => [[l('x'), r('y')]] });
    expect(formatPlan(joined.plan)).toContain('CAST(x AS bigint) = y');
    expect(joined.columns.map(({ name, nullable }) => [name, nullable])).toEqual([
      ['x', true],
      ['y', true],
    ]);
    expect(a.union(b).columns.map(({ type }) => type)).toEqual([BIGINT]);
    expect(coalesce(ref(a.columns[0]!), literal(1n, BIGINT)).type).toEqual(BIGINT);
  });

  it('window functions over peers and frames have the types of their arguments', () => {
    const { columns } = table().window({
      partitionBy: (c) => [c('s')],
      orderBy: (c) => [asc(c('k'))],
      functions: (c) => ({
        n: over('row_number'),
        before: over('lag', [c('d'), int(1)]),
        running: over('sum', [c('k')]),
      }),
    });
    expect(columns.slice(4).map(({ name, type }) => [name, type])).toEqual([
      ['n', BIGINT],
      ['before', decimal(15, 2)],
      ['running', BIGINT],
    ]);
  });
});

describe('what is refused', () => {
  it.each([
    ['an unknown column', () => table().select('nope'), 'no column "nope" among k, s, d, day'],
    ['a predicate that is no boolean', () => table().filter((c) => c('k')), 'WHERE is integer, not boolean'],
    ['a call that no overload takes', () => call('+', text('a'), int(1)), 'no +(varchar, integer)'],
    [
      'types without a common one',
      () => caseWhen([[literal(true, { kind: 'boolean' }), int(1)]], text('a')),
      'CASE: integer, varchar have no common type',
    ],
    [
      'columns of another relation',
      () =>
        table().filter(() =>
          call('=', ref(table(new Plans()).project((c) => ({ z: call('+', c('k'), int(1)) })).columns[0]!), int(1)),
        ),
      'z: not among the columns k, s, d, day',
    ],
    [
      'a call that is not cast',
      () =>
        table().project((c) => ({
          x: { kind: 'call', function: '=', args: [c('k'), c('d')], type: { kind: 'boolean' } },
        })),
      'k = d: no =(integer, decimal(15,2)) without a cast',
    ],
    ['a literal of another type', () => table().project(() => ({ x: literal('a', INTEGER) })), /integer/],
    [
      'one scan on both sides',
      () => {
        const t = table();
        return t.join(t);
      },
      'column "k" comes from both sides: scan the table twice',
    ],
    ['sides of two queries', () => table().join(table()), 'the sides of a join belong to different queries'],
    [
      'a name that both sides have',
      () => {
        const p = new Plans();
        return table(p).join(table(p)).select('k');
      },
      '2 columns are called "k"',
    ],
    [
      'columns that a semi join does not deliver',
      () => {
        const p = new Plans();
        return table(p).join(p.scan('u', { x: INTEGER }), { type: 'semi', columns: ['x'] });
      },
      'a semi join delivers no column "x"',
    ],
    [
      'keys that cannot be compared',
      () => {
        const p = new Plans();
        return table(p).join(p.scan('u', { x: VARCHAR }), { on: (l, r) => [[l('k'), r('x')]] });
      },
      'a join of integer with varchar',
    ],
    [
      'a union of unlike columns',
      () => {
        const p = new Plans();
        return table(p).union(p.scan('u', { x: VARCHAR }));
      },
      'union: column "k" has no common type',
    ],
    [
      'no such aggregate',
      () => table().aggregate({ values: (c) => ({ x: avg(c('s')) }) }),
      'no aggregate avg(varchar)',
    ],
    [
      'DISTINCT in two phases',
      () => table().aggregate({ values: (c) => ({ x: sum(c('k'), { distinct: true }) }), phases: 2 }),
      'sum with DISTINCT or ORDER BY has one phase only',
    ],
    [
      'a grouping set of what is no key',
      () => table().aggregate({ by: (c) => ({ k: c('k') }), sets: [['s']] }),
      'no group key "s"',
    ],
    [
      'no such window function',
      () => table().window({ functions: (c) => ({ x: over('rank', [c('k')]) }) }),
      'no window function rank(integer)',
    ],
    ['unnest of what is no list', () => table().unnest((c) => ({ x: c('k') })), 'unnest of integer'],
    ['rows of another width', () => new Plans().values({ a: INTEGER }, [[1, 2]]), 'a row of 2 values for 1 columns'],
    ['a date that is none', () => date('1995-13-01'), '"1995-13-01" is not a date'],
    ['a decimal that does not fit', () => exact('123.4', decimal(3, 1)), '123.4 does not fit decimal(3,1)'],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });
});
