import { assertNever } from '../../common/errors.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import type { PhysicalPlan, SortKey } from '../../operators/plan.ts';

/**
 * A physical plan before it is cut into stages: the same operators, with exchanges where rows change hands. Below an
 * exchange runs another stage than above it. An exchange that stands in the plan several times, as one object, is one
 * stage that several read.
 */
export type DistributedPlan = ExchangePlan | WholePlan | Distributed<PhysicalPlan>;

export interface ExchangePlan {
  readonly kind: 'exchange';
  readonly columns: readonly Column[];
  readonly input: DistributedPlan;
  readonly output: ExchangeOutput;
  /** Exchanges that have to be there before this one's stage begins: how it runs is decided then. */
  readonly after?: readonly ExchangePlan[];
}

/** All rows of an exchange that is written by partition, in every task. */
export interface WholePlan {
  readonly kind: 'whole';
  readonly columns: readonly Column[];
  readonly exchange: ExchangePlan;
}

/**
 * Where the rows of the tasks below go. `gather`: to the one task above. `broadcast`: to every task above. `hash`: each to
 * the task whose number the hash of the keys gives. `range`: rows that come sorted, to `tasks` tasks, so that those of task after task
 * are in order; `first`: so many of the first rows are all that is wanted, null: every row is.
 */
export type ExchangeOutput =
  | { readonly kind: 'gather' | 'broadcast' }
  | { readonly kind: 'hash'; readonly keys: readonly Expr[]; readonly partitions: number }
  | {
      readonly kind: 'range';
      readonly keys: readonly SortKey[];
      readonly tasks: number;
      readonly first: number | null;
    };

type Distributed<P> = P extends { readonly input: PhysicalPlan }
  ? Omit<P, 'input'> & { readonly input: DistributedPlan }
  : P extends { readonly left: PhysicalPlan }
    ? Omit<P, 'left' | 'right'> & { readonly left: DistributedPlan; readonly right: DistributedPlan }
    : P extends { readonly inputs: readonly PhysicalPlan[] }
      ? Omit<P, 'inputs'> & { readonly inputs: readonly DistributedPlan[] }
      : P extends { readonly base: PhysicalPlan }
        ? Omit<P, 'base' | 'step'> & { readonly base: DistributedPlan; readonly step: DistributedPlan }
        : P;

export type Operator = Exclude<DistributedPlan, ExchangePlan | WholePlan>;

/** What a node of the plan reads; an exchange reads nothing of its own stage. */
export function inputsOf(plan: DistributedPlan): readonly DistributedPlan[] {
  switch (plan.kind) {
    case 'exchange':
    case 'whole':
    case 'scan':
    case 'exchangeSource':
    case 'values':
    case 'workingTable':
      return [];
    case 'join':
      return [plan.left, plan.right];
    case 'setOperation':
      return plan.inputs;
    case 'recursive':
      return [plan.base, plan.step];
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'topN':
    case 'limit':
    case 'window':
    case 'unnest':
    case 'sample':
      return [plan.input];
    default:
      return assertNever(plan);
  }
}

/** The plan's root over inputs without exchanges, in their order. */
export function withoutExchanges(plan: Operator, replace: (input: DistributedPlan) => PhysicalPlan): PhysicalPlan {
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

/** The node over other inputs; the same node when none changed. */
export function mapInputs(plan: Operator, replace: (input: DistributedPlan) => DistributedPlan): DistributedPlan {
  const inputs = inputsOf(plan);
  const replaced = inputs.map(replace);
  if (replaced.every((input, i) => input === inputs[i])) return plan;
  // What `withoutExchanges` puts in an input's place is any plan; here it is one with exchanges.
  let next = 0;
  return withoutExchanges(plan, () => replaced[next++] as PhysicalPlan) as DistributedPlan;
}
