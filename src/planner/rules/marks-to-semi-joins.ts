import { BOOLEAN } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { inputs, type LogicalJoin, type LogicalPlan } from '../logical/logical-plan.ts';
import { join, overInputs } from '../logical/rebuild.ts';
import { exprsOf, nodes } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

/**
 * A filter that keeps the rows whose mark is true is a semi join, one that keeps those whose mark is false an anti join. Where neither side of
 * its comparison can be NULL, NOT IN is a plain anti join.
 *
 *     Filter mark                 Semi join on k = x
 *       Mark join in k = x   ->     Scan t [k]
 *         Scan t [k]                Scan u [x]
 *         Scan u [x]
 */
export const marksToSemiJoins: Rule = {
  name: 'marks_to_semi_joins',
  apply: (plan) => {
    if (!nodes(plan).some((node) => node.kind === 'join' && node.type === 'mark')) return plan;
    const uses = usesOf(plan);
    return convert(plan, (mark) => uses.get(mark.id) === 1);
  },
};

/** How often each column is read, by an expression or by position. */
function usesOf(plan: LogicalPlan): ReadonlyMap<ColumnId, number> {
  const uses = new Map<ColumnId, number>();
  const use = (id: ColumnId) => uses.set(id, (uses.get(id) ?? 0) + 1);
  const count = (expr: Expr): void => {
    if (expr.kind === 'column') use(expr.id);
    for (const part of parts(expr)) count(part);
  };
  for (const node of nodes(plan)) {
    for (const expr of exprsOf(node)) count(expr);
    const positional = node.kind === 'setOperation' || node.kind === 'recursive' ? inputs(node) : [];
    const delivered = node.kind === 'with' ? [node.definition] : positional;
    for (const input of delivered) for (const { id } of input.columns) use(id);
  }
  for (const { id } of plan.columns) use(id);
  return uses;
}

function convert(plan: LogicalPlan, isOnlyUse: (mark: Column) => boolean): LogicalPlan {
  const node = overInputs(
    plan,
    inputs(plan).map((input) => convert(input, isOnlyUse)),
  );
  if (node.kind !== 'filter' || node.input.kind !== 'join' || node.input.type !== 'mark') return node;
  const mark = node.input.mark as Column;
  if (!isOnlyUse(mark)) return node;
  const predicates = conjuncts(node.predicate);
  const at = predicates.findIndex((predicate) => isMark(predicate, mark) || isNotMark(predicate, mark));
  const predicate = predicates[at];
  if (!predicate) return node;
  const joined = isMark(predicate, mark) ? semi(node.input) : anti(node.input);
  const rest = predicates.filter((_, i) => i !== at);
  if (rest.length === 0) return joined;
  return { kind: 'filter', input: joined, predicate: conjunction(rest), columns: joined.columns };
}

const isMark = (expr: Expr, mark: Column): boolean => expr.kind === 'column' && expr.id === mark.id;

const isNotMark = (expr: Expr, mark: Column): boolean => expr.kind === 'not' && isMark(expr.input, mark);

/** Neither false nor NULL marks are kept: only pairs for which all of it is true count. */
function semi({ left, right, condition, compare }: LogicalJoin): LogicalPlan {
  return join({ type: 'semi', left, right, condition: both(condition, compare), compare: null, mark: null });
}

/** One pair for which the comparison is not false is enough to leave a row out. */
function anti({ left, right, condition, compare }: LogicalJoin): LogicalPlan {
  const pairs = { type: 'anti', left, right, compare: null, mark: null } as const;
  const certain = !compare || !isNullable(compare, [...left.columns, ...right.columns]);
  if (certain) return join({ ...pairs, condition: both(condition, compare) });
  if (!condition) return join({ ...pairs, condition, compare });
  const unknown: Expr = { kind: 'isNull', input: compare, negated: false, type: BOOLEAN };
  const notFalse: Expr = { kind: 'or', args: [compare, unknown], type: BOOLEAN };
  return join({ ...pairs, condition: both(condition, notFalse) });
}

function both(condition: Expr | null, compare: Expr | null): Expr | null {
  const predicates = [condition, compare].filter((expr) => expr !== null);
  return predicates.length === 0 ? null : conjunction(predicates);
}
