import { BindError, UnsupportedError } from '../../common/errors.ts';
import { BIGINT, isInteger } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { evaluateConstant } from '../../operators/expr/interpret.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import type { SortKey, WindowCall } from '../../operators/plan.ts';
import { columnExpr, literal } from '../expr/build.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Query } from '../parse/ast.ts';
import type { AstExpr } from '../parse/ast-expr.ts';
import type { BindContext } from './bind-context.ts';
import { bindExpr } from './bind-expr.ts';
import { adaptTexts, callOf } from './resolve-call.ts';
import { Scope } from './scope.ts';

export interface Limits {
  readonly limit: number | null;
  readonly offset: number;
  readonly withTies: boolean;
}

/** LIMIT, OFFSET, FETCH FIRST. */
export function bindLimits({ limit, offset, withTies, orderBy, orderByAll }: Query, context: BindContext): Limits {
  if (withTies && orderBy.length === 0 && !orderByAll) {
    throw new BindError('SQ1105', 'WITH TIES needs ORDER BY', {
      ...(limit && { span: limit.span }),
      hint: 'say by ORDER BY which rows tie',
    });
  }
  return {
    limit: limit && rowCount(limit, 'LIMIT', context),
    offset: offset === null ? 0 : (rowCount(offset, 'OFFSET', context) ?? 0),
    withTies,
  };
}

/** NULL is no limit. */
function rowCount(node: AstExpr, clause: string, context: BindContext): number | null {
  if (node.kind === 'subquery') {
    throw new UnsupportedError('SQ2005', `a query in ${clause} is not supported`, {
      span: node.span,
      hint: 'write the number, or filter by row_number()',
    });
  }
  const bound = bindExpr(node, { context, scope: new Scope(), aggregates: { forbiddenIn: clause } });
  const [expr] = adaptTexts([bound], BIGINT) as [Expr];
  if (isConstant(expr) && (isInteger(expr.type) || expr.type.kind === 'null')) {
    const value = evaluateConstant(expr);
    if (value === null) return null;
    const count = Number(value);
    if (Number.isSafeInteger(count) && count >= 0) return count;
  }
  throw new BindError('SQ1105', `${clause} needs a whole number that is not negative`, {
    span: node.span,
    hint: `write ${clause} 10`,
  });
}

/** The plan in order, cut to the rows that are wanted; `keys` are columns of the plan. */
export function sortedAndLimited(
  plan: LogicalPlan,
  keys: readonly SortKey[],
  limits: Limits,
  context: BindContext,
): LogicalPlan {
  const { limit, offset, withTies } = limits;
  const tied = withTies && limit !== null && limit > 0;
  const input = tied ? rowsUpTo(plan, keys, limit + offset, context) : plan;
  const sorted: LogicalPlan = keys.length === 0 ? input : { kind: 'sort', input, keys, columns: input.columns };
  const rest = tied ? null : limit;
  if (rest === null && offset === 0) return sorted;
  return { kind: 'limit', input: sorted, limit: rest, offset, columns: sorted.columns };
}

/** The rows whose rank is at most `count`, and their rank as a last column. */
function rowsUpTo(input: LogicalPlan, orderBy: readonly SortKey[], count: number, { ids }: BindContext): LogicalPlan {
  const ranked = numbered('rank', input, [], orderBy, ids.column('rank', BIGINT, false));
  return atMost(ranked, count);
}

/** The rows whose last column, a number, is at most `count`. */
export function atMost(input: LogicalPlan, count: number): LogicalPlan {
  const number = columnExpr(input.columns.at(-1) as Column);
  const predicate = callOf('<=', [number, literal(BigInt(count), BIGINT)], { start: 0, end: 0 });
  return { kind: 'filter', input, predicate, columns: input.columns };
}

/** row_number() or rank() as a last column. */
export function numbered(
  name: 'row_number' | 'rank',
  input: LogicalPlan,
  partitionBy: readonly Expr[],
  orderBy: readonly SortKey[],
  column: Column,
): LogicalPlan {
  const call: WindowCall = {
    function: name,
    args: [],
    argTypes: [],
    distinct: false,
    filter: null,
    ignoreNulls: false,
    frame: {
      unit: 'range',
      start: { kind: 'unboundedPreceding' },
      end: { kind: 'currentRow' },
      exclude: 'noOthers',
    },
    type: column.type,
  };
  return { kind: 'window', input, partitionBy, orderBy, functions: [call], columns: [...input.columns, column] };
}

/** The first columns of a plan alone, as columns of their own; the plan when it has no others. */
export function firstColumns(input: LogicalPlan, count: number, { ids }: BindContext): LogicalPlan {
  if (input.columns.length === count) return input;
  const wanted = input.columns.slice(0, count);
  return {
    kind: 'project',
    input,
    exprs: wanted.map((column) => columnExpr(column)),
    columns: wanted.map(({ name, type, nullable }) => ids.column(name, type, nullable)),
  };
}
