import { assertNever, InternalError } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import { children, mapChildren, type PhysicalPlan } from '../../operators/plan.ts';
import type { RowGroupInput } from '../../parquet/row-group-input.ts';
import type { ExchangePlan } from '../physical/distributed-plan.ts';
import type { PlannedScan } from '../physical/physical-context.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import { assignTasks, bytesOf } from './assign-tasks.ts';
import { type CutOptions, cutStages, rangesOf, type StagePlan } from './cut-stages.ts';
import { oneLevel } from './routes.ts';
import type { Route, ScanFacts, Stage, StageGraph, StageInput, StageTask } from './stage-graph.ts';

/**
 * Stages with their tasks: one per partition of its inputs, or the row groups of its large scans spread over them, else one. A
 * scan that is not spread is read whole by every task of its stage.
 */
export function buildStages(query: PhysicalQuery, options: BuildOptions = NOTHING_BEGUN): StageGraph {
  const plans = cutStages(query, options.cut);
  const stages = new Map<StageId, Stage>();
  for (const stage of plans) stages.set(stage.id, build(stage, { plans, stages, query, outlets: options.outlets }));
  return { stages: [...stages.values()] };
}

export interface BuildOptions {
  readonly cut?: CutOptions;
  /** Where the rows of exchanges that have begun are read. */
  readonly outlets: ReadonlyMap<ExchangePlan, Outlet>;
}

/** The stage that delivers the rows of an exchange: its own, or the last one of several levels. */
export interface Outlet {
  readonly stage: StageId;
  readonly route: Route;
}

const NOTHING_BEGUN: BuildOptions = { outlets: new Map() };

interface Building {
  readonly plans: readonly StagePlan[];
  readonly stages: ReadonlyMap<StageId, Stage>;
  readonly query: PhysicalQuery;
  readonly outlets: BuildOptions['outlets'];
}

function build(planned: StagePlan, { plans, stages, query, outlets }: Building): Stage {
  const { id, output, after, estimatedRows } = planned;
  const own = [...new Set(scansOf(planned.plan))].map((scan) => {
    const known = query.scans.get(scan);
    if (!known) throw new InternalError(`scan ${scan} is in no logical plan`);
    return known;
  });
  const count = taskCount(planned, own);
  const shares = own.map((scan) => sharesOf(scan, count));
  const tasks = Array.from({ length: count }, (_, task): StageTask => {
    return { scans: Object.fromEntries(own.map(({ scan }, i) => [scan.scan, shares[i]?.[task] ?? []])) };
  });
  const moved = new Map<StageId, StageId>();
  const inputs = planned.inputs.map(({ stage, exchange, whole }): StageInput => {
    const outlet = outlets.get(exchange) ?? { stage, route: routeFrom(stages.get(stage) as Stage, exchange) };
    moved.set(stage, outlet.stage);
    return { stage: outlet.stage, route: whole ? { kind: 'all' } : outlet.route };
  });
  return {
    id,
    plan: readingFrom(planned.plan, moved),
    inputs,
    output,
    exchange: { medium: 'inline', compression: null },
    after,
    tasks,
    scans: own.map(factsOf),
    estimatedRows,
    enough: enoughRows(planned, plans),
  };
}

/** The plan with its sources at other stages. */
function readingFrom(plan: PhysicalPlan, moved: ReadonlyMap<StageId, StageId>): PhysicalPlan {
  if (plan.kind !== 'exchangeSource') return mapChildren(plan, (input) => readingFrom(input, moved));
  const stage = moved.get(plan.stage);
  return stage === undefined || stage === plan.stage ? plan : { ...plan, stage };
}

/** How what `stage` delivers is read where it is not read whole: what is partitioned by partition, task by task. */
export function routeFrom({ id, tasks, output }: Stage, exchange: ExchangePlan): Route {
  switch (output.kind) {
    case 'whole':
      return { kind: 'all' };
    case 'hash':
    case 'roundRobin':
      return oneLevel(tasks.length, output.partitions);
    case 'range': {
      const ranges = rangesOf(exchange);
      if (!ranges) throw new InternalError(`nobody says how the ranges of stage ${id} are read`);
      return { kind: 'range', keys: output.keys, first: ranges.first };
    }
    default:
      return assertNever(output);
  }
}

function taskCount({ id, inputs }: StagePlan, scans: readonly PlannedScan[]): number {
  const partitions = new Set<number>();
  for (const { exchange, whole } of inputs) {
    const { output } = exchange;
    if (whole) continue;
    if (output.kind === 'hash') partitions.add(output.partitions);
    if (output.kind === 'range') partitions.add(output.tasks);
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
function enoughRows({ id, plan, inputs, output }: StagePlan, plans: readonly StagePlan[]): number | null {
  // Of rows in order it is the first ones that are wanted.
  if (inputs.some(({ exchange }) => rangesOf(exchange))) return null;
  if (plan.kind !== 'limit' || plan.limit === null || plan.offset > 0 || output.kind !== 'whole') return null;
  const readers = plans.filter(({ inputs }) => inputs.some(({ stage }) => stage === id));
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
