import { assertNever, BindError, type Span, UnsupportedError } from '../../common/errors.ts';
import { BOOLEAN, NULL, typeName } from '../../common/types.ts';
import { resolveAggregate } from '../../operators/aggregate/functions.ts';
import { type Column, type ColumnId, caseBranch, type Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { columnExpr, literal } from '../expr/build.ts';
import type { LogicalAggregateCall, LogicalApply, LogicalPlan } from '../logical/logical-plan.ts';
import { mapExprs, rewritePlan } from '../logical/rewrite.ts';
import type { SubqueryExpression } from '../parse/ast-expr.ts';
import { atMostOneRow } from './at-most-one-row.ts';
import type { ExprEnvironment, Subqueries } from './bind-expr.ts';
import { comparedColumn, constantOf } from './constant-column.ts';
import { forbidding, type QueryEnvironment } from './query-environment.ts';
import { counted, freeColumns, nullableColumns } from './relation.ts';
import { callOf } from './resolve-call.ts';
import { bindRow, compareRows } from './row-values.ts';

/** A query inside an expression: the apply that computes what the expression reads of it. */
export interface PendingApply {
  readonly type: 'left' | 'mark';
  readonly right: LogicalPlan;
  readonly compare: Expr | null;
  readonly mark: Column | null;
}

/** The columns that an apply adds. */
export const addedBy = ({ right, mark }: PendingApply): readonly Column[] =>
  mark ? [mark] : nullableColumns(right.columns);

/** The columns that it reads of what it stands over, and of the queries around. */
export function readBy({ right, compare }: PendingApply): ReadonlySet<ColumnId> {
  const read = new Set(freeColumns(right));
  if (compare) {
    const compared = new Set<ColumnId>();
    collectColumns(compare, compared);
    for (const { id } of right.columns) compared.delete(id);
    for (const id of compared) read.add(id);
  }
  return read;
}

/** The plan with the applies on top, in their order; `lift` says what expressions over their input become there. */
export function placeApplies(
  plan: LogicalPlan,
  applies: readonly PendingApply[],
  lift: (expr: Expr) => Expr = (expr) => expr,
): LogicalPlan {
  return applies.reduce<LogicalPlan>((left, apply): LogicalApply => {
    const { type, compare, mark } = apply;
    const right = rewritePlan(apply.right, (node) => mapExprs(node, lift));
    const columns = [...left.columns, ...addedBy(apply)];
    return { kind: 'apply', type, left, right, condition: null, compare: compare && lift(compare), mark, columns };
  }, plan);
}

interface Bound {
  readonly values: readonly Expr[];
  readonly applies: readonly PendingApply[];
}

/**
 * Takes the queries inside the expressions of a clause. The clause puts `applies` on its input. One written twice is computed once.
 */
export class SubqueryCollector implements Subqueries {
  readonly #env: QueryEnvironment;
  readonly #known = new Map<string, Bound>();
  #applies: PendingApply[] = [];

  constructor(env: QueryEnvironment) {
    this.#env = env;
  }

  /** In the order in which they have to be placed: an operand before what compares it. */
  get applies(): readonly PendingApply[] {
    return this.#applies;
  }

  value(node: SubqueryExpression, env: ExprEnvironment): Expr {
    const values = this.row(node, env);
    if (values.length === 1) return values[0] as Expr;
    throw new BindError('SQ1105', `a query inside an expression delivers one column, not ${values.length}`, {
      span: node.span,
      hint: 'select one column',
    });
  }

  row(node: SubqueryExpression, env: ExprEnvironment): readonly Expr[] {
    const key = `${env.alias ? 'alias ' : ''}${keyOf(node)}`;
    const known = this.#known.get(key);
    if (known) return known.values;
    const before = this.#applies.length;
    const values = bindSubquery(node, env, this.#env, (apply) => this.#applies.push(apply));
    this.#known.set(key, { values, applies: this.#applies.slice(before) });
    return values;
  }

  /** The values of a query that was taken before. */
  find(node: SubqueryExpression, env: ExprEnvironment): readonly Expr[] | null {
    return this.#known.get(`${env.alias ? 'alias ' : ''}${keyOf(node)}`)?.values ?? null;
  }

  /** Gives away the applies whose columns are read, and those that they build on. */
  release(read: Iterable<ColumnId>): readonly PendingApply[] {
    const wanted = new Set(read);
    const released = new Set<PendingApply>();
    for (const apply of this.#applies.toReversed()) {
      if (!addedBy(apply).some(({ id }) => wanted.has(id))) continue;
      released.add(apply);
      for (const id of readBy(apply)) wanted.add(id);
    }
    const given = this.#applies.filter((apply) => released.has(apply));
    this.#applies = this.#applies.filter((apply) => !released.has(apply));
    return given;
  }
}

/** The same for what is written alike. */
const keyOf = (node: SubqueryExpression) => JSON.stringify(node, (key, value) => (key === 'span' ? undefined : value));

function bindSubquery(
  node: SubqueryExpression,
  env: ExprEnvironment,
  around: QueryEnvironment,
  push: (apply: PendingApply) => void,
): readonly Expr[] {
  const { form, span } = node;
  const { ids } = env.context;
  const inner = forbidding(
    { ...around, outer: env, hidden: null, later: around.later },
    'a query inside an expression',
  );
  switch (form.kind) {
    case 'exists': {
      const right = inner.bindQuery(node.query, inner);
      const mark = ids.column('exists', BOOLEAN, false);
      push({ type: 'mark', right, compare: null, mark });
      return [columnExpr(mark, span)];
    }
    case 'scalar': {
      const plan = inner.bindQuery(node.query, inner);
      const columns = plan.columns;
      if (atMostOneRow(plan)) {
        push({ type: 'left', right: plan, compare: null, mark: null });
        return columns.map((column, i) => {
          const isNull = constantOf(plan, i)?.value === null;
          return isNull ? literal(null, NULL, span) : columnExpr(column, span);
        });
      }
      const right = firstRow(plan, env);
      push({ type: 'left', right, compare: null, mark: null });
      const count = columnExpr(right.columns.at(-1) as Column, span);
      return right.columns.slice(0, -1).map((column) => callOf('single_row', [columnExpr(column, span), count], span));
    }
    case 'array':
      return [arrayOf(inner.bindQuery(node.query, inner), env, span, push)];
    case 'any':
    case 'all': {
      const operand = bindRow(form.operand, env);
      const right = inner.bindQuery(node.query, inner);
      if (right.columns.length !== operand.length) {
        throw new BindError(
          'SQ1105',
          `${counted(operand.length)} cannot be compared with the ${counted(right.columns.length)} of a query`,
          { span, hint: `select ${counted(operand.length)}` },
        );
      }
      const values = right.columns.map((_, i) => comparedColumn(right, i));
      const compared = compareRows(form.operator, operand, values, span);
      const isAll = form.kind === 'all';
      const compare = isAll ? negated(form.operator, operand, values, compared, span) : compared;
      const mark = ids.column(isAll ? 'all' : 'any', BOOLEAN, true);
      push({ type: 'mark', right, compare, mark });
      const found = columnExpr(mark, span);
      return [isAll ? { kind: 'not', input: found, type: BOOLEAN, span } : found];
    }
    default:
      return assertNever(form);
  }
}

const OPPOSITES: Readonly<Record<string, string>> = {
  '=': '<>',
  '<>': '=',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

/** What is true of a pair that speaks against ALL. */
function negated(
  operator: string,
  operand: readonly Expr[],
  values: readonly Expr[],
  compared: Expr,
  span: Span,
): Expr {
  const opposite = OPPOSITES[operator];
  if (opposite !== undefined && operand.length === 1) return compareRows(opposite, operand, values, span);
  return { kind: 'not', input: compared, type: BOOLEAN, span };
}

/** The first row of a plan and how many there are. */
function firstRow(input: LogicalPlan, { context }: ExprEnvironment): LogicalPlan {
  const firsts = input.columns.map((column) => aggregateCall('first', column));
  const count = aggregateCall('count', null);
  const columns = [
    ...input.columns.map(({ name, type }) => context.ids.column(name, type, true)),
    context.ids.column('rows', count.type, false),
  ];
  const aggregates = [...firsts, count].map(({ call }) => call);
  return { kind: 'aggregate', input, groups: [], groupingSets: null, aggregates, columns };
}

function aggregateCall(
  name: string,
  column: Column | null,
): { readonly call: LogicalAggregateCall; readonly type: Expr['type'] } {
  const args = column ? [columnExpr(column)] : [];
  const resolved = resolveAggregate(
    name,
    args.map(({ type }) => type),
  );
  if (!resolved) {
    const type = column ? typeName(column.type) : '';
    throw new UnsupportedError('SQ2001', `a query inside an expression that delivers ${type} is not supported yet`);
  }
  const call: LogicalAggregateCall = {
    function: name,
    args,
    argTypes: resolved.argTypes,
    distinct: false,
    orderBy: [],
    filter: null,
  };
  return { call, type: resolved.type };
}

/** ARRAY(query): the values as a list, in the query's order; an empty one of no rows. */
function arrayOf(
  plan: LogicalPlan,
  { context }: ExprEnvironment,
  span: Span,
  push: (apply: PendingApply) => void,
): Expr {
  const [column, another] = plan.columns;
  if (!column || another) {
    throw new BindError('SQ1105', `ARRAY takes a query of one column, not ${plan.columns.length}`, { span });
  }
  const { input, value } = ordered(plan, column);
  const { call, type } = aggregateCall('array_agg', column);
  const list = context.ids.column('array', type, true);
  const aggregate: LogicalPlan = {
    kind: 'aggregate',
    input,
    groups: [],
    groupingSets: null,
    aggregates: [{ ...call, args: [value], orderBy: sortKeys(input) }],
    columns: [list],
  };
  push({ type: 'left', right: aggregate, compare: null, mark: null });
  const found = columnExpr(list, span);
  const some: Expr = { kind: 'isNull', input: found, negated: true, type: BOOLEAN, span };
  return { kind: 'case', branches: [caseBranch(some, found)], otherwise: literal([], type, span), type, span };
}

/** What lies below a projection that only leaves out sort keys. */
function ordered(plan: LogicalPlan, column: Column): { readonly input: LogicalPlan; readonly value: Expr } {
  if (plan.kind === 'project' && sortKeys(plan.input).length > 0)
    return { input: plan.input, value: plan.exprs[0] as Expr };
  return { input: plan, value: columnExpr(column) };
}

function sortKeys(plan: LogicalPlan): LogicalAggregateCall['orderBy'] {
  if (plan.kind === 'sort') return plan.keys;
  return plan.kind === 'limit' ? sortKeys(plan.input) : [];
}
