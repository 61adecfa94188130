import { InternalError } from '../../common/errors.ts';
import { resolveAggregate } from '../../operators/aggregate/functions.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { AggregateCall } from '../../operators/plan.ts';
import { columnExpr } from '../expr/build.ts';
import { isNullable } from '../expr/nullable.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregate, LogicalAggregateCall, LogicalPlan } from '../logical/logical-plan.ts';
import type { DistributedPlan } from './distributed-plan.ts';
import { isTogether, type Planned, projected } from './distribution.ts';
import { areHashable, gathered, partitioned, partitionsFor } from './exchanges.ts';
import type { PhysicalContext } from './physical-context.ts';

/** Partial groups are not worth their making when there are so many of them for a row. */
const FEW_ROWS_PER_GROUP = 0.7;

/**
 * One aggregation where the rows of a group are in one task; else a partial one in every task and a final one where the groups meet:
 * in one task while they are few, else partitioned by their keys. What cannot be merged, and what is distinct, is aggregated in one
 * step where the rows meet.
 */
export function planAggregate(plan: LogicalAggregate, context: PhysicalContext): Planned {
  const input = context.plan(plan.input);
  const { distribution } = input;
  const isSplittable = plan.aggregates.every(isCombinable);
  const begun = isSplittable ? context.begun(partialGroups(plan, input, context).plan) : null;
  if (begun) return finalGroups(plan, areFew(plan, context) ? gathered(begun) : begun, context);
  if (distribution.kind === 'single') return single(plan, input);
  if (plan.groupingSets === null && isTogether(distribution, plan.groups)) return single(plan, input);
  const { estimates } = context;
  const perRow = estimates.rows(plan) / Math.max(1, estimates.rows(plan.input));
  if (isSplittable) {
    const { low, high } = context.size(plan);
    const isOpen = low < high;
    const isWorth = plan.groups.length === 0 || plan.groupingSets !== null || isOpen || perRow < FEW_ROWS_PER_GROUP;
    return isWorth
      ? twoPhases(plan, input, context)
      : single(plan, met(plan, input, estimates.bytes(plan.input), context));
  }
  const args = plan.groupingSets === null ? distinctArguments(plan) : null;
  if (args) return planDistinct(plan, args, input, context);
  return single(plan, met(plan, input, estimates.bytes(plan.input), context));
}

/** The rows of every group in one task. */
function met(plan: LogicalAggregate, input: Planned, bytes: number, context: PhysicalContext): Planned {
  const partitions = partitionsFor(context, bytes);
  if (bytes <= context.limits.gatheredBytes || partitions === 1) return gathered(input);
  if (plan.groupingSets !== null || !areHashable(plan.groups)) return gathered(input);
  return partitioned(input, plan.groups, partitions);
}

function single(plan: LogicalAggregate, input: Planned): Planned {
  const { groups, groupingSets, columns } = plan;
  const aggregates = plan.aggregates.map((call): AggregateCall => ({ ...call, states: [] }));
  return {
    plan: { kind: 'aggregate', phase: 'single', input: input.plan, groups, groupingSets, aggregates, columns },
    distribution: projected(input.distribution, groups, columns.slice(0, groups.length)),
  };
}

/** Whether the call can be computed in every task and merged; quantiles, for one, need all values in one place. */
const isCombinable = (call: LogicalAggregateCall) =>
  !call.distinct && call.orderBy.length === 0 && resolveAggregate(call.function, call.argTypes)?.combinable === true;

function twoPhases(plan: LogicalAggregate, input: Planned, context: PhysicalContext): Planned {
  const states = partialGroups(plan, input, context);
  const { keyExprs } = phasesOf(plan, context);
  const bytes = context.estimates.bytes(plan);
  const partitions = partitionsFor(context, bytes);
  // The group of no keys exists over no rows too: there must be one task for it.
  const isSplit = keyExprs.length > 0 && !plan.groupingSets?.some((set) => set.length === 0) && areHashable(keyExprs);
  const few = areFew(plan, context) || partitions === 1;
  return finalGroups(plan, isSplit && !few ? partitioned(states, keyExprs, partitions) : gathered(states), context);
}

/** Groups that one task takes from all others. */
const areFew = (plan: LogicalAggregate, { estimates, limits }: PhysicalContext): boolean =>
  estimates.bytes(plan) <= limits.gatheredBytes;

/** What a partial aggregation delivers and a final one reads. */
interface Phases {
  readonly keys: readonly Column[];
  readonly keyExprs: readonly Expr[];
  readonly calls: readonly AggregateCall[];
}

function phasesOf(plan: LogicalAggregate, context: PhysicalContext): Phases {
  return context.once(plan, 'phases', () => {
    const { groups, groupingSets, aggregates, columns } = plan;
    const keyColumns = columns.slice(0, groups.length + (groupingSets ? 1 : 0));
    const keys = keyColumns.map(({ name, type, nullable }, i) => {
      const group = groups[i];
      const isGroup = group && !groupingSets;
      return context.ids.column(name, type, isGroup ? isNullable(group, plan.input.columns) : nullable);
    });
    const calls = aggregates.map(
      (call, i): AggregateCall => ({
        ...call,
        states: statesOf(call, columns[keyColumns.length + i] as Column, context),
      }),
    );
    return { keys, keyExprs: keys.map((key): Expr => columnExpr(key)), calls };
  });
}

