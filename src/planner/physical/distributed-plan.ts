import { assertNever } from '../../common/errors.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { PhysicalPlan } from '../../operators/plan.ts';

/**
 * A physical plan before it is cut into stages: the same operators, with exchanges where rows change hands. Below an
 * exchange runs another stage than above it. An exchange that stands in the plan several times, as one object, is one
 * stage that several read.
 */
export type DistributedPlan = ExchangePlan | Distributed<PhysicalPlan>;

export interface ExchangePlan {
  readonly kind: 'exchange';
  readonly columns: readonly Column[];
  readonly input: DistributedPlan;
  readonly output: ExchangeOutput;
}

/**
 * Where the rows of the tasks below go. `gather`: to the one task above. `broadcast`: to every task above. `hash`: each to
 * the task whose number the hash of the keys gives.
 */
export type ExchangeOutput =
  | { readonly kind: 'gather' | 'broadcast' }
  | { readonly kind: 'hash'; readonly keys: readonly Expr[]; readonly partitions: number };

type Distributed<P> = P extends { readonly input: PhysicalPlan }
  ? Omit<P, 'input'> & { readonly input: DistributedPlan }
  : P extends { readonly left: PhysicalPlan }
    ? Omit<P, 'left' | 'right'> & { readonly left: DistributedPlan; readonly right: DistributedPlan }
    : P extends { readonly inputs: readonly PhysicalPlan[] }
      ? Omit<P, 'inputs'> & { readonly inputs: readonly DistributedPlan[] }
      : P extends { readonly base: PhysicalPlan }
        ? Omit<P, 'base' | 'step'> & { readonly base: DistributedPlan; readonly step: DistributedPlan }
        : P;

/** The plan's root over inputs without exchanges, in their order. */
export function withoutExchanges(
  plan: Exclude<DistributedPlan, ExchangePlan>,
  replace: (input: DistributedPlan) => PhysicalPlan,
): PhysicalPlan {
  switch (plan.kind) {
    case 'scan':
    case 'exchangeSource':
    case 'values':
    case 'workingTable':
      return plan;
    case 'join':
      return { ...plan, left: replace(plan.left), right: replace(plan.right) };
    case 'setOperation':
      return { ...plan, inputs: plan.inputs.map(replace) };
    case 'recursive':
      return { ...plan, base: replace(plan.base), step: replace(plan.step) };
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'topN':
    case 'limit':
    case 'window':
    case 'unnest':
    case 'sample':
      return { ...plan, input: replace(plan.input) };
    default:
      return assertNever(plan);
  }
}
