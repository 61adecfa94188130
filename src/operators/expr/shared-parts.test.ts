import { describe, expect, it } from 'vitest';
import { call, coalesce, column, literal, ref } from '../../../test/oracle/expr-builder.ts';
import { INTEGER, type Value } from '../../common/types.ts';
import { decodeWire, encodeWire } from '../../common/wire.ts';
import { caseBranch, type Expr } from './expr.ts';
import { compileExpr, evaluateConstant } from './interpret.ts';
import { SharedParts } from './shared-parts.ts';

const A = column(1, 'a', INTEGER);
const B = column(2, 'b', INTEGER);

/** COALESCE(COALESCE(… a + 1, b), b), so many levels deep. */
function nested(depth: number): Expr {
  let expr = call('+', ref(A), literal(1, INTEGER));
  for (let level = 0; level < depth; level++) expr = coalesce(call('+', expr, literal(0, INTEGER)), ref(B));
  return expr;
}

function counted(expr: Expr) {
  let reads = 0;
  const run = compileExpr<readonly Value[]>(expr, ({ id }) => (row) => {
    reads++;
    return row[id - 1] as Value;
  });
  return { run, reads: () => reads };
}

describe('parts that are the same', () => {
  it('are computed once a row, in hundreds of levels too', () => {
    const { run, reads } = counted(nested(500));
    expect([run([1, 5]), run([null, 5]), run([3, null])]).toEqual([2, 5, 4]);
    expect(reads()).toBeLessThan(3 * 502);
  });

  it('are the same after a journey that made copies of them', () => {
    const copy = decodeWire(encodeWire(nested(10))) as Expr;
    const { run, reads } = counted(copy);
    expect([run([1, 5]), run([null, 5])]).toEqual([2, 5]);
    expect(reads()).toBeLessThan(2 * 12);
  });

  it('are computed anew for the next row, which may be the same object', () => {
    const sum = call('+', ref(A), ref(B));
    const { run } = counted(call('*', sum, sum));
    const row: Value[] = [1, 2];
    expect(run(row)).toBe(9);
    row[0] = 3;
    expect(run(row)).toBe(25);
  });

  it('fail again where they failed', () => {
    const quotient = call('/', ref(A), ref(B));
    const { run } = counted(call('+', quotient, quotient));
    for (let i = 0; i < 2; i++) expect(() => run([1, 0])).toThrow('division by zero');
    expect(run([4, 2])).toBe(4);
  });

  it('differ by value, type, function and span', () => {
    const one = literal(1, INTEGER);
    const sum = call('+', ref(A), one);
    const located: Expr = { ...sum, span: { start: 1, end: 2 } };
    const others = [call('+', ref(B), one), call('-', ref(A), one), call('+', ref(A), literal(2, INTEGER)), located];
    const whole = [sum, call('+', ref(A), literal(1, INTEGER)), ...others].reduce((a, b) => call('+', a, b));
    const shared = new SharedParts(whole);
    expect(shared.isShared(sum)).toBe(true);
    expect(others.map((other) => shared.id(other) === shared.id(sum))).toEqual([false, false, false, false]);
    expect(shared.isShared(one)).toBe(false);
  });
});

describe('functions that do not evaluate all their arguments', () => {
  const failing = call('/', literal(1, INTEGER), literal(0, INTEGER));
  const nothing = literal(null, INTEGER);
  const truth = (value: boolean): Expr => literal(value, { kind: 'boolean' });

  it('leave out what does not matter', () => {
    expect(evaluateConstant(call('coalesce', nothing, literal(2, INTEGER), failing))).toBe(2);
    expect(evaluateConstant(call('ifnull', literal(1, INTEGER), failing))).toBe(1);
    expect(evaluateConstant(call('if', truth(true), literal(1, INTEGER), failing))).toBe(1);
    expect(evaluateConstant(call('iff', truth(false), failing, literal(3, INTEGER)))).toBe(3);
    expect(() => evaluateConstant(call('coalesce', nothing, failing))).toThrow('division by zero');
  });

  it('are as good as the CASE that they stand for, nested deeply', () => {
    let expr: Expr = ref(A);
    for (let level = 0; level < 200; level++)
      expr = call('coalesce', call('nullif', expr, literal(7, INTEGER)), ref(B));
    const { run, reads } = counted(expr);
    expect([run([1, 5]), run([7, 5]), run([null, 5])]).toEqual([1, 5, 5]);
    expect(reads()).toBeLessThan(3 * 2 * 202);
    const written: Expr = {
      kind: 'case',
      branches: [caseBranch(call('=', ref(A), literal(7, INTEGER)), nothing)],
      otherwise: ref(A),
      type: INTEGER,
    };
    expect(counted(written).run([7])).toBe(null);
  });
});
