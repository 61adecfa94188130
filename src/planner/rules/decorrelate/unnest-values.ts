import { BOOLEAN, INTEGER } from '../../../common/types.ts';
import { caseBranch, type Expr } from '../../../operators/expr/expr.ts';
import { columnExpr, literal } from '../../expr/build.ts';
import type { LogicalPlan, LogicalValues } from '../../logical/logical-plan.ts';
import type { Unnester } from './unnest.ts';
import type { Unnested } from './unnested.ts';

/** One row computes; several are picked by their number. */
export function unnestValues(node: LogicalValues, unnester: Unnester): Unnested {
  const { columns, rows } = node;
  const [first] = rows;
  if (first && rows.length === 1) {
    const nothing: LogicalPlan = { kind: 'values', rows: [[]], columns: [] };
    return unnester.unnest({ kind: 'project', input: nothing, exprs: first, columns });
  }
  const number = unnester.context.ids.column('row', INTEGER, false);
  const numbers: LogicalPlan = { kind: 'values', rows: rows.map((_, i) => [literal(i, INTEGER)]), columns: [number] };
  const isRow = (i: number): Expr => ({
    kind: 'call',
    function: '=',
    args: [columnExpr(number), literal(i, INTEGER)],
    type: BOOLEAN,
  });
  const exprs = columns.map(
    ({ type }, at): Expr => ({
      kind: 'case',
      branches: rows.map((row, i) => caseBranch(isRow(i), row[at] as Expr)),
      otherwise: null,
      type,
    }),
  );
  return unnester.unnest({ kind: 'project', input: numbers, exprs, columns });
}
