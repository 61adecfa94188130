import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import type { LogicalPlan, LogicalWith } from '../logical/logical-plan.ts';
import { inputs, withInputs } from '../logical/logical-plan.ts';
import { type PlanNumbers, renewColumns } from '../logical/renew-columns.ts';

/** The body, where every reading of the common table is the definition itself. */
export function inlineCommonTable(plan: LogicalWith, ids: ColumnIds, numbers: PlanNumbers): LogicalPlan {
  const replaced = (node: LogicalPlan): LogicalPlan => {
    if (node.kind === 'commonTable' && node.table === plan.table) {
      const { plan: input, columns } = renewColumns(plan.definition, ids, numbers);
      const delivered = node.fields.map((field) => (plan.definition.columns[field] as Column).id);
      return { kind: 'project', input, exprs: delivered.map((id) => columns.get(id) as Expr), columns: node.columns };
    }
    // What a reading delivers stays the same, and so does what is delivered above it, which others may read by position.
    return withInputs(node, inputs(node).map(replaced));
  };
  return replaced(plan.body);
}