function partialGroups(plan: LogicalAggregate, input: Planned, context: PhysicalContext): Planned {
  const { groups, groupingSets } = plan;
  const { keys, calls } = phasesOf(plan, context);
  const partial: DistributedPlan = {
    kind: 'aggregate',
    phase: 'partial',
    input: input.plan,
    groups,
    groupingSets,
    aggregates: calls,
    columns: [...keys, ...calls.flatMap(({ states }) => states)],
  };
  if (keys.length > 0) noteGroups(partial, plan.input, context.estimates.rows(plan), input, context);
  return {
    plan: partial,
    distribution: projected(input.distribution, groups, keys.slice(0, groups.length)),
  };
}

/** Each task has groups of its own, up to all there are. */
function noteGroups(
  plan: DistributedPlan,
  rows: LogicalPlan,
  groups: number,
  { distribution }: Planned,
  { estimates, rows: noted }: PhysicalContext,
): void {
  const tasks = distribution.kind === 'single' ? 1 : distribution.tasks;
  noted.set(plan, Math.min(estimates.rows(rows), groups * tasks));
}

function finalGroups(plan: LogicalAggregate, meeting: Planned, context: PhysicalContext): Planned {
  const { groups, groupingSets, columns } = plan;
  const { keys, keyExprs, calls } = phasesOf(plan, context);
  return {
    plan: {
      kind: 'aggregate',
      phase: 'final',
      input: meeting.plan,
      groups: keyExprs.slice(0, groups.length),
      groupingSets,
      aggregates: calls.map((call): AggregateCall => ({ ...call, args: [], filter: null })),
      columns,
    },
    distribution: projected(meeting.distribution, keyExprs, columns.slice(0, keys.length)),
  };
}

function statesOf(call: LogicalAggregateCall, result: Column, { ids }: PhysicalContext): readonly Column[] {
  const resolved = resolveAggregate(call.function, call.argTypes);
  if (!resolved) throw new InternalError(`aggregate ${call.function} is not resolved`);
  const many = resolved.states.length > 1;
  return resolved.states.map(({ type, nullable }, i) =>
    ids.column(many ? `${result.name} state ${i + 1}` : `${result.name} state`, type, nullable),
  );
}

/** The arguments of all calls, when all are distinct over the same ones and over nothing else. */
function distinctArguments({ aggregates }: LogicalAggregate): readonly Expr[] | null {
  const [first] = aggregates;
  if (!first) return null;
  const of = ({ args }: LogicalAggregateCall) => args.map(exprKey).join();
  const same = aggregates.every(
    (call) => call.distinct && call.filter === null && call.orderBy.length === 0 && of(call) === of(first),
  );
  return same && areHashable(first.args) ? first.args : null;
}

/** Every task drops its duplicates first, so that few rows travel to where the groups, or without groups the arguments, meet. */
function planDistinct(
  plan: LogicalAggregate,
  args: readonly Expr[],
  input: Planned,
  context: PhysicalContext,
): Planned {
  const { ids, estimates } = context;
  const keys = [...plan.groups, ...args];
  const columns = context.once(plan, 'distinct', () =>
    keys.map((key, i) =>
      ids.column(key.kind === 'column' ? key.name : `key ${i + 1}`, key.type, isNullable(key, plan.input.columns)),
    ),
  );
  const distinct = (over: Planned, exprs: readonly Expr[], delivered: readonly Column[]): Planned => ({
    plan: {
      kind: 'aggregate',
      phase: 'single',
      input: over.plan,
      groups: exprs,
      groupingSets: null,
      aggregates: [],
      columns: delivered,
    },
    distribution: projected(over.distribution, exprs, delivered),
  });
  const rows = distinct(input, keys, columns);
  const different = keys.reduce((product, key) => product * estimates.distinct(plan.input, key), 1);
  noteGroups(rows.plan, plan.input, different, input, context);
  const [groups, values] = [columns.slice(0, plan.groups.length), columns.slice(plan.groups.length)].map((list) =>
    list.map((column): Expr => columnExpr(column)),
  ) as [Expr[], Expr[]];
  const outer = context.once(
    plan,
    'outer',
    (): LogicalAggregate => ({
      ...plan,
      input: { kind: 'values', rows: [], columns },
      groups,
      aggregates: plan.aggregates.map((call) => ({ ...call, args: values })),
    }),
  );
  const bytes = estimates.bytes(plan.input);
  const partitions = partitionsFor(context, bytes);
  if (plan.groups.length > 0 || bytes <= context.limits.gatheredBytes || partitions === 1) {
    return single(outer, met(outer, rows, bytes, context));
  }
  const apart = partitioned(rows, values, partitions);
  const again = context.once(plan, 'again', () =>
    columns.map(({ name, type, nullable }) => ids.column(name, type, nullable)),
  );
  const counted = context.once(plan, 'counted', (): LogicalAggregate => {
    const args = again.map((column): Expr => columnExpr(column));
    return { ...outer, aggregates: plan.aggregates.map((call) => ({ ...call, args, distinct: false })) };
  });
  if (!counted.aggregates.every(isCombinable)) return single(outer, gathered(apart));
  return twoPhases(counted, distinct(apart, values, again), context);
}
