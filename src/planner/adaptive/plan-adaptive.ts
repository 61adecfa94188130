import type { StageId } from '../../common/ids.ts';
import type { RowBounds } from '../estimate/bounds.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { ExchangePlan } from '../physical/distributed-plan.ts';
import type { Estimates } from '../physical/physical-context.ts';
import { PlanMemory } from '../physical/plan-memory.ts';
import { type PhysicalOptions, type PhysicalQuery, planPhysical } from '../physical/plan-physical.ts';
import { buildStages } from '../stages/build-stages.ts';
import { idsAfter, type NewStageId } from '../stages/levels.ts';
import type { StageGraph } from '../stages/stage-graph.ts';
import { type AdaptiveGraph, staticGraph } from './adaptive-graph.ts';
import { ReplannedGraph } from './replanned-graph.ts';
import { StageIds } from './stage-ids.ts';

export interface AdaptiveQueryOptions
  extends Pick<PhysicalOptions, 'ids' | 'workers' | 'partitions' | 'limits' | 'joins'> {
  /** By what is known of nodes that have run. */
  readonly estimates: (known: ReadonlyMap<LogicalPlan, RowBounds>) => Estimates;
  /** Whether stages wait where that lets a join be decided better; without it a query is sooner done, and may move more. */
  readonly waits: boolean;
  /** How rows travel. */
  readonly choose: (graph: StageGraph, options: ChooseAgain) => StageGraph;
}

/** What a choice has to leave as it is. */
export interface ChooseAgain {
  readonly begun: (stage: StageId) => boolean;
  readonly newId: NewStageId;
  /** What stages have delivered, bytes. */
  readonly bytes: ReadonlyMap<StageId, number>;
}

export interface AdaptiveQuery {
  /** As it begins. */
  readonly stages: StageGraph;
  /** For one run. */
  adaptive(): AdaptiveGraph;
}

/** Plans a query so that decisions stay open, and can be made anew from what its stages deliver. */
export function planAdaptive(optimized: LogicalPlan, options: AdaptiveQueryOptions): AdaptiveQuery {
  const memory = new PlanMemory();
  const query = replan(optimized, options, { memory, measured: new Map() });
  const ids = new StageIds(memory);
  const stages = options.choose(
    buildStages(query, { cut: { idOf: ids.of(query), isBegun: () => false }, outlets: new Map<ExchangePlan, never>() }),
    { begun: () => false, newId: ids.between, bytes: new Map() },
  );
  return {
    stages,
    adaptive: () => {
      const own = new PlanMemory(memory);
      return new ReplannedGraph({ optimized, options, query, stages, memory: own, ids: new StageIds(own, ids) });
    },
  };
}

/** Plans a query once and for all. */
export function planStatic(optimized: LogicalPlan, options: AdaptiveQueryOptions): AdaptiveQuery {
  const { estimates, choose, waits: _, ...physical } = options;
  const built = buildStages(planPhysical(optimized, { ...physical, estimates: estimates(new Map()) }));
  const stages = choose(built, { begun: () => false, newId: idsAfter(built), bytes: new Map() });
  return { stages, adaptive: () => staticGraph(stages) };
}

/** The physical plan by what is known. */
export function replan(
  optimized: LogicalPlan,
  { waits, estimates, choose: _, ...physical }: AdaptiveQueryOptions,
  { memory, measured }: { readonly memory: PlanMemory; readonly measured: ReadonlyMap<LogicalPlan, RowBounds> },
): PhysicalQuery {
  return planPhysical(optimized, {
    ...physical,
    estimates: estimates(measured),
    adaptive: { memory, measured, waits },
  });
}
