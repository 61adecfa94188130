import { InternalError } from '../../common/errors.ts';
import { children, type PhysicalPlan } from '../../operators/plan.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { PlannedScan } from '../physical/physical-context.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import { assignTasks, bytesOf } from './assign-tasks.ts';
import { cutStages, type StagePlan } from './cut-stages.ts';
import { oneLevel } from './routes.ts';
import type { Route, ScanFacts, Stage, StageGraph, StageTask } from './stage-graph.ts';

/**
 * Stages with their tasks: one per partition of its inputs, or the row groups of its large scans spread over them, else one. A
 * scan that is not spread is read whole by every task of its stage.
 */
export function buildStages(query: PhysicalQuery): StageGraph {
  const plans = cutStages(query);
  const stages: Stage[] = [];
  for (const stage of plans) stages.push(build(stage, plans, stages, query));
  return { stages };
}

function build(
  stage: StagePlan,
  plans: readonly StagePlan[],
  earlier: readonly Stage[],
  { scans }: PhysicalQuery,
): Stage {
  const own = [...new Set(scansOf(stage.plan))].map((id) => {
    const planned = scans.get(id);
    if (!planned) throw new InternalError(`scan ${id} is in no logical plan`);
    return planned;
  });
  const count = taskCount(stage, plans, own);
  const shares = own.map((planned) => sharesOf(planned, count));
  const tasks = Array.from({ length: count }, (_, task): StageTask => {
    return { scans: Object.fromEntries(own.map(({ scan }, i) => [scan.scan, shares[i]?.[task] ?? []])) };
  });
  return {
    ...stage,
    inputs: stage.inputs.map((input) => ({ stage: input, route: routeFrom(earlier[input] as Stage) })),
    exchange: { medium: 'inline', compression: null },
    after: [],
    tasks,
    scans: own.map(factsOf),
    enough: enoughRows(stage, plans),
  };
}

/** What is partitioned is read by partition, task by task. */
const routeFrom = ({ tasks, output }: Stage): Route =>
  output.kind === 'whole' ? { kind: 'all' } : oneLevel(tasks.length, output.partitions);

function taskCount({ id, inputs }: StagePlan, plans: readonly StagePlan[], scans: readonly PlannedScan[]): number {
  const partitions = new Set<number>();
  for (const input of inputs) {
    const output = plans[input]?.output;
    if (output && output.kind !== 'whole') partitions.add(output.partitions);
  }
  const spread = scans.reduce((most, { tasks }) => Math.max(most, tasks), 1);
  if (partitions.size > 1) throw new InternalError(`the inputs of stage ${id} have different partitions`);
  const [count] = partitions;
  if (count !== undefined && spread > 1) throw new InternalError(`stage ${id} reads partitions beside a spread scan`);
  return count ?? spread;
}

/** What each of `count` tasks reads: its share, or all of it. */
function sharesOf({ rowGroups, tasks }: PlannedScan, count: number): readonly (readonly RowGroupInput[])[] {
  if (tasks > 1) return assignTasks(rowGroups, tasks);
  return Array.from({ length: count }, () => rowGroups);
}

/** A stage that limits its rows, for a reader that takes no more of all of them. */
function enoughRows({ id, plan, output }: StagePlan, plans: readonly StagePlan[]): number | null {
  if (plan.kind !== 'limit' || plan.limit === null || plan.offset > 0 || output.kind !== 'whole') return null;
  const readers = plans.filter(({ inputs }) => inputs.includes(id));
  const [reader] = readers;
  if (!reader || readers.length > 1) return null;
  return limitedReadings(reader.plan, id) === 1 ? plan.limit : null;
}

/** How often a plan reads a stage; NaN when one of the readings is not the input of a limit. */
function limitedReadings(plan: PhysicalPlan, stage: number): number {
  return children(plan).reduce((sum, input) => {
    if (input.kind !== 'exchangeSource' || input.stage !== stage) return sum + limitedReadings(input, stage);
    return plan.kind === 'limit' ? sum + 1 : Number.NaN;
  }, 0);
}

function scansOf(plan: PhysicalPlan): readonly number[] {
  return plan.kind === 'scan' ? [plan.scan] : children(plan).flatMap(scansOf);
}

function factsOf({ scan, splits: { files, totals }, rowGroups }: PlannedScan): ScanFacts {
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
