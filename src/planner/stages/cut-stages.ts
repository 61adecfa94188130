import { assertNever, InternalError } from '../../common/errors.ts';
import { type StageId, stageId } from '../../common/ids.ts';
import type { PhysicalPlan } from '../../operators/plan.ts';
import type { DistributedPlan } from '../physical/distributed-plan.ts';

/** A stage before its tasks are known. */
export interface StagePlan {
  readonly id: StageId;
  readonly plan: PhysicalPlan;
  readonly inputs: readonly StageId[];
}

/** Cuts at the exchanges; producers come first, the stage that delivers the result last. */
export function cutStages(root: DistributedPlan): readonly StagePlan[] {
  const stages: StagePlan[] = [];
  cut(root);
  return stages;

  function cut(plan: DistributedPlan): StageId {
    const inputs: StageId[] = [];
    const own = withoutExchanges(plan, inputs);
    const id = stageId(stages.length);
    stages.push({ id, plan: own, inputs });
    return id;
  }

  function withoutExchanges(plan: DistributedPlan, inputs: StageId[]): PhysicalPlan {
    switch (plan.kind) {
      case 'exchange': {
        const stage = cut(plan.input);
        inputs.push(stage);
        return { kind: 'exchangeSource', stage, columns: plan.columns };
      }
      case 'scan':
      case 'exchangeSource':
      case 'values':
        return plan;
      case 'filter':
      case 'project':
      case 'aggregate':
      case 'sort':
      case 'limit':
        return { ...plan, input: withoutExchanges(plan.input, inputs) };
      case 'join':
      case 'topN':
      case 'window':
      case 'setOperation':
      case 'unnest':
        throw new InternalError(`a ${plan.kind} cannot be cut into stages yet`);
      default:
        return assertNever(plan);
    }
  }
}
