import type { LogicalScan } from '../logical/logical-plan.ts';
import { partitionTest } from '../logical/partition-test.ts';
import { bytesOf, taskCount } from '../stages/assign-tasks.ts';
import type { DistributedPlan } from './distributed-plan.ts';
import type { Distribution, Planned } from './distribution.ts';
import type { PhysicalContext, PlannedScan } from './physical-context.ts';

/** The scan, without its predicate. */
export function planScan(scan: LogicalScan, context: PhysicalContext): Planned {
  const { columns, source } = scan;
  const known = context.scans.get(scan.scan) ?? splitScan(scan, context);
  context.scans.set(scan.scan, known);
  const plan: DistributedPlan = { kind: 'scan', scan: scan.scan, table: source.name, columns };
  context.rows.set(
    plan,
    known.rowGroups.reduce((sum, { rows }) => sum + rows, 0),
  );
  return { plan, distribution: distributionOf(known, context) };
}

function splitScan(scan: LogicalScan, { workers, limits }: PhysicalContext): PlannedScan {
  const partitions = partitionTest(scan);
  const splits = scan.source.splits({
    columns: scan.fields,
    constraints: scan.constraints,
    ...(partitions && { partitions }),
  });
  const rowGroups = splits.files.flatMap((file) => file.rowGroups);
  return { scan, splits, rowGroups, tasks: taskCount(rowGroups, workers, limits.taskBytes) };
}

function distributionOf({ tasks, rowGroups }: PlannedScan, { limits }: PhysicalContext): Distribution {
  if (tasks > 1) return { kind: 'parallel', tasks, over: 'scans', keys: [] };
  const bytes = rowGroups.reduce((sum, input) => sum + bytesOf(input), 0);
  return { kind: 'single', replicable: bytes <= limits.replicatedBytes };
}
