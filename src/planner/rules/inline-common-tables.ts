import type { ColumnIds } from '../bind/bind-context.ts';
import { inputs, type LogicalPlan, type LogicalWith, withInputs } from '../logical/logical-plan.ts';
import { PlanNumbers } from '../logical/renew-columns.ts';
import { nodes } from '../logical/rewrite.ts';
import { inlineCommonTable } from './inline-common-table.ts';
import type { Rule } from './rule.ts';

/**
 * A common table that is read once, that is no more than a reading of another, or that the query does not want materialized, stands where it is
 * read; one that nobody reads goes. One that the query wants materialized stays.
 *
 *     With q                 Filter x > 1
 *       Scan t [x]      ->     Project x
 *       Filter x > 1             Scan t [x]
 *         Common table q
 */
export const inlineCommonTables: Rule = {
  name: 'inline_common_tables',
  apply: (plan, { ids }) => {
    if (!nodes(plan).some(({ kind }) => kind === 'with')) return plan;
    return inline(plan, ids, new PlanNumbers(plan));
  },
};

/** Definitions first: what they read of others is inlined with them. */
function inline(plan: LogicalPlan, ids: ColumnIds, numbers: PlanNumbers): LogicalPlan {
  const node = withInputs(
    plan,
    inputs(plan).map((input) => inline(input, ids, numbers)),
  );
  if (node.kind !== 'with') return node;
  return isInlined(node) ? inlineCommonTable(node, ids, numbers) : node;
}

function isInlined({ table, definition, body, materialized }: LogicalWith): boolean {
  const readings = nodes(body).filter((node) => node.kind === 'commonTable' && node.table === table).length;
  if (readings === 0) return true;
  if (materialized !== null) return !materialized;
  return readings === 1 || nodes(definition).every(({ kind }) => CHEAP.has(kind));
}

const CHEAP: ReadonlySet<string> = new Set(['scan', 'values', 'filter', 'project', 'commonTable', 'workingTable']);
