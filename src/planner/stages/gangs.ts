import type { StageId } from '../../common/ids.ts';
import { readersOf } from './levels.ts';
import type { StageGraph } from './stage-graph.ts';

/** Stages that run at the same time: they are connected over direct edges, and nothing else reads between them. */
export interface Gang {
  /** In the order of the graph. */
  readonly stages: readonly StageId[];
}

/** The gangs of a graph; a stage is in one at most. */
export function gangsOf(graph: StageGraph): readonly Gang[] {
  const gangs: Set<StageId>[] = [];
  for (const { id, exchange } of graph.stages) {
    if (exchange.medium !== 'direct') continue;
    const linked = new Set([id, ...readersOf(graph, id).map((reader) => reader.id)]);
    for (const gang of gangs.filter((one) => [...one].some((stage) => linked.has(stage)))) {
      for (const stage of gang) linked.add(stage);
      gangs.splice(gangs.indexOf(gang), 1);
    }
    gangs.push(linked);
  }
  const position = new Map(graph.stages.map(({ id }, i) => [id, i]));
  const inOrder = (a: StageId, b: StageId) => (position.get(a) ?? 0) - (position.get(b) ?? 0);
  return gangs.map((gang) => ({ stages: [...gang].sort(inOrder) }));
}
