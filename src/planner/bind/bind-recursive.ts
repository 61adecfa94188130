import { BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { decimal, MAX_DECIMAL_PRECISION, type SqlType, sameType, typeName } from '../../common/types.ts';
import { canImplicitlyCast, commonType } from '../../operators/expr/coerce.ts';
import type { Column } from '../../operators/expr/expr.ts';
import { columnExpr } from '../expr/build.ts';
import { inputs, type LogicalPlan } from '../logical/logical-plan.ts';
import type { CommonTable, Query, SetOperation } from '../parse/ast.ts';
import { bindWith, namedColumns } from './bind-common-tables.ts';
import { castColumns, setOperationOf } from './bind-set-operation.ts';
import { requireOrder } from './ordering.ts';
import type { KnownTable, QueryEnvironment } from './query-environment.ts';

/** An item of WITH RECURSIVE: `base UNION [ALL] step`, or a query that does not name itself. */
export function bindRecursive(item: CommonTable, env: QueryEnvironment): LogicalPlan {
  const { query } = item;
  const { body } = query;
  if (body.kind !== 'setOperation' || body.operator !== 'union') {
    return env.bindQuery(query, knowing(env, working(item, env, [], 'a query without UNION')));
  }
  if (query.orderBy.length > 0 || query.orderByAll || query.limit || query.offset) {
    return bindCut(item, env);
  }
  const { env: inner, around } = bindWith(query, env);
  return around(bindUnion(item, body, inner));
}

/** ORDER BY and LIMIT around the UNION: only of a query that does not name itself. */
function bindCut(item: CommonTable, env: QueryEnvironment): LogicalPlan {
  return env.bindQuery(item.query, knowing(env, working(item, env, [], 'a UNION with ORDER BY, LIMIT or OFFSET')));
}

const knowing = (env: QueryEnvironment, known: KnownTable): QueryEnvironment => ({
  ...env,
  known: [...env.known, known],
});

function working(
  item: CommonTable,
  { context }: QueryEnvironment,
  columns: readonly Column[],
  forbiddenIn: string | null,
): KnownTable {
  const table = context.scans.next++;
  return { kind: 'working', name: item.name, table, columns, readings: { count: 0 }, forbiddenIn };
}

function bindUnion(item: CommonTable, body: SetOperation, env: QueryEnvironment): LogicalPlan {
  const { context } = env;
  const inBase = knowing(env, working(item, env, [], 'the first query of its UNION'));
  const base = env.bindQuery(body.left, inBase);
  const first = bindStep(item, body.right, base, env);
  if (first.readings === 0) return setOperationOf('union', body.all, [base, first.step], body.span, context);
  requireWidth(item, base, first.step);
  refuseAggregates(item, first.step, body.right.span);
  const types = base.columns.map(({ type }, i) => wider(type, (first.step.columns[i] as Column).type));
  const widened = castColumns(base, types, body.left.span, context);
  const { step, table } = widened === base ? first : bindStep(item, body.right, widened, env);
  for (const [i, column] of step.columns.entries()) {
    if (fits(column.type, types[i] as SqlType)) continue;
    throw mismatch(item, i, (base.columns[i] as Column).type, (first.step.columns[i] as Column).type);
  }
  if (!body.all) for (const column of widened.columns) requireOrder(columnExpr(column), 'UNION', body.span);
  return {
    kind: 'recursive',
    table,
    name: item.name,
    all: body.all,
    base: widened,
    step: castColumns(
      step,
      widened.columns.map(({ type }) => type),
      body.right.span,
      context,
    ),
    columns: namedColumns(widened, item).map(({ name, type }) => context.ids.column(name, type, true)),
  };
}

interface Step {
  readonly step: LogicalPlan;
  readonly table: number;
  readonly readings: number;
}

function bindStep(item: CommonTable, query: Query, base: LogicalPlan, env: QueryEnvironment): Step {
  const columns = namedColumns(base, item).map((column) => ({ ...column, nullable: true }));
  const known = working(item, env, columns, null);
  const step = env.bindQuery(query, knowing(env, known));
  return { step, table: known.table, readings: known.readings.count };
}

function requireWidth({ name, span }: CommonTable, base: LogicalPlan, step: LogicalPlan): void {
  if (base.columns.length === step.columns.length) return;
  throw new BindError(
    'SQ1105',
    `the queries of "${name}" have ${base.columns.length} and ${step.columns.length} columns`,
    { span, hint: 'select as many columns in each of them' },
  );
}

/** The type that a column starts with when the step makes another of it: numbers grow with every round. */
function wider(base: SqlType, step: SqlType): SqlType {
  const common = commonType([base, step]);
  if (!common || sameType(common, base)) return base;
  return common.kind === 'decimal' ? decimal(MAX_DECIMAL_PRECISION, common.scale) : common;
}

/** Decimals of the largest precision stay as they are, however the step computes them. */
function fits(step: SqlType, base: SqlType): boolean {
  const isDecimal = base.kind === 'decimal' && step.kind === 'decimal' && step.scale <= base.scale;
  return isDecimal || canImplicitlyCast(step, base);
}

function mismatch({ name, span }: CommonTable, i: number, base: SqlType, step: SqlType): BindError {
  // Products of decimals have more digits in every round: a wider first query would not end that.
  const grows = base.kind === 'decimal' && step.kind === 'decimal';
  const hint = `cast it in the ${grows ? 'second' : 'first'} query: CAST(… AS ${typeName(grows ? base : step)})`;
  return new BindError(
    'SQ1105',
    `column ${i + 1} of "${name}" is ${typeName(base)} in the first query and ${typeName(step)} in the second`,
    { span, hint },
  );
}

/** An aggregate over the rows of a round: refused, as it would see one round only. */
function refuseAggregates({ name }: CommonTable, step: LogicalPlan, span: Span): void {
  const visit = (node: LogicalPlan): boolean => {
    const reads = node.kind === 'workingTable' || inputs(node).map(visit).includes(true);
    if (reads && node.kind === 'aggregate' && node.aggregates.length > 0) {
      throw new UnsupportedError(
        'SQ2001',
        `WITH RECURSIVE that aggregates "${name}" in its own step is not supported`,
        {
          span,
          hint: 'aggregate in the query that reads it',
        },
      );
    }
    return reads;
  };
  visit(step);
}
