import type { SqlType } from '../../common/types.ts';
import type { Accumulator } from './accumulator.ts';

/** A column of a group's state. */
export interface StateField {
  readonly type: SqlType;
  readonly nullable: boolean;
}

/** An aggregate function for the argument types it was asked about. */
export interface AggregateOverload {
  /** What the arguments have to be cast to. Resolving these again gives this very overload. */
  readonly argTypes: readonly SqlType[];
  readonly type: SqlType;
  /** The columns that carry a group's state from phase `partial` to phase `final`; none when it is not combinable. */
  readonly states: readonly StateField[];
  /** False when a group's result needs all of its rows in one place: there is no phase but `single`. */
  readonly combinable: boolean;
  create(): Accumulator;
}

/** One entry of the registry of aggregate functions. */
export interface AggregateFunction {
  /** Lower case. */
  readonly name: string;
  /** One line for the documentation: signature and meaning. */
  readonly doc: string;
  /** The overload that fits these argument types with implicit casts at most; null when none does. */
  resolve(args: readonly SqlType[]): AggregateOverload | null;
}
