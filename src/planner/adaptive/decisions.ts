import type { StageId } from '../../common/ids.ts';
import type { PlanMemory } from '../physical/plan-memory.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import type { StageGraph } from '../stages/stage-graph.ts';
import type { Decision } from './adaptive-graph.ts';
import type { Amount } from './stage-sizes.ts';

interface Planned {
  readonly query: PhysicalQuery;
  readonly graph: StageGraph;
}

interface Occasion {
  readonly begun: ReadonlySet<StageId>;
  readonly ended: Amount & { readonly stage: StageId; readonly before: StageGraph };
  readonly memory: PlanMemory;
}

export function decisions(_before: Planned, _after: Planned, _occasion: Occasion): readonly Decision[] {
  return [];
}
