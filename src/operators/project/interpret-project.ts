import type { Value } from '../../common/types.ts';
import type { Expr } from '../expr/expr.ts';
import { positionOf } from '../expr/interpret.ts';
import type { ProjectPlan } from '../plan.ts';
import { forEachRow, type RowColumn, RowExpressions, type Rows } from '../rows.ts';

/** Computes the expressions of the rows that are left; plain columns are passed on as they are. */
export async function* interpretProject(plan: ProjectPlan, input: AsyncIterable<Rows>): AsyncGenerator<Rows> {
  const expressions = new RowExpressions(plan.input.columns);
  const outputs = plan.exprs.map((expr) => projection(expr, plan, expressions));
  for await (const rows of input) {
    expressions.over(rows);
    yield { ...rows, columns: outputs.map((output) => output(rows)) };
  }
}

function projection(expr: Expr, plan: ProjectPlan, expressions: RowExpressions): (rows: Rows) => RowColumn {
  if (expr.kind === 'column') {
    const position = positionOf(expr, plan.input.columns);
    return (rows) => rows.columns[position] as RowColumn;
  }
  const compute = expressions.compile(expr);
  return (rows) => {
    const values = new Array<Value>(rows.length).fill(null);
    forEachRow(rows, (row) => {
      values[row] = compute(row);
    });
    return { vector: null, read: (row) => values[row] as Value };
  };
}
