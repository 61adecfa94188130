import { BOOLEAN, isNested, type SqlType, sameType } from '../../common/types.ts';
import { commonType } from '../../operators/expr/coerce.ts';
import { type Column, type ColumnId, caseBranch, type Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import type { JoinKey, JoinType } from '../../operators/plan.ts';
import { castTo, conjunction, conjuncts, literal } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import type { LogicalJoin } from '../logical/logical-plan.ts';

/** A join as the operator wants it. */
export interface PhysicalJoin {
  readonly type: JoinType;
  readonly keys: readonly JoinKey[];
  readonly residual: Expr | null;
  /** A left row is decided by all rows of the right side, NULLs included: they have to be in one place. */
  readonly needsWholeRight: boolean;
}

/**
 * Splits a join's condition into keys and the rest. A comparison of IN (`compare`) that is no equality between the sides is not for
 * this: null for such a mark join, which asks two questions (see `plan-join`).
 *
 * | logical | physical |
 * | --- | --- |
 * | anti with compare | nullAwareAnti; anti where neither side of the comparison can be NULL, or where it is no equality |
 * | mark with compare | mark |
 * | mark without | mark whose keys are all two-valued, so that it is never NULL |
 */
export function physicalJoin(join: LogicalJoin): PhysicalJoin | null {
  const { type, condition, compare } = join;
  const parts = condition ? conjuncts(condition) : [];
  if (compare === null)
    return type === 'mark' ? built(join, 'mark', parts, 'two-valued') : built(join, type, parts, 'plain');
  const compared = conjuncts(compare).map((part) => equality(part, join));
  const keys = compared.flatMap((key) => (key ? [key] : []));
  const pure = keys.length === compared.length && keys.every(({ nullsMatch }) => !nullsMatch);
  const certain = pure && keys.every((key) => !nullableLeft(key, join) && !nullableRight(key, join));
  if (type === 'anti') {
    if (certain) return built(join, 'anti', [...parts, ...conjuncts(compare)], 'plain');
    if (!pure) return built(join, 'anti', [...parts, notFalse(compare)], 'plain');
  } else {
    if (certain) return built(join, 'mark', [...parts, ...conjuncts(compare)], 'two-valued');
    if (!pure) return null;
  }
  const rest = split(join, parts, 'two-valued');
  return {
    type: type === 'anti' ? 'nullAwareAnti' : 'mark',
    keys: [...keys, ...rest.keys],
    residual: rest.residual,
    needsWholeRight: true,
  };
}

type KeyLogic = 'plain' | 'two-valued';

function built(join: LogicalJoin, type: JoinType, parts: readonly Expr[], logic: KeyLogic): PhysicalJoin {
  return { type, ...split(join, parts, logic), needsWholeRight: false };
}

/** `two-valued`: a NULL key makes a pair false, not unknown. */
function split(
  join: LogicalJoin,
  parts: readonly Expr[],
  logic: KeyLogic,
): { readonly keys: readonly JoinKey[]; readonly residual: Expr | null } {
  const keys: JoinKey[] = [];
  const rest: Expr[] = [];
  for (const part of parts) {
    if (part.kind === 'literal' && part.value === true) continue;
    const key = equality(part, join);
    if (!key) rest.push(part);
    else if (key.nullsMatch || logic === 'plain') keys.push(key);
    else {
      const [left, right] = [nullableLeft(key, join), nullableRight(key, join)];
      keys.push({ ...key, nullsMatch: left || right });
      if (left && right) rest.push({ kind: 'isNull', input: key.left, negated: true, type: BOOLEAN });
    }
  }
  return { keys, residual: rest.length > 0 ? conjunction(rest) : null };
}

const nullableLeft = ({ left }: JoinKey, join: LogicalJoin) => isNullable(left, join.left.columns);
const nullableRight = ({ right }: JoinKey, join: LogicalJoin) => isNullable(right, join.right.columns);

/** `a = b` or `a IS NOT DISTINCT FROM b` between the sides, whichever stands first. */
function equality(part: Expr, { left, right }: LogicalJoin): JoinKey | null {
  if (part.kind !== 'call' || (part.function !== '=' && part.function !== 'is_not_distinct_from')) return null;
  const [a, b] = part.args as [Expr, Expr];
  const type = sameType(a.type, b.type) ? a.type : commonType([a.type, b.type]);
  if (type === null || isNested(type) || type.kind === 'null') return null;
  const nullsMatch = part.function !== '=';
  if (readsOnly(a, left.columns) && readsOnly(b, right.columns)) return keyOf(a, b, type, nullsMatch);
  if (readsOnly(b, left.columns) && readsOnly(a, right.columns)) return keyOf(b, a, type, nullsMatch);
  return null;
}

const keyOf = (left: Expr, right: Expr, type: SqlType, nullsMatch: boolean): JoinKey => ({
  left: castTo(left, type),
  right: castTo(right, type),
  nullsMatch,
});

/** True for constants of neither side's too: `1 = b` is a condition, not a key. */
function readsOnly(expr: Expr, columns: readonly Column[]): boolean {
  const read = new Set<ColumnId>();
  collectColumns(expr, read);
  return read.size > 0 && [...read].every((id) => columns.some((column) => column.id === id));
}

/** Whether a condition is true or NULL. */
const notFalse = (condition: Expr): Expr => not(isTrue(not(condition)));

const not = (input: Expr): Expr => ({ kind: 'not', input, type: BOOLEAN });

/** Whether a condition is true: false where it is NULL. */
export function isTrue(condition: Expr): Expr {
  return {
    kind: 'case',
    branches: [caseBranch(condition, literal(true, BOOLEAN))],
    otherwise: literal(false, BOOLEAN),
    type: BOOLEAN,
  };
}
