import type { SqlType } from '../../../common/types.ts';
import { DOUBLE, INTEGER, isNumeric } from '../../../common/types.ts';

/** The type of the only argument if it is a number; an untyped NULL is taken for an integer. */
export function numericArgument(args: readonly SqlType[]): SqlType | null {
  const [arg] = args;
  if (arg === undefined || args.length !== 1) return null;
  if (arg.kind === 'null') return INTEGER;
  return isNumeric(arg) ? arg : null;
}

/** So many doubles, if the arguments are so many numbers. */
export function doubleArguments(args: readonly SqlType[], count: number): readonly SqlType[] | null {
  const fit = args.length === count && args.every((arg) => arg.kind === 'null' || isNumeric(arg));
  return fit ? args.map(() => DOUBLE) : null;
}
