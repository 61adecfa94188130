import { BindError, type Span } from '../../common/errors.ts';
import { NULL, type SqlType, sameType, typeName, VARCHAR } from '../../common/types.ts';
import { canCast, commonType } from '../../operators/expr/coerce.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { castTo, columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Query, SetOperation } from '../parse/ast.ts';
import type { BindContext } from './bind-context.ts';
import { constantOf } from './constant-column.ts';
import { textAs } from './literals.ts';
import { requireOrder } from './ordering.ts';
import { forbidding, type QueryEnvironment } from './query-environment.ts';

/** UNION, INTERSECT, EXCEPT: columns by position, in their common types, under the names of the first query. */
export function bindSetOperation(body: SetOperation, env: QueryEnvironment): LogicalPlan {
  const { operator, all } = body;
  const queries = operandsOf(body);
  const inputs = queries.map((query, i) => {
    const inside = operator === 'except' ? i > 0 || all : operator === 'intersect' && all;
    return env.bindQuery(query, inside ? forbidding(env, operator.toUpperCase()) : env);
  });
  return setOperationOf(operator, all, inputs, body.span, env.context);
}

/** A chain of UNION, or of UNION ALL, is one operation over all its queries. */
function operandsOf(body: SetOperation): readonly Query[] {
  const operands: Query[] = [body.right];
  let { left } = body;
  while (body.operator === 'union' && isPlain(left)) {
    const inner = left.body;
    if (inner.kind !== 'setOperation' || inner.operator !== 'union' || inner.all !== body.all) break;
    operands.push(inner.right);
    left = inner.left;
  }
  operands.push(left);
  return operands.reverse();
}

const isPlain = (query: Query) =>
  query.with.length === 0 &&
  query.orderBy.length === 0 &&
  query.orderByAll === null &&
  query.limit === null &&
  query.offset === null;

export function setOperationOf(
  operation: SetOperation['operator'],
  all: boolean,
  plans: readonly LogicalPlan[],
  span: Span,
  context: BindContext,
): LogicalPlan {
  const name = operation.toUpperCase();
  const first = plans[0] as LogicalPlan;
  requireWidth(name, first, plans, span);
  const types = first.columns.map((_, i) => commonColumnType(name, plans, i, span));
  if (!all)
    for (const [i, type] of types.entries())
      requireOrder({ ...columnExpr(first.columns[i] as Column), type }, name, span);
  const inputs = plans.map((plan) => castColumns(plan, types, span, context));
  const columns = types.map((type, i) => {
    const nullable = inputs.map((input) => (input.columns[i] as Column).nullable);
    const { name: called } = first.columns[i] as Column;
    return context.ids.column(called, type, NULLABLE[operation](nullable));
  });
  return { kind: 'setOperation', operation, all, inputs, columns };
}

const NULLABLE: Readonly<Record<SetOperation['operator'], (nullable: readonly boolean[]) => boolean>> = {
  union: (nullable) => nullable.includes(true),
  intersect: (nullable) => !nullable.includes(false),
  except: ([left]) => left ?? true,
};

function requireWidth(name: string, first: LogicalPlan, plans: readonly LogicalPlan[], span: Span): void {
  const uneven = plans.find((plan) => plan.columns.length !== first.columns.length);
  if (!uneven) return;
  throw new BindError(
    'SQ1105',
    `the queries of ${name} have ${first.columns.length} and ${uneven.columns.length} columns`,
    { span, hint: 'select as many columns in each of them' },
  );
}

function commonColumnType(name: string, plans: readonly LogicalPlan[], i: number, span: Span): SqlType {
  const types = plans.map((plan) => (isUntyped(plan, i) ? NULL : (plan.columns[i] as Column).type));
  const common = commonType(types);
  if (common && common.kind !== 'null') {
    const unfit = plans.find(
      (plan) => isUntyped(plan, i) && !canCast(VARCHAR, common) && constantOf(plan, i)?.value !== null,
    );
    if (!unfit) return common;
  }
  const written = commonType(plans.map((plan) => (plan.columns[i] as Column).type));
  if (written) return written;
  const names = [...new Set(plans.map((plan) => typeName((plan.columns[i] as Column).type)))];
  throw new BindError('SQ1105', `column ${i + 1} of ${name} mixes ${names.join(' and ')}`, {
    span,
    hint: 'cast them to one type',
  });
}

/** Whether a column is a constant text or NULL, which takes the type of what it is united with. */
const isUntyped = (plan: LogicalPlan, i: number) => constantOf(plan, i) !== null;

/** The plan with its columns in these types. */
export function castColumns(
  plan: LogicalPlan,
  types: readonly SqlType[],
  span: Span,
  { ids }: BindContext,
): LogicalPlan {
  if (plan.columns.every((column, i) => sameType(column.type, types[i] as SqlType))) return plan;
  const isProject = plan.kind === 'project';
  const input = isProject ? plan.input : plan;
  const exprs = types.map((type, i): Expr => {
    const text = constantOf(plan, i);
    if (text && text.value !== null && !sameType(text.type, type))
      return textAs(text.value as string, type, text.span ?? span);
    return castTo(isProject ? (plan.exprs[i] as Expr) : columnExpr(plan.columns[i] as Column), type);
  });
  const columns = exprs.map((expr, i) =>
    ids.column((plan.columns[i] as Column).name, expr.type, isNullable(expr, input.columns)),
  );
  return { kind: 'project', input, exprs, columns };
}
