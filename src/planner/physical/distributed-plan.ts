import type { Column } from '../../operators/expr/expr.ts';
import type { PhysicalPlan } from '../../operators/plan.ts';

/**
 * A physical plan before it is cut into stages: the same operators, with exchanges where rows change hands. Below an
 * exchange runs another stage than above it.
 */
export type DistributedPlan = ExchangePlan | Distributed<PhysicalPlan>;

/** Every output of the tasks below goes to the one task above. */
export interface ExchangePlan {
  readonly kind: 'exchange';
  readonly columns: readonly Column[];
  readonly input: DistributedPlan;
}

type Distributed<P> = P extends { readonly input: PhysicalPlan }
  ? Omit<P, 'input'> & { readonly input: DistributedPlan }
  : P;
