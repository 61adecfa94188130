import type { LogicalWith } from '../../logical/logical-plan.ts';
import { overInputs } from '../../logical/rebuild.ts';
import { inlineCommonTable } from '../inline-common-table.ts';
import type { Unnester } from './unnest.ts';
import type { Unnested } from './unnested.ts';

/** A common table that itself reads outer columns is another one for each of them: every reading computes it. */
export function unnestWith(node: LogicalWith, unnester: Unnester): Unnested {
  const { context } = unnester;
  if (unnester.isCorrelated(node.definition))
    return unnester.unnest(inlineCommonTable(node, context.ids, context.numbers));
  const rows = unnester.unnest(node.body);
  return { ...rows, plan: overInputs(node, [node.definition, rows.plan]) };
}
