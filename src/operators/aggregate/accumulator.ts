import { InternalError } from '../../common/errors.ts';
import type { SqlType, Value } from '../../common/types.ts';
import { resolveAggregate } from './functions.ts';

/** The state of one aggregate function in one group. */
export interface Accumulator {
  /** Takes the arguments' values in one row; for count() any value that is not NULL. */
  add(value: Value, second?: Value): void;
  /** Takes another accumulator's states. Only of functions that are combinable. */
  merge(states: readonly Value[]): void;
  /** The columns of the state, as the registry declares them. Throws SQ3002 when a sum does not fit. */
  states(): readonly Value[];
  /** The result. Throws SQ3002 when it does not fit its type. */
  result(): Value;
}

/** Makes accumulators of a resolved aggregate function. Throws InternalError when the planner wrote another type. */
export function accumulatorFactory(name: string, argTypes: readonly SqlType[]): () => Accumulator {
  const resolved = resolveAggregate(name, argTypes);
  if (!resolved) throw new InternalError(`aggregate ${name} was not resolved`);
  return () => resolved.create();
}
