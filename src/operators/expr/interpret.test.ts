import { describe, expect, it } from 'vitest';
import { call, castTo, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import type { Value } from '../../common/types.ts';
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, NULL, VARCHAR } from '../../common/types.ts';
import type { CaseExpr, Expr } from './expr.ts';
import { evaluateConstant, interpret } from './interpret.ts';

const bool = (value: Value): Expr => literal(value, BOOLEAN);
const int = (value: Value): Expr => literal(value, INTEGER);
const TRUTHS: readonly Value[] = [true, false, null];
const failing = call('/', int(1), int(0));
const failingTest = call('=', failing, int(1));

/** A plan's arm of CASE has a property `then`, which an object literal may not have. */
const arm = (when: Expr, value: Expr) =>
  Object.fromEntries([
    ['when', when],
    ['then', value],
  ]) as unknown as CaseExpr['branches'][number];

describe('three-valued logic', () => {
  const table = (kind: 'and' | 'or') =>
    TRUTHS.map((a) => TRUTHS.map((b) => evaluateConstant({ kind, args: [bool(a), bool(b)], type: BOOLEAN })));

  it('AND', () => {
    expect(table('and')).toEqual([
      [true, false, null],
      [false, false, false],
      [null, false, null],
    ]);
  });

  it('OR', () => {
    expect(table('or')).toEqual([
      [true, true, true],
      [true, false, null],
      [true, null, null],
    ]);
  });

  it('NOT', () => {
    expect(TRUTHS.map((a) => evaluateConstant({ kind: 'not', input: bool(a), type: BOOLEAN }))).toEqual([
      false,
      true,
      null,
    ]);
  });

  it('stops AND and OR at the argument that decides, not at NULL', () => {
    const args = (first: Value) => [bool(first), failingTest];
    expect(evaluateConstant({ kind: 'and', args: args(false), type: BOOLEAN })).toBe(false);
    expect(evaluateConstant({ kind: 'or', args: args(true), type: BOOLEAN })).toBe(true);
    expect(() => evaluateConstant({ kind: 'and', args: args(null), type: BOOLEAN })).toThrow('division by zero');
  });

  it('IS NULL is never NULL', () => {
    const test = (value: Value, negated: boolean) =>
      evaluateConstant({ kind: 'isNull', input: int(value), negated, type: BOOLEAN });
    expect([test(null, false), test(1, false), test(null, true), test(1, true)]).toEqual([true, false, false, true]);
  });

  it('comparisons with NULL are NULL, but IS DISTINCT FROM', () => {
    expect(evaluateConstant(call('=', int(1), int(null)))).toBe(null);
    expect(evaluateConstant(call('<>', int(null), int(null)))).toBe(null);
    expect(evaluateConstant(call('is_distinct_from', int(1), int(null)))).toBe(true);
    expect(evaluateConstant(call('is_distinct_from', int(null), int(null)))).toBe(false);
    expect(evaluateConstant(call('is_not_distinct_from', int(null), int(null)))).toBe(true);
  });
});

describe('IN', () => {
  const isIn = (value: Value, list: readonly Expr[], negated = false) =>
    evaluateConstant({ kind: 'inList', input: int(value), list, negated, type: BOOLEAN });

  it.each([
    [1, [1, 2], true],
    [3, [1, 2], false],
    [1, [1, null], true],
    [3, [1, null], null],
    [null, [1], null],
  ])('%s IN %s is %s', (value, list, expected) => {
    const literals = list.map(int);
    const computed = literals.map((item) => call('+', item, int(0)));
    for (const items of [literals, computed]) {
      expect(isIn(value, items)).toBe(expected);
      expect(isIn(value, items, true)).toBe(expected === null ? null : !expected);
    }
  });

  it('finds NaN and -0', () => {
    const list = [literal(Number.NaN, DOUBLE), literal(0, DOUBLE)];
    const test = (value: number) =>
      evaluateConstant({ kind: 'inList', input: literal(value, DOUBLE), list, negated: false, type: BOOLEAN });
    expect([test(Number.NaN), test(-0), test(1)]).toEqual([true, true, false]);
  });
});

describe('CASE', () => {
  const of = (branches: CaseExpr['branches'], otherwise: Expr | null): Expr => ({
    kind: 'case',
    branches,
    otherwise,
    type: INTEGER,
  });

  it('takes the first arm that is true, and evaluates no other', () => {
    const expr = of([arm(bool(null), failing), arm(bool(true), int(2)), arm(failingTest, int(3))], failing);
    expect(evaluateConstant(expr)).toBe(2);
  });

  it('is NULL without a match and without ELSE', () => {
    expect(evaluateConstant(of([arm(bool(false), int(1))], null))).toBe(null);
  });
});

describe('calls', () => {
  it('evaluates all arguments before it looks for NULLs', () => {
    expect(() => evaluateConstant(call('+', int(null), failing))).toThrow('division by zero');
  });

  it('puts the span of the innermost expression on an error of the data', () => {
    const span = { start: 7, end: 12 };
    const outer = { ...call('+', { ...failing, span }, int(1)), span: { start: 0, end: 20 } };
    expect(() => evaluateConstant(outer)).toThrow(
      expect.objectContaining({ name: 'ExecutionError', code: 'SQ3003', message: 'division by zero', span }),
    );
  });

  it('refuses what was not resolved', () => {
    const expr: Expr = { kind: 'call', function: '+', args: [int(1), literal(1n, BIGINT)], type: BIGINT };
    expect(() => evaluateConstant(expr)).toThrow('call of +(integer, bigint) was not resolved');
  });
});

describe('TRY_CAST', () => {
  const tried = (input: Expr): Expr => ({ kind: 'cast', input, type: INTEGER, try: true });

  it('is NULL where CAST fails', () => {
    expect(evaluateConstant(tried(literal('abc', VARCHAR)))).toBe(null);
    expect(evaluateConstant(tried(literal('12', VARCHAR)))).toBe(12);
  });

  it('does not forgive its input', () => {
    expect(() => evaluateConstant(tried(castTo(failing, BIGINT)))).toThrow('division by zero');
  });
});

it('reads columns by id, wherever they stand', () => {
  const [a, b] = [column(7, 'a', INTEGER), column(3, 'b', INTEGER)];
  const expr = call('-', ref(a), ref(b));
  expect(interpret(expr, [b, a])([1, 10])).toBe(9);
  expect(() => interpret(expr, [b])).toThrow('column a#7 is not delivered by the input');
});

it('takes an untyped NULL for any type', () => {
  expect(evaluateConstant(call('+', literal(null, NULL), int(1)))).toBe(null);
  expect(evaluateConstant(call('=', literal(null, NULL), literal(null, NULL)))).toBe(null);
});
