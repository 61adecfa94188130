import { children, type PhysicalPlan } from '../../operators/plan.ts';
import type { RequestClass } from '../../storage/object-store.ts';
import type { PlanningRequests } from '../catalog/table-source.ts';
import { bytesOf } from './assign-tasks.ts';
import type { Prediction, StageGraph } from './stage-graph.ts';

const sourcesOf = (plan: PhysicalPlan): readonly number[] =>
  plan.kind === 'exchangeSource' ? [plan.stage] : children(plan).flatMap(sourcesOf);

const none = (): Record<RequestClass, number> => ({ GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 });

/** Objects that one request deletes. */
const DELETED_AT_ONCE = 1_000;

/** What the query asks of the storage: what planning has asked, and one GET for every range of every task. */
export function predict(graph: StageGraph, planning: readonly PlanningRequests[]): Prediction {
  const requests = none();
  for (const made of planning) {
    for (const kind of Object.keys(requests) as RequestClass[]) requests[kind] += made[kind] ?? 0;
  }
  const inputs = graph.stages.flatMap((stage) => stage.tasks).flatMap((task) => Object.values(task.scans).flat());
  requests.GET += inputs.reduce((sum, input) => sum + input.ranges.length, 0);
  return { requests, exchanges: exchanges(graph), bytes: inputs.reduce((sum, input) => sum + bytesOf(input), 0) };
}

/** An object per task that others read, read once by each of them, and all of them deleted. */
function exchanges({ stages }: StageGraph): Record<RequestClass, number> {
  const requests = none();
  for (const { plan, tasks } of stages) {
    for (const input of sourcesOf(plan)) requests.GET += tasks.length * (stages[input]?.tasks.length ?? 0);
  }
  const written = new Set(stages.flatMap(({ inputs }) => inputs.map(({ stage }) => stage)));
  for (const stage of written) requests.PUT += stages[stage]?.tasks.length ?? 0;
  requests.DELETE += Math.ceil(requests.PUT / DELETED_AT_ONCE);
  return requests;
}
