import type { SqlType } from '../../common/types.ts';
import { BIGINT, DOUBLE } from '../../common/types.ts';
import { resolveAggregate } from '../aggregate/functions.ts';
import { canImplicitlyCast, commonType } from '../expr/coerce.ts';

/** A window function as the planner writes it into a WindowCall. */
export interface ResolvedWindowFunction {
  readonly name: string;
  /** What the arguments have to be cast to. */
  readonly argTypes: readonly SqlType[];
  readonly type: SqlType;
  /**
   * `ranking`: depends on the place among the rows alone; no frame, IGNORE NULLS, DISTINCT or FILTER. `offset`: lag and lead; the
   * frame does not matter. `frame`: first_value and the like, of the frame's rows. `aggregate`: of the frame's rows.
   */
  readonly kind: 'ranking' | 'offset' | 'frame' | 'aggregate';
}

type Resolved = Omit<ResolvedWindowFunction, 'name'>;

const ranking =
  (type: SqlType, argTypes: readonly SqlType[] = []) =>
  (args: readonly SqlType[]): Resolved | null =>
    fits(args, argTypes) ? { argTypes, type, kind: 'ranking' } : null;

const fits = (args: readonly SqlType[], types: readonly SqlType[]) =>
  args.length === types.length && args.every((arg, i) => canImplicitlyCast(arg, types[i] as SqlType));

const ofFrame =
  (...more: readonly SqlType[]) =>
  ([value, ...rest]: readonly SqlType[]): Resolved | null =>
    value && fits(rest, more) ? { argTypes: [value, ...more], type: value, kind: 'frame' } : null;

/** lag(value [, offset [, default]]): the default and the value convert to a common type. */
function neighbour(args: readonly SqlType[]): Resolved | null {
  const [value, offset, otherwise] = args;
  if (!value || args.length > 3 || (offset && !canImplicitlyCast(offset, BIGINT))) return null;
  const type = otherwise ? commonType([value, otherwise]) : value;
  return type && { argTypes: [type, BIGINT, type].slice(0, args.length), type, kind: 'offset' };
}

/**
 * | function | result | over the rows of its partition |
 * | --- | --- | --- |
 * | row_number() | bigint | number of the row, from 1 |
 * | rank(), dense_rank() | bigint | number of the first peer; number of the peer group |
 * | percent_rank() | double | (rank - 1) / (rows - 1), 0 for a single row |
 * | cume_dist() | double | rows up to the last peer / rows |
 * | ntile(n) | bigint | number of the part when the rows are cut into n parts, the larger ones first; NULL for NULL; SQ3007 unless n > 0 |
 * | lag(x, n, d), lead(x, n, d) | that of x and d | x in the row n (1) before or after, d (NULL) where there is none; NULL for n NULL; n < 0 turns around |
 * | first_value(x), last_value(x) | that of x | x in the first, the last row of the frame; NULL when it is empty |
 * | nth_value(x, n) | that of x | x in row n of the frame; NULL when there is none or n is NULL; SQ3007 unless n > 0 |
 */
const WINDOW_FUNCTIONS: Readonly<Record<string, (args: readonly SqlType[]) => Resolved | null>> = {
  row_number: ranking(BIGINT),
  rank: ranking(BIGINT),
  dense_rank: ranking(BIGINT),
  percent_rank: ranking(DOUBLE),
  cume_dist: ranking(DOUBLE),
  ntile: ranking(BIGINT, [BIGINT]),
  lag: neighbour,
  lead: neighbour,
  first_value: ofFrame(),
  last_value: ofFrame(),
  nth_value: ofFrame(BIGINT),
};

/**
 * The overload of a window function, or of an aggregate function used as one, for these arguments; null when there is none.
 * Names are lower case.
 */
export function resolveWindowFunction(name: string, argTypes: readonly SqlType[]): ResolvedWindowFunction | null {
  if (Object.hasOwn(WINDOW_FUNCTIONS, name)) {
    const resolved = WINDOW_FUNCTIONS[name]?.(argTypes);
    return resolved ? { name, ...resolved } : null;
  }
  const aggregate = resolveAggregate(name, argTypes);
  return aggregate && { name, argTypes: aggregate.argTypes, type: aggregate.type, kind: 'aggregate' };
}

/** The names of the functions that are no aggregates. */
export function windowFunctionNames(): readonly string[] {
  return Object.keys(WINDOW_FUNCTIONS).sort();
}
