import { assertNever } from '../../src/common/errors.ts';
import type { SqlType } from '../../src/common/types.ts';
import { BOOLEAN, sameType, typeName } from '../../src/common/types.ts';
import { canCast } from '../../src/operators/expr/coerce.ts';
import type { CallExpr, Column, Expr } from '../../src/operators/expr/expr.ts';
import { formatExpr } from '../../src/operators/expr/format.ts';
import { resolveFunction } from '../../src/operators/expr/functions.ts';
import { parts } from '../../src/operators/expr/rewrite.ts';
import { Arena } from '../../src/wasm/arena.ts';
import { buildVector } from '../../src/wasm/build-vector.ts';
import { LinearMemory } from '../../src/wasm/linear-memory.ts';

const scratch = new Arena({ memory: new LinearMemory() });

/** Throws when the expression reads what is not among the columns, or is not typed as plans have to be. */
export function checkExpr(expr: Expr, columns: readonly Column[]): void {
  for (const part of parts(expr)) checkExpr(part, columns);
  const fault = faultOf(expr, columns);
  if (fault !== null) throw new Error(`${formatExpr(expr)}: ${fault}`);
}

/** What is wrong with an expression whose parts are right. */
function faultOf(expr: Expr, columns: readonly Column[]): string | null {
  switch (expr.kind) {
    case 'column': {
      const column = columns.find(({ id }) => id === expr.id);
      if (!column) return `not among the columns ${columns.map(({ name }) => name).join(', ') || '(none)'}`;
      return misfit(expr.type, column.type, 'the reference');
    }
    case 'literal': {
      const mark = scratch.mark();
      buildVector(scratch, expr.type, [expr.value]);
      scratch.release(mark);
      return null;
    }
    case 'call':
      return faultOfCall(expr);
    case 'cast': {
      const { type: from } = expr.input;
      return canCast(from, expr.type) ? null : `no cast from ${typeName(from)} to ${typeName(expr.type)}`;
    }
    case 'case':
      return first([
        ...expr.branches.map((branch) => expect(branch.when, BOOLEAN)),
        ...expr.branches.map((branch) => expect(branch.then, expr.type)),
        expr.otherwise && expect(expr.otherwise, expr.type),
      ]);
    case 'and':
    case 'or':
      if (expr.args.length < 2) return `${expr.kind} of ${expr.args.length}`;
      return first(expr.args.map((arg) => expect(arg, BOOLEAN)));
    case 'not':
      return expect(expr.input, BOOLEAN);
    case 'isNull':
      return null;
    case 'inList':
      return first(expr.list.map((item) => expect(item, expr.input.type)));
    default:
      return assertNever(expr);
  }
}

function faultOfCall(expr: CallExpr): string | null {
  const types = expr.args.map((arg) => arg.type);
  const resolved = resolveFunction(expr.function, types);
  if (!resolved?.argTypes.every((type, i) => sameType(type, types[i] as SqlType))) {
    return `no ${expr.function}(${types.map(typeName).join(', ')}) without a cast`;
  }
  return misfit(expr.type, resolved.type, 'the result');
}

const first = (faults: readonly (string | null)[]) => faults.find((fault) => fault !== null) ?? null;

const expect = (expr: Expr, type: SqlType) => misfit(expr.type, type, formatExpr(expr));

const misfit = (got: SqlType, wanted: SqlType, what: string) =>
  sameType(got, wanted) ? null : `${what} is ${typeName(got)}, not ${typeName(wanted)}`;
