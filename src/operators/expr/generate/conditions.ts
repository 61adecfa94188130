import { type Code, get, i32, type Statement, set, statements, when } from '../../../wasm/emit/code.ts';
import type { CaseExpr, Expr, LogicalExpr } from '../expr.ts';
import type { CodeWriter, Nested } from './code-writer.ts';
import { mergeOf } from './materialize.ts';
import { type Computed, NotGenerated, placeholder, type Thunk } from './operand.ts';

type Visit = (expr: Expr) => Computed;

/** Deeper nesting of branches than this is left to the interpreter. */
const MOST_BRANCHES = 100;

export function booleanOf({ value }: Computed): Thunk<'i32'> {
  if (value.kind !== 'boolean') throw new NotGenerated('no boolean');
  return value.value;
}

/** 1 where a condition is true: neither false nor NULL. */
export const isTrue = (condition: Computed): Code<'i32'> =>
  condition.isNull ? i32.and(booleanOf(condition)(), i32.eqz(condition.isNull())) : booleanOf(condition)();

interface Arm {
  readonly body: Statement[];
  readonly result: Computed;
}

/** Arms in order; an arm that is not taken is not computed, nor a condition behind the one that holds. */
export function emitCase(w: CodeWriter, expr: CaseExpr, visit: Visit): Computed {
  if (expr.branches.length > MOST_BRANCHES) throw new NotGenerated('too many branches');
  const arms: Arm[] = [];
  const arm = (nested: Nested<Computed>) => arms.push({ body: nested.body, result: nested.result });
  const rest = (from: number): void => {
    const branch = expr.branches[from];
    if (!branch) {
      const last = w.nested(() => (expr.otherwise ? visit(expr.otherwise) : nullOf(expr)));
      arm(last);
      w.push(statements(last.body));
      return;
    }
    const condition = w.keep(isTrue(visit(branch.when)), 'when');
    const taken = w.nested(() => visit(branch.then));
    arm(taken);
    const otherwise = w.nested(() => rest(from + 1));
    w.push(when(condition(), taken.body, otherwise.body));
  };
  rest(0);
  return merged(w, arms);
}

const nullOf = (expr: Expr): Computed => ({ value: placeholder(expr.type), isNull: () => i32.const(1) });

function merged(w: CodeWriter, arms: readonly Arm[]): Computed {
  const { value, assign } = mergeOf(
    w,
    arms.map(({ result }) => result.value),
  );
  const nullable = arms.some(({ result }) => result.isNull);
  const isNull = nullable ? w.local('i32', 'null') : null;
  for (const { body, result } of arms) {
    body.push(...assign(result.value));
    if (isNull) body.push(set(isNull, result.isNull ? result.isNull() : i32.const(0)));
  }
  return { value, isNull: isNull && (() => get(isNull)) };
}

/** AND and OR: after the argument that decides, none is computed, unless that is cheaper than a branch. */
export function emitLogical(w: CodeWriter, expr: LogicalExpr, visit: Visit): Computed {
  const [first, ...others] = expr.args as [Expr, ...Expr[]];
  const decides = (value: Computed) => (expr.kind === 'or' ? isTrue(value) : isFalse(value));
  const head = visit(first);
  const decided = w.local('i32', 'decided');
  const isNull = w.local('i32', 'null');
  let mayBeNull = head.isNull !== null;
  w.push(set(decided, decides(head)), set(isNull, head.isNull ? head.isNull() : i32.const(0)));
  const note = (value: Computed) => {
    mayBeNull ||= value.isNull !== null;
    w.push(set(decided, i32.or(get(decided), decides(value))));
    if (value.isNull) w.push(set(isNull, i32.or(get(isNull), value.isNull())));
  };
  const rest = (from: number): void => {
    const arg = others[from];
    if (!arg) return;
    const next = w.nested(() => note(visit(arg)));
    if (next.simple) {
      w.push(...next.body);
      rest(from + 1);
      return;
    }
    const further = w.nested(() => rest(from + 1));
    w.push(when(i32.eqz(get(decided)), [...next.body, ...further.body]));
  };
  rest(0);
  const value = w.keep(expr.kind === 'or' ? get(decided) : i32.eqz(get(decided)), expr.kind);
  const unknown = mayBeNull ? w.keep(i32.and(get(isNull), i32.eqz(get(decided))), 'null') : null;
  return { value: { kind: 'boolean', value }, isNull: unknown };
}

const isFalse = (value: Computed): Code<'i32'> => {
  const no = i32.eqz(booleanOf(value)());
  return value.isNull ? i32.and(no, i32.eqz(value.isNull())) : no;
};
