import type { SqlType } from '../../common/types.ts';
import type { AggregateFunction, AggregateOverload } from './aggregate-function.ts';
import { COLLECTING } from './functions/collecting.ts';
import { COUNTING } from './functions/counting.ts';
import { EXTREMES } from './functions/extremes.ts';
import { LOGICAL } from './functions/logical.ts';
import { MOMENTS } from './functions/moments.ts';
import { QUANTILES } from './functions/quantiles.ts';
import { SUMS } from './functions/sums.ts';

/**
 * An aggregate call as the planner writes it into an AggregateCall. NULLs are passed over if nothing else is said; over no row
 * the counts are 0 and the others are NULL.
 */
export interface ResolvedAggregate extends AggregateOverload {
  readonly name: string;
}

/** Every aggregate function. */
export const AGGREGATE_FUNCTIONS: readonly AggregateFunction[] = [
  ...COUNTING,
  ...SUMS,
  ...EXTREMES,
  ...LOGICAL,
  ...MOMENTS,
  ...QUANTILES,
  ...COLLECTING,
];

const BY_NAME: ReadonlyMap<string, AggregateFunction> = new Map(
  AGGREGATE_FUNCTIONS.map((entry) => [entry.name, entry]),
);

/** The overload of an aggregate function for these arguments; null when there is none. Names are lower case. */
export function resolveAggregate(name: string, argTypes: readonly SqlType[]): ResolvedAggregate | null {
  const overload = BY_NAME.get(name)?.resolve(argTypes);
  return overload ? { name, ...overload } : null;
}

export function aggregateNames(): readonly string[] {
  return [...BY_NAME.keys()].sort();
}
