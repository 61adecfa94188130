import type { RequestClass } from '../../storage/object-store.ts';
import type { PlanningRequests } from '../catalog/table-source.ts';
import { bytesOf } from './assign-tasks.ts';
import type { Prediction, StageGraph } from './stage-graph.ts';

/** What the query asks of the storage: what planning has asked, and one GET for every range of every task. */
export function predict(graph: StageGraph, planning: readonly PlanningRequests[]): Prediction {
  const requests: Record<RequestClass, number> = { GET: 0, HEAD: 0, PUT: 0, LIST: 0, DELETE: 0 };
  for (const made of planning) {
    for (const kind of Object.keys(requests) as RequestClass[]) requests[kind] += made[kind] ?? 0;
  }
  const inputs = graph.stages.flatMap((stage) => stage.tasks).flatMap((task) => Object.values(task.scans).flat());
  requests.GET += inputs.reduce((sum, input) => sum + input.ranges.length, 0);
  return { requests, bytes: inputs.reduce((sum, input) => sum + bytesOf(input), 0) };
}
