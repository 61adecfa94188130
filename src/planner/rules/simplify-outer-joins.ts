import { assertNever } from '../../common/errors.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import { conjuncts } from '../expr/build.ts';
import { substitutedSize } from '../expr/expr-size.ts';
import {
  inputs,
  type LogicalJoin,
  type LogicalJoinType,
  type LogicalPlan,
  withInput,
  withInputs,
} from '../logical/logical-plan.ts';
import { overInputs } from '../logical/rebuild.ts';
import { exprReadsAny } from '../logical/referenced-columns.ts';
import { rejectsNulls } from './rejects-nulls.ts';
import type { Rule } from './rule.ts';

/**
 * An outer join whose rows without a partner are left out above is an inner one, or a full one is a left or right one.
 *
 *     Filter y > 1            Filter y > 1
 *       Left join on k = k  ->   Inner join on k = k
 */
export const simplifyOuterJoins: Rule = {
  name: 'simplify_outer_joins',
  apply: (plan) => simplify(plan, []),
};

/** `known`: what holds for every row that matters above. */
function simplify(plan: LogicalPlan, known: readonly Expr[]): LogicalPlan {
  switch (plan.kind) {
    case 'filter': {
      const input = simplify(plan.input, [...known, ...conjuncts(plan.predicate)]);
      return overInputs(plan, [input]);
    }
    case 'project': {
      const meaning = new Map(plan.columns.map(({ id }, i) => [id, plan.exprs[i] as Expr]));
      return withInput(plan, simplify(plan.input, substituted(known, meaning)));
    }
    case 'aggregate': {
      if (plan.groupingSets) return withInput(plan, simplify(plan.input, []));
      const keys = new Map(plan.groups.map((group, i) => [(plan.columns[i] as Column).id, group]));
      const others = new Set(plan.columns.slice(plan.groups.length).map(({ id }) => id));
      const onKeys = known.filter((predicate) => !exprReadsAny(predicate, others));
      return withInput(plan, simplify(plan.input, substituted(onKeys, keys)));
    }
    case 'sort':
    case 'unnest':
      return overInputs(plan, [simplify(plan.input, known)]);
    case 'join':
      return simplifyJoin(plan, known);
    case 'with':
      return withInputs(plan, [simplify(plan.definition, []), simplify(plan.body, known)]);
    case 'scan':
    case 'values':
    case 'commonTable':
    case 'workingTable':
    case 'apply':
    case 'window':
    case 'setOperation':
    case 'sample':
    case 'limit':
    case 'recursive':
      return overInputs(
        plan,
        inputs(plan).map((input) => simplify(input, [])),
      );
    default:
      return assertNever(plan);
  }
}

/** Nodes of a predicate up to which it is looked at. */
const MAX_SIZE = 1000;

/** Those that stay small: what is computed by and by can double with every project. */
function substituted(known: readonly Expr[], meaning: ReadonlyMap<ColumnId, Expr>): readonly Expr[] {
  return known.flatMap((predicate) =>
    substitutedSize(predicate, meaning) > MAX_SIZE ? [] : [substitute(predicate, meaning)],
  );
}

function simplifyJoin(plan: LogicalJoin, known: readonly Expr[]): LogicalPlan {
  const type = simplerType(plan, known);
  const condition = plan.condition ? conjuncts(plan.condition) : [];
  const [left, right] = knownBelow(type, known, condition);
  const node = withInputs(plan, [simplify(plan.left, left), simplify(plan.right, right)]) as LogicalJoin;
  if (type === plan.type) return node;
  const given = new Map([...node.left.columns, ...node.right.columns].map((column) => [column.id, column]));
  const optional = new Set((type === 'left' ? node.right : node.left).columns.map(({ id }) => id));
  const columns = node.columns.map((column) => {
    const below = given.get(column.id) ?? column;
    return type !== 'inner' && optional.has(column.id) ? { ...below, nullable: true } : below;
  });
  return { ...node, type, columns };
}

function simplerType(plan: LogicalJoin, known: readonly Expr[]): LogicalJoinType {
  const rejects = (side: LogicalPlan) => {
    const ids = new Set(side.columns.map(({ id }) => id));
    return known.some((predicate) => rejectsNulls(predicate, ids));
  };
  switch (plan.type) {
    case 'left':
      return rejects(plan.right) ? 'inner' : 'left';
    case 'right':
      return rejects(plan.left) ? 'inner' : 'right';
    case 'full': {
      const [left, right] = [rejects(plan.left), rejects(plan.right)];
      if (left) return right ? 'inner' : 'left';
      return right ? 'right' : 'full';
    }
    case 'inner':
    case 'semi':
    case 'anti':
    case 'mark':
      return plan.type;
    default:
      return assertNever(plan.type);
  }
}

/** What holds for the rows of each side that matter. */
function knownBelow(
  type: LogicalJoinType,
  known: readonly Expr[],
  condition: readonly Expr[],
): readonly [readonly Expr[], readonly Expr[]] {
  switch (type) {
    case 'inner':
      return [
        [...known, ...condition],
        [...known, ...condition],
      ];
    case 'semi':
      return [[...known, ...condition], condition];
    case 'left':
    case 'anti':
    case 'mark':
      return [known, condition];
    case 'right':
      return [condition, known];
    case 'full':
      return [[], []];
    default:
      return assertNever(type);
  }
}
