import { BIGINT, BOOLEAN } from '../../../common/types.ts';
import type { Expr } from '../../../operators/expr/expr.ts';
import { columnExpr, literal } from '../../expr/build.ts';
import type { LogicalLimit, LogicalPlan, LogicalSort, LogicalWindow } from '../../logical/logical-plan.ts';
import { rowNumber } from './apply-domain.ts';
import { filtered, withOuterValues } from './domain-join.ts';
import type { Unnester } from './unnest.ts';
import { type Unnested, unnested } from './unnested.ts';

/** Rows are numbered for each outer row, in the order of the sort below. */
export function unnestLimit(node: LogicalLimit, unnester: Unnester): Unnested {
  const { input, limit, offset } = node;
  if (limit === 0) return unnested({ kind: 'values', rows: [], columns: node.columns });
  if (input.kind === 'project' && input.input.kind === 'sort') {
    const below: LogicalPlan = { ...node, input: input.input, columns: input.input.columns };
    return unnester.unnest({ ...input, input: below });
  }
  const numbered = input.kind === 'sort' ? input.input : input;
  const whole = unnester.unnest(numbered);
  if (whole.defaults && offset === 0) return whole;
  const settled = withOuterValues(whole, new Set(), unnester.context);
  const sort: LogicalSort | null = input.kind === 'sort' ? input : null;
  const { rows, node: order } = sort ? unnester.resolved(sort, settled) : { rows: settled, node: null };
  const number = unnester.context.ids.column('row_number', BIGINT, false);
  const window: LogicalWindow = {
    kind: 'window',
    input: rows.plan,
    partitionBy: rows.equalities.map(({ inner }) => inner),
    orderBy: order?.keys ?? [],
    functions: [rowNumber],
    columns: [...rows.plan.columns, number],
  };
  const compared = (operator: string, count: number): Expr => ({
    kind: 'call',
    function: operator,
    args: [columnExpr(number), literal(BigInt(count), BIGINT)],
    type: BOOLEAN,
  });
  const bounds = [
    ...(limit === null ? [] : [compared('<=', limit + offset)]),
    ...(offset > 0 ? [compared('>', offset)] : []),
  ];
  return { ...rows, plan: filtered(window, bounds) };
}
