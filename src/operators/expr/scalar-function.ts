import type { SqlType, Value } from '../../common/types.ts';
import type { Expr } from './expr.ts';

/** Computes one value. Arguments come in the types that the overload declares; parameters may be declared that narrow. */
export type Evaluator = { bivariant(...args: Value[]): Value }['bivariant'];

/** A function of the registry for the types it was asked about. */
export interface Overload {
  /** What the arguments have to be cast to. Resolving these again gives this very overload. */
  readonly argTypes: readonly SqlType[];
  readonly type: SqlType;
  readonly evaluate: Evaluator;
}

/** One entry of the registry. */
export interface ScalarFunction {
  readonly name: string;
  /** One line for the documentation: signature and meaning. */
  readonly doc: string;
  /** `strict`: NULL as soon as one argument is NULL, and `evaluate` never sees one. `own`: it is given NULLs. */
  readonly nulls: 'strict' | 'own';
  /** The function that this is another name of: what the planner writes into plans. */
  readonly aliasOf?: string;
  /**
   * For functions that do not evaluate all of their arguments: what a call means instead. Arguments may stand in it several
   * times; they are evaluated once.
   */
  readonly expand?: (args: readonly Expr[], type: SqlType) => Expr;
  /** The overload that fits these argument types with implicit casts at most; null when none does. */
  resolve(args: readonly SqlType[]): Overload | null;
}

/** Overloads of fixed types, tried in order: the first whose arguments all convert implicitly. */
export function firstFitting(
  overloads: readonly Overload[],
  fits: (from: SqlType, to: SqlType) => boolean,
): ScalarFunction['resolve'] {
  return (args) =>
    overloads.find(
      ({ argTypes }) => argTypes.length === args.length && argTypes.every((type, i) => fits(args[i] as SqlType, type)),
    ) ?? null;
}
