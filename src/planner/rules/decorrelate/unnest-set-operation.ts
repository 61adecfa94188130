import type { Column } from '../../../operators/expr/expr.ts';
import { columnExpr } from '../../expr/build.ts';
import type { LogicalPlan, LogicalSetOperation } from '../../logical/logical-plan.ts';
import { aligned } from './align.ts';
import type { Unnester } from './unnest.ts';
import { keyed } from './unnest-recursive.ts';
import { type OuterEquality, type Unnested, unnested } from './unnested.ts';

/** Rows of different outer rows are different rows. */
export function unnestSetOperation(node: LogicalSetOperation, unnester: Unnester): Unnested {
  const { context } = unnester;
  const inputs = aligned(
    node.inputs.map((input) => unnester.unnest(input)),
    new Set(),
    context,
  );
  const [{ equalities }] = inputs as [Unnested];
  const keys = equalities.map(({ inner }) => context.ids.column('key', inner.type, true));
  return unnested(
    {
      ...node,
      inputs: inputs.map((rows, i) => keyed(node.inputs[i] as LogicalPlan, rows, unnester)),
      columns: [...node.columns, ...keys],
    },
    {
      equalities: equalities.map((each: OuterEquality, i) => ({ ...each, inner: columnExpr(keys[i] as Column) })),
    },
  );
}
