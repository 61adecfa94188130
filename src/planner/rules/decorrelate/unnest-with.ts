import type { LogicalPlan, LogicalWith } from '../../logical/logical-plan.ts';
import { overInputs } from '../../logical/rebuild.ts';
import { nodes } from '../../logical/rewrite.ts';
import { inlineCommonTable } from '../inline-common-table.ts';
import { withOuterValues } from './domain-join.ts';
import type { Unnester } from './unnest.ts';
import { keyed } from './unnest-recursive.ts';
import type { Unnested } from './unnested.ts';

/**
 * A common table that itself reads outer columns is another one for each outer row: it holds the rows of all of them, and delivers what
 * tells them apart to whoever reads it. One that is read once stands where it is read.
 */
export function unnestWith(node: LogicalWith, unnester: Unnester): Unnested {
  const { context, shared } = unnester;
  if (!unnester.isCorrelated(node.definition)) {
    const rows = unnester.unnest(node.body);
    return { ...rows, plan: overInputs(node, [node.definition, rows.plan]) };
  }
  if (readings(node.body, node.table) <= 1) {
    return unnester.unnest(inlineCommonTable(node, context.ids, context.numbers));
  }
  const definition = withOuterValues(unnester.unnest(node.definition), new Set(), context);
  shared.set(node.table, { first: node.definition.columns.length, equalities: definition.equalities });
  const rows = unnester.unnest(node.body);
  shared.delete(node.table);
  return { ...rows, plan: overInputs(node, [keyed(node.definition, definition, unnester), rows.plan]) };
}

const readings = (plan: LogicalPlan, table: number): number =>
  nodes(plan).filter((node) => node.kind === 'commonTable' && node.table === table).length;
