import { assertNever } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import { type DistributedPlan, inputsOf } from '../physical/distributed-plan.ts';
import type { PlanMemory } from '../physical/plan-memory.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import type { Stage, StageGraph, StageOutput } from '../stages/stage-graph.ts';
import type { Decision } from './adaptive-graph.ts';
import type { Amount } from './stage-sizes.ts';

interface Planned {
  readonly query: PhysicalQuery;
  readonly graph: StageGraph;
}

interface Occasion {
  readonly begun: ReadonlySet<StageId>;
  /** What has ended, and what was expected of it. */
  readonly ended: Amount & { readonly stage: StageId; readonly expected: number | null };
  readonly memory: PlanMemory;
}

/** What differs between two plans of what has not begun, and why. */
export function decisions(before: Planned, after: Planned, { begun, ended, memory }: Occasion): readonly Decision[] {
  const expected = ended.expected === null ? '' : `, ${count(Math.round(ended.expected))} were expected`;
  const why = `stage ${ended.stage} delivered ${count(ended.rows)} rows of ${count(ended.bytes)} bytes${expected}`;
  const old = new Map(before.graph.stages.map((stage) => [stage.id, stage]));
  const open = after.graph.stages.filter(({ id }) => !begun.has(id));
  const joins = changedJoins(before.query.plan, after.query.plan, memory);
  const found: Decision[] = [];
  for (const [i, { from, to }] of joins.entries()) {
    const stage = open[Math.min(i, open.length - 1)];
    if (stage) found.push({ stage: stage.id, kind: 'join', from, to, why });
  }
  for (const stage of open) {
    const was = old.get(stage.id);
    if (!was) found.push({ stage: stage.id, kind: 'plan', from: 'no such stage', to: tasksText(stage), why });
    else if (was.tasks.length !== stage.tasks.length) {
      const isSplit = stage.tasks.some(({ share }) => share);
      const kind = isSplit ? 'skew' : 'partitions';
      found.push({ stage: stage.id, kind, from: tasksText(was), to: tasksText(stage), why });
    } else if (outputText(was.output) !== outputText(stage.output)) {
      found.push({ stage: stage.id, kind: 'plan', from: outputText(was.output), to: outputText(stage.output), why });
    }
  }
  const now = new Set(after.graph.stages.map(({ id }) => id));
  for (const stage of before.graph.stages) {
    if (!now.has(stage.id))
      found.push({ stage: stage.id, kind: 'plan', from: tasksText(stage), to: 'no such stage', why });
  }
  return found;
}

function tasksText({ tasks }: Stage): string {
  const split = new Set(tasks.flatMap(({ share, partitions }) => (share ? [partitions?.from] : []))).size;
  const text = `${count(tasks.length)} task${tasks.length === 1 ? '' : 's'}`;
  return split === 0 ? text : `${text}, several for each of ${count(split)} partition${split === 1 ? '' : 's'}`;
}

function outputText(output: StageOutput): string {
  switch (output.kind) {
    case 'whole':
      return 'rows together';
    case 'hash':
      return `${count(output.of)} partitions by keys`;
    case 'roundRobin':
      return `${count(output.partitions)} equal partitions`;
    case 'range':
      return 'ranges in order';
    default:
      return assertNever(output);
  }
}

interface Change {
  readonly from: string;
  readonly to: string;
}

/** Joins of both plans whose sides meet otherwise, or of which the other side is built. */
function changedJoins(before: DistributedPlan, after: DistributedPlan, memory: PlanMemory): readonly Change[] {
  const [old, now] = [joinsOf(before, memory), joinsOf(after, memory)];
  return [...now].flatMap(([join, to]): Change | readonly Change[] => {
    const from = old.get(join);
    return from === undefined || from === to ? [] : { from, to };
  });
}

function joinsOf(root: DistributedPlan, memory: PlanMemory): ReadonlyMap<object, string> {
  const found = new Map<object, string>();
  const seen = new Set<DistributedPlan>();
  const visit = (plan: DistributedPlan): void => {
    if (seen.has(plan)) return;
    seen.add(plan);
    const origin = plan.kind === 'join' ? memory.origin(plan) : undefined;
    if (plan.kind === 'join' && origin) found.set(origin, `${plan.type} join, ${meetingText(plan.left, plan.right)}`);
    if (plan.kind === 'exchange') visit(plan.input);
    else if (plan.kind === 'whole') visit(plan.exchange);
    else for (const input of inputsOf(plan)) visit(input);
  };
  visit(root);
  return found;
}

function meetingText(left: DistributedPlan, right: DistributedPlan): string {
  const isDivided = (plan: DistributedPlan) => plan.kind === 'exchange' && plan.output.kind === 'hash';
  if (isDivided(left) && isDivided(right)) return 'both sides by partition';
  if (right.kind === 'whole' || (right.kind === 'exchange' && !isDivided(right))) return 'the built side in every task';
  if (isDivided(left) || isDivided(right)) return 'one side by partition';
  return 'where the rows are';
}

/** Thousands apart. */
const count = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
