import type { LogicalWindow } from '../logical/logical-plan.ts';
import { isTogether, type Planned } from './distribution.ts';
import { areHashable, gathered, partitioned, partitionsFor } from './exchanges.ts';
import type { PhysicalContext } from './physical-context.ts';

/** The rows of a window partition in one task. */
export function planWindow(plan: LogicalWindow, context: PhysicalContext): Planned {
  const { partitionBy, orderBy, functions } = plan;
  const input = met(plan, context.plan(plan.input), context);
  const added = plan.columns.slice(plan.input.columns.length);
  const columns = [...input.plan.columns, ...added];
  return {
    plan: { kind: 'window', input: input.plan, partitionBy, orderBy, functions, columns },
    distribution: input.distribution,
  };
}

function met({ input, partitionBy }: LogicalWindow, planned: Planned, context: PhysicalContext): Planned {
  if (isTogether(planned.distribution, partitionBy)) return planned;
  const bytes = context.estimates.bytes(input);
  const partitions = partitionsFor(context, bytes);
  if (bytes <= context.limits.gatheredBytes || partitions === 1 || !areHashable(partitionBy)) return gathered(planned);
  return partitioned(planned, partitionBy, partitions);
}
