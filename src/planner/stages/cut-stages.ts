import { InternalError } from '../../common/errors.ts';
import { type StageId, stageId } from '../../common/ids.ts';
import { type PhysicalPlan, preorder } from '../../operators/plan.ts';
import { type DistributedPlan, type ExchangePlan, withoutExchanges } from '../physical/distributed-plan.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import type { StageOutput } from './stage-graph.ts';

/** A stage before its tasks are known. */
export interface StagePlan {
  readonly id: StageId;
  readonly plan: PhysicalPlan;
  readonly inputs: readonly StageId[];
  readonly output: StageOutput;
  /** Rows that each node of the plan, in preorder, is thought to deliver; null: nobody has thought of it. */
  readonly estimatedRows: readonly (number | null)[];
}

/** Cuts at the exchanges; producers come first, the stage that delivers the result last. */
export function cutStages({ plan: root, rows }: Pick<PhysicalQuery, 'plan' | 'rows'>): readonly StagePlan[] {
  const stages: StagePlan[] = [];
  const known = new Map<ExchangePlan, StageId>();
  cut(root, { kind: 'whole' });
  return stages;

  function cut(plan: DistributedPlan, output: StageOutput): StageId {
    const inputs = new Set<StageId>();
    const estimates = new Map<PhysicalPlan, number | null>();
    const own = build(plan);
    const id = stageId(stages.length);
    const estimatedRows = preorder(own).map((node) => estimates.get(node) ?? null);
    stages.push({ id, plan: own, inputs: [...inputs], output, estimatedRows });
    return id;

    function build(node: DistributedPlan): PhysicalPlan {
      const built = node.kind === 'exchange' ? source(node) : withoutExchanges(node, build);
      estimates.set(built, rows.get(node.kind === 'exchange' ? node.input : node) ?? null);
      return built;
    }

    function source(node: ExchangePlan): PhysicalPlan {
      const stage = known.get(node) ?? cut(node.input, outputOf(node));
      known.set(node, stage);
      inputs.add(stage);
      return { kind: 'exchangeSource', stage, columns: node.columns };
    }
  }
}

function outputOf({ output }: ExchangePlan): StageOutput {
  if (output.kind !== 'hash') return { kind: 'whole' };
  const { keys, partitions } = output;
  if (partitions < 2) throw new InternalError(`rows partitioned into ${partitions} parts`);
  return { kind: 'hash', keys, of: partitions, divisor: 1, partitions };
}
