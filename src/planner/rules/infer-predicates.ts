import type { ColumnId, Expr, LogicalExpr } from '../../operators/expr/expr.ts';
import { rewriteExpr, substitute } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import { inputs, type LogicalJoin, type LogicalPlan, withInputs } from '../logical/logical-plan.ts';
import { factored } from './factor-disjunctions.ts';
import { heldPredicates } from './held-predicates.ts';
import { mayRaise } from './may-raise.ts';
import { columnsOf, filtered } from './push-filters.ts';
import type { Rule } from './rule.ts';

/**
 * Gives both sides of a join the predicates that follow from the other side and the join's condition: through equalities, and from an OR
 * what it says about one side alone. `push_filters` takes them down.
 *
 *     Inner join on k = j AND (x = 1 AND y = 2 OR x = 3)      Inner join on k = j AND (...)
 *       Scan t [k, x]                                           Filter x IN (1, 3)
 *       Scan u [j, y] where j = 5                        ->       Filter k = 5
 *                                                                   Scan t [k, x]
 *                                                               Scan u [j, y] where j = 5
 */
export const inferPredicates: Rule = {
  name: 'infer_predicates',
  apply: infer,
};

function infer(plan: LogicalPlan): LogicalPlan {
  const node = withInputs(plan, inputs(plan).map(infer));
  return node.kind === 'join' ? inferAcross(node) : node;
}

/** Which side's rows matter only as far as the condition holds. */
const BOUND: Readonly<Record<LogicalJoin['type'], readonly ('left' | 'right')[]>> = {
  inner: ['left', 'right'],
  semi: ['left', 'right'],
  left: ['right'],
  anti: ['right'],
  mark: ['right'],
  right: ['left'],
  full: [],
};

function inferAcross(join: LogicalJoin): LogicalPlan {
  if (!join.condition) return join;
  const condition = conjuncts(join.condition);
  let { left, right } = join;
  for (const side of BOUND[join.type]) {
    const [own, other] = side === 'left' ? [left, right] : [right, left];
    const added = notHeld(own, [...acrossEqualities(condition, own, other), ...fromDisjunctions(condition, own)]);
    if (side === 'left') left = filtered(left, added);
    else right = filtered(right, added);
  }
  return withInputs(join, [left, right]);
}

function notHeld(plan: LogicalPlan, predicates: readonly Expr[]): readonly Expr[] {
  if (predicates.length === 0) return [];
  const held = new Set(heldPredicates(plan).map(exprKey));
  const added: Expr[] = [];
  for (const predicate of predicates) {
    const key = exprKey(predicate);
    if (!held.has(key)) added.push(predicate);
    held.add(key);
  }
  return added;
}

/** What the other side's columns fulfil, its own that equal them do, too. */
function acrossEqualities(condition: readonly Expr[], own: LogicalPlan, other: LogicalPlan): readonly Expr[] {
  const ownIds = new Set(own.columns.map(({ id }) => id));
  const otherIds = new Set(other.columns.map(({ id }) => id));
  const equals = new Map<ColumnId, Expr[]>();
  for (const predicate of condition) {
    if (predicate.kind !== 'call' || predicate.function !== '=') continue;
    const [a, b] = predicate.args as [Expr, Expr];
    if (a.kind !== 'column' || b.kind !== 'column') continue;
    if (ownIds.has(a.id) && otherIds.has(b.id)) equals.set(b.id, [...(equals.get(b.id) ?? []), a]);
    else if (ownIds.has(b.id) && otherIds.has(a.id)) equals.set(a.id, [...(equals.get(a.id) ?? []), b]);
  }
  if (equals.size === 0) return [];
  return heldPredicates(other).flatMap((predicate) => {
    const [id, ...more] = columnsOf(predicate);
    if (id === undefined || more.length > 0 || !isAboutValue(predicate)) return [];
    return (equals.get(id) ?? []).map((column) => substitute(predicate, new Map([[id, column]])));
  });
}

/** Says the same of equal values, and something of values that are not NULL. */
function isAboutValue(predicate: Expr): boolean {
  if (predicate.kind === 'inList') return predicate.input.kind === 'column';
  if (predicate.kind === 'or') return predicate.args.every(isAboutValue);
  if (predicate.kind !== 'call') return false;
  const [a, b, ...more] = predicate.args;
  if (!a || !b || more.length > 0) return false;
  return (a.kind === 'column' && b.kind === 'literal') || (a.kind === 'literal' && b.kind === 'column');
}

/** One row of the side has to fulfil what one part of the OR asks of the side alone. */
function fromDisjunctions(condition: readonly Expr[], own: LogicalPlan): readonly Expr[] {
  const ids = new Set(own.columns.map(({ id }) => id));
  return condition.flatMap((predicate) => (predicate.kind === 'or' ? (impliedBy(predicate, ids) ?? []) : []));
}

function impliedBy(disjunction: LogicalExpr, ids: ReadonlySet<ColumnId>): Expr | null {
  const args: Expr[] = [];
  for (const arg of disjunction.args) {
    const own = conjuncts(arg).filter((predicate) => {
      const columns = columnsOf(predicate);
      return columns.size > 0 && !mayRaise(predicate) && [...columns].every((id) => ids.has(id));
    });
    if (own.length === 0) return null;
    args.push(conjunction(own));
  }
  return rewriteExpr({ kind: 'or', args, type: disjunction.type }, factored);
}
