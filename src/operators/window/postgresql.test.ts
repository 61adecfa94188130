import { describe, expect, it } from 'vitest';
import { DEFAULT_FRAME } from '../../../test/operators/random-windows.ts';
import { castTo, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { BIGINT, DOUBLE, INTEGER, TIMESTAMP, VARCHAR } from '../../common/types.ts';
import type { Column, Expr } from '../expr/expr.ts';
import type { FrameBound, SortKey, WindowFrame, WindowPlan } from '../plan.ts';
import { interpretedRows, OperatorRun, type Row } from '../sort/fixtures/run-operator.ts';
import { executeWindow } from './execute-window.ts';
import { resolveWindowFunction } from './functions.ts';

const DEPARTMENT = column(1, 'depname', VARCHAR);
const NUMBER = column(2, 'empno', INTEGER);
const SALARY = column(3, 'salary', INTEGER);
const COLUMNS = [DEPARTMENT, NUMBER, SALARY];

/** The table of the tutorial's chapter on window functions. */
const EMPLOYEES: readonly Row[] = [
  ['develop', 11, 5200],
  ['develop', 7, 4200],
  ['develop', 9, 4500],
  ['develop', 8, 6000],
  ['develop', 10, 5200],
  ['personnel', 5, 3500],
  ['personnel', 2, 3900],
  ['sales', 3, 4800],
  ['sales', 1, 5000],
  ['sales', 4, 4800],
];

const by = (of: Column, descending = false): SortKey => ({ expr: ref(of), descending, nullsFirst: descending });
const big = (value: bigint) => literal(value, BIGINT);

interface Over {
  readonly columns?: readonly Column[];
  readonly rows?: readonly Row[];
  readonly partitionBy?: readonly Column[];
  readonly orderBy?: readonly SortKey[];
  readonly frame?: WindowFrame;
  readonly ignoreNulls?: boolean;
}

/** The values of one function, in the window's order, by the interpreter and by kernels. */
async function values(name: string, args: readonly Expr[], over: Over): Promise<Value[]> {
  const { columns = COLUMNS, rows = EMPLOYEES, partitionBy = [], orderBy = [], frame = DEFAULT_FRAME } = over;
  const resolved = resolveWindowFunction(
    name,
    args.map(({ type }) => type),
  );
  if (!resolved) throw new Error(`no ${name}`);
  const call = {
    function: name,
    args: args.map((arg, i) => castTo(arg, resolved.argTypes[i] as SqlType)),
    argTypes: resolved.argTypes,
    distinct: false,
    filter: null,
    ignoreNulls: over.ignoreNulls ?? false,
    frame,
    type: resolved.type,
  };
  const plan: WindowPlan = {
    kind: 'window',
    input: { kind: 'scan', scan: 0, table: 't', columns },
    partitionBy: partitionBy.map(ref),
    orderBy,
    functions: [call],
    columns: [...columns, column(100, 'w', resolved.type)],
  };
  const expected = await interpretedRows(plan, [rows]);
  const run = new OperatorRun();
  const stream = executeWindow(plan, run.input(plan.input, 0, rows), run.context);
  expect(await run.rows(stream, plan.columns.length)).toEqual(expected);
  return expected.map((row) => row.at(-1) as Value);
}

describe('the examples of PostgreSQL’s tutorial', () => {
  it('avg over departments', async () => {
    const result = await values('avg', [ref(SALARY)], { partitionBy: [DEPARTMENT] });
    expect(result).toEqual([...Array(5).fill(5020), 3700, 3700, ...Array(3).fill(14_600 / 3)]);
  });

  it('rank by salary', async () => {
    const window = { partitionBy: [DEPARTMENT], orderBy: [by(SALARY, true)] };
    expect(await values('rank', [], window)).toEqual([1n, 2n, 2n, 4n, 5n, 1n, 2n, 1n, 2n, 2n]);
    expect(await values('dense_rank', [], window)).toEqual([1n, 2n, 2n, 3n, 4n, 1n, 2n, 1n, 2n, 2n]);
    expect(await values('row_number', [], window)).toEqual([1n, 2n, 3n, 4n, 5n, 1n, 2n, 1n, 2n, 3n]);
    expect(await values('percent_rank', [], window)).toEqual([0, 0.25, 0.25, 0.75, 1, 0, 1, 0, 0.5, 0.5]);
    expect(await values('cume_dist', [], window)).toEqual([0.2, 0.6, 0.6, 0.8, 1, 0.5, 1, 1 / 3, 1, 1]);
    expect(await values('ntile', [big(2n)], window)).toEqual([1n, 1n, 1n, 2n, 2n, 1n, 2n, 1n, 1n, 2n]);
  });

  it('sum over everything, and up to the row’s peers', async () => {
    expect(await values('sum', [ref(SALARY)], {})).toEqual(Array(10).fill(47_100n));
    const running = [3500n, 7400n, 11_600n, 16_100n, 25_700n, 25_700n, 30_700n, 41_100n, 41_100n, 47_100n];
    expect(await values('sum', [ref(SALARY)], { orderBy: [by(SALARY)] })).toEqual(running);
  });

  it('neighbours, and ends of the frame', async () => {
    const window = { partitionBy: [DEPARTMENT], orderBy: [by(NUMBER)] };
    const numbers = [7, 8, 9, 10, 11, 2, 5, 1, 3, 4];
    expect(await values('lag', [ref(NUMBER)], window)).toEqual([null, 7, 8, 9, 10, null, 2, null, 1, 3]);
    const ahead = [9, 10, 11, -1, -1, -1, -1, 4, -1, -1];
    expect(await values('lead', [ref(NUMBER), big(2n), literal(-1, INTEGER)], window)).toEqual(ahead);
    expect(await values('last_value', [ref(NUMBER)], window)).toEqual(numbers);
    const whole = { ...DEFAULT_FRAME, end: { kind: 'unboundedFollowing' } } as const;
    expect(await values('last_value', [ref(NUMBER)], { ...window, frame: whole })).toEqual([
      11, 11, 11, 11, 11, 5, 5, 4, 4, 4,
    ]);
    expect(await values('nth_value', [ref(NUMBER), big(2n)], window)).toEqual([null, 8, 8, 8, 8, null, 5, null, 3, 3]);
    expect(await values('first_value', [ref(NUMBER)], window)).toEqual([7, 7, 7, 7, 7, 2, 2, 1, 1, 1]);
  });
});

describe('frames of PostgreSQL', () => {
  const X = column(1, 'x', DOUBLE);
  const one: FrameBound = { kind: 'preceding', offset: literal(Number.POSITIVE_INFINITY, DOUBLE) };
  const near = (bound: number): WindowFrame => ({
    unit: 'range',
    start: { kind: 'preceding', offset: literal(bound, DOUBLE) },
    end: { kind: 'following', offset: literal(bound, DOUBLE) },
    exclude: 'noOthers',
  });

  it('ranges of floats around infinities and NaN', async () => {
    const rows = [Number.NEGATIVE_INFINITY, -3, -1, 0, 1, 3, Number.POSITIVE_INFINITY, Number.NaN].map((x) => [x]);
    const window = { columns: [X], rows, orderBy: [by(X)] };
    const count = (frame: WindowFrame) => values('count', [], { ...window, frame });
    expect(await count(near(1))).toEqual([1n, 1n, 2n, 3n, 2n, 1n, 1n, 1n]);
    expect(await count(near(Number.POSITIVE_INFINITY))).toEqual([7n, 7n, 7n, 7n, 7n, 7n, 7n, 1n]);
    expect(await count({ ...near(1), start: one })).toEqual([1n, 2n, 4n, 5n, 5n, 6n, 7n, 1n]);
  });

  it('ranges beyond the type of the key are not errors', async () => {
    const N = column(1, 'n', INTEGER);
    const rows = [-2147483648, 0, 2147483647].map((n) => [n]);
    const most = literal(2147483647, INTEGER);
    const frame: WindowFrame = {
      unit: 'range',
      start: { kind: 'preceding', offset: most },
      end: { kind: 'following', offset: most },
      exclude: 'noOthers',
    };
    expect(await values('count', [], { columns: [N], rows, orderBy: [by(N)], frame })).toEqual([1n, 2n, 2n]);
    expect(await values('count', [], { columns: [N], rows, orderBy: [by(N, true)], frame })).toEqual([2n, 2n, 1n]);
  });

  it('intervals around timestamps', async () => {
    const T = column(1, 't', TIMESTAMP);
    const day = 86_400_000_000n;
    const january = 18_292n * day;
    const rows = [0n, 28n, 31n, 59n].map((days) => [january + days * day]);
    const month = literal({ months: 1, days: 0, micros: 0n }, { kind: 'interval' });
    const frame: WindowFrame = {
      unit: 'range',
      start: { kind: 'preceding', offset: month },
      end: { kind: 'currentRow' },
      exclude: 'noOthers',
    };
    expect(await values('count', [], { columns: [T], rows, orderBy: [by(T)], frame })).toEqual([1n, 2n, 2n, 2n]);
  });

  it('IGNORE NULLS', async () => {
    const N = column(1, 'n', INTEGER);
    const V = column(2, 'v', INTEGER);
    const rows = [null, 1, null, null, 2].map((v, n) => [n, v]);
    const over: Over = { columns: [N, V], rows, orderBy: [by(N)], ignoreNulls: true };
    expect(await values('lag', [ref(V)], over)).toEqual([null, null, 1, 1, 1]);
    expect(await values('lead', [ref(V)], over)).toEqual([1, 2, 2, 2, null]);
    expect(await values('first_value', [ref(V)], over)).toEqual([null, 1, 1, 1, 1]);
    expect(await values('last_value', [ref(V)], over)).toEqual([null, 1, 1, 1, 2]);
    expect(await values('nth_value', [ref(V), big(2n)], over)).toEqual([null, null, null, null, 2]);
  });
});
