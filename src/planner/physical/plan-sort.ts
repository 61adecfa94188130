import { assertNever } from '../../common/errors.ts';
import type { Column } from '../../operators/expr/expr.ts';
import type { SortKey } from '../../operators/plan.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import type { LogicalLimit, LogicalPlan, LogicalSort } from '../logical/logical-plan.ts';
import type { DistributedPlan } from './distributed-plan.ts';
import { type Planned, projected, SINGLE } from './distribution.ts';
import { gathered, inOrder, partitionsFor } from './exchanges.ts';
import type { PhysicalContext } from './physical-context.ts';

/** Beyond so many rows a sort that keeps only the first ones is no better than one that keeps all. */
const MAX_TOP_ROWS = 1_000_000;

/** The sorts in whose order the rows are delivered; others are there for what reads them in one place. */
export function deliveredSorts(plan: LogicalPlan): ReadonlySet<LogicalPlan> {
  switch (plan.kind) {
    case 'sort':
      return new Set([plan]);
    case 'project':
    case 'filter':
    case 'unnest':
    case 'limit':
      return deliveredSorts(plan.input);
    case 'with':
      return deliveredSorts(plan.body);
    case 'scan':
    case 'values':
    case 'aggregate':
    case 'join':
    case 'apply':
    case 'window':
    case 'setOperation':
    case 'sample':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return new Set();
    default:
      return assertNever(plan);
  }
}

export function planSort(sort: LogicalSort, context: PhysicalContext): Planned {
  return sorted(sort, null, context);
}

/**
 * Many rows are sorted where they are, and again in tasks that each take a range of all: together these deliver them in order. `first`:
 * so many of the first rows are all that is wanted; null: every row is.
 */
function sorted(sort: LogicalSort, first: number | null, context: PhysicalContext): Planned {
  const { input, keys } = sort;
  const planned = context.plan(input);
  const bytes = context.estimates.bytes(input);
  const tasks = partitionsFor(context, bytes);
  const isSpread = planned.distribution.kind === 'parallel' && context.delivered.has(sort);
  if (isSpread && tasks > 1 && bytes > context.limits.gatheredBytes) {
    return inOrder(inRanges(planned, sort, { tasks, first }, context), planned.plan.columns);
  }
  const { plan, distribution } = gathered(planned);
  return { plan: { kind: 'sort', input: plan, keys, columns: plan.columns }, distribution };
}

function inRanges(
  planned: Planned,
  sort: LogicalSort,
  { tasks, first }: { readonly tasks: number; readonly first: number | null },
  context: PhysicalContext,
): Planned {
  const keyed = withKeys(planned.plan, sort, context);
  const { columns } = keyed.plan;
  const own: DistributedPlan = { kind: 'sort', input: keyed.plan, keys: keyed.keys, columns };
  const sent: DistributedPlan = first === null ? own : { kind: 'limit', input: own, limit: first, offset: 0, columns };
  const exchange: DistributedPlan = {
    kind: 'exchange',
    input: sent,
    columns,
    output: { kind: 'range', keys: keyed.keys, tasks, first },
  };
  context.rows.set(sent, context.estimates.rows(sort.input));
  return {
    plan: { kind: 'sort', input: exchange, keys: keyed.keys, columns },
    distribution: { kind: 'parallel', tasks, over: 'partitions', keys: [] },
  };
}

/** The rows with every key as a column. */
function withKeys(
  plan: DistributedPlan,
  sort: LogicalSort,
  context: PhysicalContext,
): { readonly plan: DistributedPlan; readonly keys: readonly SortKey[] } {
  const { keys } = sort;
  const computed = keys.filter(({ expr }) => expr.kind !== 'column');
  if (computed.length === 0) return { plan, keys };
  const added = context.once(sort, 'keys', () => {
    const columns = computed.map((key, i): [SortKey, Column] => [
      key,
      context.ids.column(`key${i + 1}`, key.expr.type, isNullable(key.expr, plan.columns)),
    ]);
    return new Map(columns);
  });
  const exprs = [...plan.columns.map((column) => columnExpr(column)), ...computed.map(({ expr }) => expr)];
  return {
    plan: { kind: 'project', input: plan, exprs, columns: [...plan.columns, ...added.values()] },
    keys: keys.map((key) => {
      const column = added.get(key);
      return column ? { ...key, expr: columnExpr(column) } : key;
    }),
  };
}

/** What is left of a limit runs in every task before it runs in one, so that few rows travel. */
export function planLimit({ input, limit, offset }: LogicalLimit, context: PhysicalContext): Planned {
  const sort = sortBelow(input);
  if (limit !== null && sort) {
    if (limit + offset <= MAX_TOP_ROWS) return projectedAs(input, topRows(sort, limit, offset, context));
    return limitedRows(projectedAs(input, sorted(sort, limit + offset, context)), limit, offset);
  }
  return limitedRows(context.plan(input), limit, offset);
}

function sortBelow(plan: LogicalPlan): LogicalSort | null {
  const below = plan.kind === 'project' ? plan.input : plan;
  return below.kind === 'sort' ? below : null;
}

/** What a project, if the plan is one, makes of its input. */
function projectedAs(plan: LogicalPlan, input: Planned): Planned {
  if (plan.kind !== 'project') return input;
  const { exprs, columns } = plan;
  return {
    plan: { kind: 'project', input: input.plan, exprs, columns },
    distribution: projected(input.distribution, exprs, columns),
  };
}

function limitedRows(planned: Planned, limit: number | null, offset: number): Planned {
  if (planned.distribution.kind === 'single') return limited(planned, limit, offset);
  return limited(gathered(limit === null ? planned : limited(planned, limit + offset, 0)), limit, offset);
}

function limited({ plan, distribution }: Planned, limit: number | null, offset: number): Planned {
  return {
    plan: { kind: 'limit', input: plan, limit, offset, columns: plan.columns },
    distribution: distribution.kind === 'single' ? SINGLE : distribution,
  };
}

/** Only the first rows of every task can be among the first of all. */
function topRows({ input, keys }: LogicalSort, limit: number, offset: number, context: PhysicalContext): Planned {
  const top = ({ plan, distribution }: Planned, count: number, skipped: number): Planned => ({
    plan: { kind: 'topN', input: plan, keys, limit: count, offset: skipped, columns: plan.columns },
    distribution,
  });
  const planned = context.plan(input);
  if (planned.distribution.kind === 'single') return top(planned, limit, offset);
  return top(gathered(top(planned, limit + offset, 0)), limit, offset);
}
