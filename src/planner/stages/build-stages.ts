import { InternalError } from '../../common/errors.ts';
import { children, type PhysicalPlan } from '../../operators/plan.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { Splits } from '../catalog/table-source.ts';
import type { LogicalPlan, LogicalScan } from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import type { DistributedPlan } from '../physical/distributed-plan.ts';
import { assignTasks, bytesOf } from './assign-tasks.ts';
import { cutStages, type StagePlan } from './cut-stages.ts';
import type { ScanFacts, Stage, StageGraph, StageTask } from './stage-graph.ts';

export interface BuildStagesOptions {
  /** Where the scans of the physical plan come from. */
  readonly optimized: LogicalPlan;
  readonly workers: number | null;
}

/** Stages with their tasks: the row groups of a stage's scan spread over its tasks, one task where there is no scan. */
export function buildStages(plan: DistributedPlan, { optimized, workers }: BuildStagesOptions): StageGraph {
  const scans = new Map<number, LogicalScan>();
  for (const node of nodes(optimized)) if (node.kind === 'scan') scans.set(node.scan, node);
  return { stages: cutStages(plan).map((stage) => build(stage, scans, workers)) };
}

function build(stage: StagePlan, scans: ReadonlyMap<number, LogicalScan>, workers: number | null): Stage {
  const [id, another] = scansOf(stage.plan);
  if (another !== undefined) throw new InternalError('a stage with two scans');
  if (id === undefined) return { ...stage, tasks: [{ scans: {} }], scans: [] };
  const scan = scans.get(id);
  if (!scan) throw new InternalError(`scan ${id} is in no logical plan`);
  const splits = scan.source.splits({ columns: scan.fields, constraints: scan.constraints });
  const rowGroups = splits.files.flatMap((file) => file.rowGroups);
  const tasks = assignTasks(rowGroups, workers).map((inputs): StageTask => ({ scans: { [id]: inputs } }));
  return { ...stage, tasks, scans: [factsOf(scan, splits, rowGroups)] };
}

function scansOf(plan: PhysicalPlan): readonly number[] {
  return plan.kind === 'scan' ? [plan.scan] : children(plan).flatMap(scansOf);
}

function factsOf(scan: LogicalScan, { files, totals }: Splits, rowGroups: readonly RowGroupInput[]): ScanFacts {
  const sum = (of: (input: RowGroupInput) => number) => rowGroups.reduce((total, input) => total + of(input), 0);
  return {
    scan: scan.scan,
    table: scan.source.name,
    files: { selected: files.length, total: totals.files },
    rowGroups: { selected: rowGroups.length, total: totals.rowGroups },
    rows: { selected: sum((input) => input.rows), total: totals.rows },
    bytes: { selected: sum(bytesOf), total: totals.bytes },
    columns: { selected: scan.columns.length, total: scan.source.schema.length },
  };
}
