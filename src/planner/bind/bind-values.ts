import { BindError, type Span } from '../../common/errors.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { isConstant } from '../../operators/expr/rewrite.ts';
import { isNullable } from '../expr/nullable.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { ValuesBody } from '../parse/ast.ts';
import { bindExpr } from './bind-expr.ts';
import { type PendingApply, placeApplies, SubqueryCollector } from './bind-subquery.ts';
import type { QueryEnvironment } from './query-environment.ts';
import { ONE_ROW } from './relation.ts';
import { unified } from './resolve-call.ts';
import { Scope } from './scope.ts';

interface Row {
  readonly exprs: readonly Expr[];
  readonly applies: readonly PendingApply[];
}

/** VALUES (…), (…): columns called column1, column2, … */
export function bindValues(body: ValuesBody, env: QueryEnvironment): LogicalPlan {
  const { context } = env;
  const scope = new Scope(undefined, { outer: env.outer, hidden: env.hidden });
  const rows = body.rows.map((row): Row => {
    const subqueries = new SubqueryCollector(env);
    const environment = { context, scope, aggregates: { forbiddenIn: 'VALUES' }, subqueries };
    const exprs = row.map((node) => bindExpr(node, environment));
    return { exprs, applies: subqueries.applies };
  });
  const byColumn = unifiedColumns(rows, body.span);
  const columns = byColumn.map((exprs, i) => {
    const type = (exprs[0] as Expr).type;
    return context.ids.column(
      `column${i + 1}`,
      type,
      exprs.some((expr) => isNullable(expr, [])),
    );
  });
  const unifiedRows = rows.map(
    ({ applies }, r): Row => ({ applies, exprs: byColumn.map((exprs) => exprs[r] as Expr) }),
  );
  if (unifiedRows.every(({ exprs, applies }) => applies.length === 0 && exprs.every(isConstant))) {
    return { kind: 'values', rows: unifiedRows.map(({ exprs }) => exprs), columns };
  }
  const [first, ...more] = unifiedRows as [Row, ...Row[]];
  if (more.length === 0) return computed(first, columns);
  const inputs = unifiedRows.map((row) =>
    computed(
      row,
      columns.map(({ name, type, nullable }) => context.ids.column(name, type, nullable)),
    ),
  );
  return { kind: 'setOperation', operation: 'union', all: true, inputs, columns };
}

function computed({ exprs, applies }: Row, columns: readonly Column[]): LogicalPlan {
  return { kind: 'project', input: placeApplies(ONE_ROW, applies), exprs, columns };
}

function unifiedColumns(rows: readonly Row[], span: Span): readonly (readonly Expr[])[] {
  const width = rows[0]?.exprs.length ?? 0;
  const uneven = rows.find(({ exprs }) => exprs.length !== width);
  if (uneven) {
    throw new BindError('SQ1105', `the rows of VALUES have ${width} and ${uneven.exprs.length} columns`, {
      span,
      hint: 'give every row as many values',
    });
  }
  return Array.from({ length: width }, (_, i) =>
    unified(
      rows.map(({ exprs }) => exprs[i] as Expr),
      'a column of VALUES',
      span,
    ),
  );
}
