import { isNested } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { columnExpr } from '../expr/build.ts';
import { sameColumns } from '../logical/same-columns.ts';
import { MAX_TASKS } from '../stages/assign-tasks.ts';
import type { DistributedPlan, ExchangePlan, WholePlan } from './distributed-plan.ts';
import { type Distribution, hashedBy, type Planned, SINGLE } from './distribution.ts';
import type { PhysicalContext } from './physical-context.ts';

/** All rows in one task. */
export function gathered(planned: Planned): Planned {
  if (planned.distribution.kind === 'single') return planned;
  const { plan } = planned;
  if (isPartitioned(plan)) return { plan: whole(plan), distribution: SINGLE };
  return {
    plan: { kind: 'exchange', input: plan, columns: plan.columns, output: { kind: 'gather' } },
    distribution: SINGLE,
  };
}

/** All rows in every task above. */
export function broadcast(planned: Planned): Planned {
  const { plan, distribution } = planned;
  const everywhere: Distribution = { kind: 'single', replicable: true };
  if (distribution.kind === 'single' && (distribution.replicable || isMoved(planned)))
    return { plan, distribution: everywhere };
  if (isPartitioned(plan)) return { plan: whole(plan), distribution: everywhere };
  return {
    plan: { kind: 'exchange', input: plan, columns: plan.columns, output: { kind: 'broadcast' } },
    distribution: everywhere,
  };
}

/** Whether the rows lie in an exchange, so that no other stage is needed to hand them on. */
export const isMoved = ({ plan }: Planned): boolean => plan.kind === 'exchange' || plan.kind === 'whole';

const isPartitioned = (plan: DistributedPlan): plan is ExchangePlan =>
  plan.kind === 'exchange' && plan.output.kind === 'hash';

const whole = (exchange: ExchangePlan): WholePlan => ({ kind: 'whole', columns: exchange.columns, exchange });

/** Rows with equal keys in one task of `partitions`. */
export function partitioned({ plan }: Planned, keys: readonly Expr[], partitions: number): Planned {
  return {
    plan: { kind: 'exchange', input: plan, columns: plan.columns, output: { kind: 'hash', keys, partitions } },
    distribution: hashedBy(keys, partitions),
  };
}

/** Over how many tasks rows of so many bytes are partitioned; 1: they are better gathered. */
export function partitionsFor({ workers, partitions, limits }: PhysicalContext, bytes: number): number {
  return partitions ?? workers ?? Math.max(1, Math.min(MAX_TASKS, Math.ceil(bytes / limits.taskBytes)));
}

/** Nested values have no hash. */
export const areHashable = (exprs: readonly Expr[]): boolean =>
  exprs.length > 0 && exprs.every(({ type }) => !isNested(type));

/** The columns at the positions that the logical plan gives them. */
export function inOrder(planned: Planned, columns: readonly Column[]): Planned {
  const { plan } = planned;
  if (sameColumns(plan.columns, columns)) return planned;
  return {
    ...planned,
    plan: { kind: 'project', input: plan, exprs: columns.map((column) => columnExpr(column)), columns },
  };
}
