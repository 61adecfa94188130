import { columnExpr } from '../expr/build.ts';
import type { LogicalSetOperation } from '../logical/logical-plan.ts';
import type { DistributedPlan } from './distributed-plan.ts';
import type { Distribution, Planned } from './distribution.ts';
import { hashedBy, projected, SINGLE } from './distribution.ts';
import { areHashable, gathered, inOrder, partitioned, partitionsFor } from './exchanges.ts';
import type { PhysicalContext } from './physical-context.ts';

/** UNION ALL takes rows where they are; the others need equal rows in one task. */
export function planSetOperation(plan: LogicalSetOperation, context: PhysicalContext): Planned {
  const inputs = plan.inputs.map((input) => inOrder(context.plan(input), input.columns));
  const combined = (over: readonly Planned[], distribution: Distribution): Planned => ({
    plan: {
      kind: 'setOperation',
      operation: plan.operation,
      all: plan.all,
      inputs: over.map((input): DistributedPlan => input.plan),
      columns: plan.columns,
    },
    distribution,
  });
  const first = inputs[0] as Planned;
  if (inputs.every(({ distribution }) => distribution.kind === 'single')) return combined(inputs, SINGLE);
  if (plan.operation === 'union' && plan.all) {
    const tasks = sideBySide(inputs);
    if (tasks) return combined(inputs, tasks);
  }
  const bytes = plan.inputs.reduce((sum, input) => sum + context.estimates.bytes(input), 0);
  const partitions = partitionsFor(context, bytes);
  const columnsOf = ({ plan: input }: Planned) => input.columns.map((column) => columnExpr(column));
  if (bytes <= context.limits.gatheredBytes || partitions === 1 || !areHashable(columnsOf(first))) {
    return combined(inputs.map(gathered), SINGLE);
  }
  return combined(
    inputs.map((input) => partitioned(input, columnsOf(input), partitions)),
    projected(hashedBy(columnsOf(first), partitions), columnsOf(first), plan.columns),
  );
}

/** The tasks that do the work of all inputs without a row being moved, if they can. */
function sideBySide(inputs: readonly Planned[]): Distribution | null {
  const distributions = inputs.map(({ distribution }) => distribution);
  const [first] = distributions;
  if (first?.kind !== 'parallel') return null;
  let tasks = first.tasks;
  for (const each of distributions) {
    if (each.kind !== 'parallel' || each.over !== first.over) return null;
    if (first.over === 'partitions' && each.tasks !== first.tasks) return null;
    tasks = Math.max(tasks, each.tasks);
  }
  return { kind: 'parallel', tasks, over: first.over, keys: [] };
}
