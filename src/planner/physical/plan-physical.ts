import { assertNever, InternalError, UnsupportedError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { resolveAggregate } from '../../operators/aggregate/functions.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { AggregateCall, SortKey } from '../../operators/plan.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import type {
  LogicalAggregate,
  LogicalAggregateCall,
  LogicalLimit,
  LogicalPlan,
  LogicalSort,
} from '../logical/logical-plan.ts';
import type { DistributedPlan } from './distributed-plan.ts';

/** Where the rows of a plan are: spread over the tasks of a scan, or all in one task. */
type Distribution = 'spread' | 'single';

interface Planned {
  readonly plan: DistributedPlan;
  readonly distribution: Distribution;
}

/**
 * Chooses operators and where rows change hands. Scans, filters and projects run in every task; an aggregation runs as a
 * partial one in every task and a final one in one task; sorts and limits run in one task, with a limit they run in every
 * task before it too, so that few rows travel.
 */
export function planPhysical(plan: LogicalPlan, ids: ColumnIds): DistributedPlan {
  return convert(plan, ids).plan;
}

function convert(plan: LogicalPlan, ids: ColumnIds): Planned {
  switch (plan.kind) {
    case 'scan': {
      const { scan, source, columns, predicate } = plan;
      const read: DistributedPlan = { kind: 'scan', scan, table: source.name, columns };
      if (!predicate) return { plan: read, distribution: 'spread' };
      return { plan: { kind: 'filter', input: read, predicate, columns }, distribution: 'spread' };
    }
    case 'values':
      return { plan: { kind: 'values', rows: plan.rows, columns: plan.columns }, distribution: 'single' };
    case 'filter': {
      const { plan: input, distribution } = convert(plan.input, ids);
      return { plan: { kind: 'filter', input, predicate: plan.predicate, columns: plan.columns }, distribution };
    }
    case 'project': {
      const { plan: input, distribution } = convert(plan.input, ids);
      return { plan: { kind: 'project', input, exprs: plan.exprs, columns: plan.columns }, distribution };
    }
    case 'aggregate':
      return { plan: aggregate(plan, convert(plan.input, ids), ids), distribution: 'single' };
    case 'sort':
      return { plan: sort(plan, convert(plan.input, ids), null), distribution: 'single' };
    case 'limit':
      return { plan: limit(plan, ids), distribution: 'single' };
    case 'join':
    case 'apply':
    case 'window':
    case 'setOperation':
    case 'unnest':
    case 'sample':
    case 'with':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      throw new UnsupportedError('SQ2001', `${plan.kind} is not supported yet`);
    default:
      return assertNever(plan);
  }
}

/** All rows in one task. */
function gathered({ plan, distribution }: Planned): DistributedPlan {
  return distribution === 'single' ? plan : { kind: 'exchange', input: plan, columns: plan.columns };
}

function sort({ keys, columns }: LogicalSort, input: Planned, first: number | null): DistributedPlan {
  return { kind: 'sort', input: gathered(first === null ? input : topRows(input, keys, first)), keys, columns };
}

/** Only the first rows of every task can be among the first of all. */
function topRows(input: Planned, keys: readonly SortKey[], count: number): Planned {
  if (input.distribution === 'single') return input;
  const { columns } = input.plan;
  const sorted: DistributedPlan = { kind: 'sort', input: input.plan, keys, columns };
  return { plan: firstRows(sorted, count), distribution: 'spread' };
}

const firstRows = (input: DistributedPlan, count: number): DistributedPlan => ({
  kind: 'limit',
  input,
  limit: count,
  offset: 0,
  columns: input.columns,
});

function limit({ input, limit: count, offset, columns }: LogicalLimit, ids: ColumnIds): DistributedPlan {
  const first = count === null ? null : count + offset;
  const limited = (below: DistributedPlan): DistributedPlan => ({
    kind: 'limit',
    input: below,
    limit: count,
    offset,
    columns,
  });
  if (input.kind === 'sort') return limited(sort(input, convert(input.input, ids), first));
  if (input.kind === 'project' && input.input.kind === 'sort') {
    const sorted = sort(input.input, convert(input.input.input, ids), first);
    return limited({ kind: 'project', input: sorted, exprs: input.exprs, columns: input.columns });
  }
  const planned = convert(input, ids);
  if (planned.distribution === 'single' || first === null) return limited(gathered(planned));
  return limited(gathered({ ...planned, plan: firstRows(planned.plan, first) }));
}

/** Whether the call can be computed in every task and merged; quantiles, for one, need all values in one place. */
const isCombinable = (call: LogicalAggregateCall) =>
  resolveAggregate(call.function, call.argTypes)?.combinable === true;

function aggregate(plan: LogicalAggregate, input: Planned, ids: ColumnIds): DistributedPlan {
  const { groups, aggregates, columns } = plan;
  if (input.distribution === 'single' || !aggregates.every(isCombinable)) {
    const calls = aggregates.map((call): AggregateCall => ({ ...call, distinct: false, orderBy: [], states: [] }));
    return {
      kind: 'aggregate',
      groupingSets: null,
      phase: 'single',
      input: input.distribution === 'single' ? input.plan : gathered(input),
      groups,
      aggregates: calls,
      columns,
    };
  }
  const keys = groups.map((group, i) => {
    const { name } = columns[i] as Column;
    return ids.column(name, group.type, isNullable(group, plan.input.columns));
  });
  const calls = aggregates.map(
    (call, i): AggregateCall => ({
      ...call,
      distinct: false,
      orderBy: [],
      states: statesOf(call, columns[groups.length + i] as Column, ids),
    }),
  );
  const partial: DistributedPlan = {
    kind: 'aggregate',
    groupingSets: null,
    phase: 'partial',
    input: input.plan,
    groups,
    aggregates: calls,
    columns: [...keys, ...calls.flatMap(({ states }) => states)],
  };
  return {
    kind: 'aggregate',
    groupingSets: null,
    phase: 'final',
    input: gathered({ plan: partial, distribution: 'spread' }),
    groups: keys.map((key): Expr => columnExpr(key)),
    aggregates: calls.map((call): AggregateCall => ({ ...call, args: [], filter: null })),
    columns,
  };
}

function statesOf(call: LogicalAggregateCall, result: Column, ids: ColumnIds): readonly Column[] {
  const resolved = resolveAggregate(call.function, call.argTypes);
  if (!resolved) throw new InternalError(`aggregate ${call.function} is not resolved`);
  const many = resolved.states.length > 1;
  return resolved.states.map(({ type, nullable }: { type: SqlType; nullable: boolean }, i) =>
    ids.column(many ? `${result.name} state ${i + 1}` : `${result.name} state`, type, nullable),
  );
}
