import { InternalError } from '../../../common/errors.ts';
import { BOOLEAN, isFloat, type SqlType } from '../../../common/types.ts';
import type { Expr } from '../../expr/expr.ts';
import type { AggregateCall, AggregatePlan } from '../../plan.ts';
import { resolveAggregate } from '../functions.ts';
import { isWide, valueWidth } from './value-form.ts';

/**
 * A piece of a group's state that generated code keeps, zero at first. Calls share pieces: `sum(a)`, `avg(a)` and `count(a)` take
 * one sum, one count of rows and one of NULLs, and where a is never NULL the last costs nothing.
 *
 * | kind | state |
 * | --- | --- |
 * | rows | i64, rows that the filter lets through |
 * | nulls | i64, those of them in which the argument is NULL |
 * | values | i64, those of them in which it is not; instead of both, where nothing else takes the count of rows |
 * | sum | 128 bits, 192 for arguments of 128: the exact sum |
 * | floatSum | f64 sum, f64 that is 0 as long as all values are finite |
 * | extreme, bits | u32 that is 1 once there is a value, at 8 the value |
 * | moments | f64 count, mean, sum of squares of the distances from it |
 */
export type StatePiece = { readonly offset: number; readonly filter: Expr | null } & (
  | { readonly kind: 'rows' }
  | { readonly kind: 'nulls'; readonly arg: Expr }
  | { readonly kind: 'values'; readonly arg: Expr }
  | { readonly kind: 'floatSum'; readonly arg: Expr }
  | { readonly kind: 'moments'; readonly arg: Expr }
  | { readonly kind: 'sum'; readonly arg: Expr; readonly wide: boolean }
  | { readonly kind: 'extreme'; readonly arg: Expr; readonly greatest: boolean }
  | { readonly kind: 'bits'; readonly arg: Expr; readonly op: 'and' | 'or' | 'xor' }
);

export type PieceOf<K extends StatePiece['kind']> = Extract<StatePiece, { kind: K }>;

/** How a call's result is made from the pieces. */
export type StateResult =
  | ({ readonly kind: 'count' } & ValueCount)
  /** In phase `final`: the sum of the parts' counts. */
  | { readonly kind: 'countSum'; readonly sum: PieceOf<'sum'> }
  | { readonly kind: 'sum'; readonly sum: PieceOf<'sum'>; readonly values: ValueCount }
  /** `count`: in phase `final` the sum of the parts' counts, else null. */
  | {
      readonly kind: 'mean';
      readonly sum: PieceOf<'sum'>;
      readonly values: ValueCount;
      readonly count: PieceOf<'sum'> | null;
    }
  | {
      readonly kind: 'floatSum' | 'floatMean';
      readonly sum: PieceOf<'floatSum'>;
      readonly values: ValueCount;
      readonly count: PieceOf<'sum'> | null;
    }
  | { readonly kind: 'value'; readonly piece: PieceOf<'extreme' | 'bits'> }
  | { readonly kind: 'moments'; readonly piece: PieceOf<'moments'> };

/** Rows, less those without a value. */
export interface ValueCount {
  readonly rows: PieceOf<'rows' | 'values'>;
  readonly nulls: PieceOf<'nulls'> | null;
}

export interface GeneratedCall {
  readonly call: AggregateCall;
  /** Its position in the plan. */
  readonly index: number;
  readonly result: StateResult;
}

/** What of a plan generated code can compute. */
export interface StatePlan {
  readonly pieces: readonly StatePiece[];
  /** Bytes of a group's state, a multiple of 8. */
  readonly stride: number;
  readonly calls: readonly GeneratedCall[];
  /** Positions of the calls that are left to accumulators. */
  readonly others: readonly number[];
}

type Unplaced<P = StatePiece> = P extends StatePiece ? Omit<P, 'offset'> : never;

/** Divides a plan's calls into those with generated states and the others. */
export function planStates(plan: AggregatePlan): StatePlan {
  const first = placed(plan, new Pieces(new Set()));
  return placed(plan, new Pieces(lonelyFilters(first)));
}

function placed(plan: AggregatePlan, pieces: Pieces): StatePlan {
  const calls: GeneratedCall[] = [];
  const others: number[] = [];
  for (const [index, call] of plan.aggregates.entries()) {
    const result = stateResult(call, plan.phase, pieces);
    if (result) calls.push({ call, index, result });
    else others.push(index);
  }
  return { pieces: pieces.all, stride: pieces.bytes, calls, others };
}

/** The filters of which only the values of one argument are counted. */
function lonelyFilters({ pieces, calls }: StatePlan): ReadonlySet<string> {
  const counted = pieces.filter(({ kind }) => kind === 'nulls').map(({ filter }) => keyOf(filter));
  const rows = calls.flatMap(({ result }) =>
    result.kind === 'count' && !result.nulls ? [keyOf(result.rows.filter)] : [],
  );
  return new Set(
    counted.filter((key, i) => counted.lastIndexOf(key) === i && counted.indexOf(key) === i && !rows.includes(key)),
  );
}

const keyOf = (value: unknown) =>
  JSON.stringify(value, (name, inner: unknown) =>
    name === 'span' ? undefined : typeof inner === 'bigint' ? `${inner}n` : inner,
  );

class Pieces {
  readonly all: StatePiece[] = [];
  readonly #known = new Map<string, StatePiece>();
  readonly #lonely: ReadonlySet<string>;
  bytes = 0;

  constructor(lonely: ReadonlySet<string>) {
    this.#lonely = lonely;
  }

  /** Counts the rows in which the argument is not NULL. */
  values(arg: Expr, filter: Expr | null): ValueCount {
    if (this.#lonely.has(keyOf(filter))) return { rows: this.piece({ kind: 'values', arg, filter }), nulls: null };
    return { rows: this.piece({ kind: 'rows', filter }), nulls: this.piece({ kind: 'nulls', arg, filter }) };
  }

  piece<K extends StatePiece['kind']>(wanted: Extract<Unplaced, { kind: K }>): PieceOf<K> {
    const key = keyOf(wanted);
    let piece = this.#known.get(key);
    if (!piece) {
      piece = { ...wanted, offset: this.bytes } as StatePiece;
      this.bytes += pieceBytes(piece);
      this.#known.set(key, piece);
      this.all.push(piece);
    }
    return piece as PieceOf<K>;
  }
}

function pieceBytes(piece: StatePiece): number {
  switch (piece.kind) {
    case 'rows':
    case 'nulls':
    case 'values':
      return 8;
    case 'sum':
      return piece.wide ? 24 : 16;
    case 'floatSum':
      return 16;
    case 'extreme':
    case 'bits':
      return valueWidth(piece.arg.type) === 16 ? 24 : 16;
    case 'moments':
      return 24;
  }
}

/** Null when there are no generated states for the call. */
function stateResult(call: AggregateCall, phase: AggregatePlan['phase'], pieces: Pieces): StateResult | null {
  if (
    (call.distinct && !IGNORES_DUPLICATES.has(call.function)) ||
    (call.orderBy.length > 0 && !IGNORES_ORDER.has(call.function))
  ) {
    return null;
  }
  return phase === 'final' ? mergingResult(call, pieces) : addingResult(call, pieces);
}

const IGNORES_DUPLICATES: ReadonlySet<string> = new Set([
  'min',
  'max',
  'bool_and',
  'every',
  'bool_or',
  'bit_and',
  'bit_or',
]);
const IGNORES_ORDER: ReadonlySet<string> = new Set([...IGNORES_DUPLICATES, 'count', 'count_if', 'bit_xor']);

function addingResult(call: AggregateCall, pieces: Pieces): StateResult | null {
  const { filter, function: name } = call;
  const [arg, second] = call.args;
  if (second) return null;
  if (!arg)
    return name === 'count' ? { kind: 'count', rows: pieces.piece({ kind: 'rows', filter }), nulls: null } : null;
  const values = () => pieces.values(arg, filter);
  switch (name) {
    case 'count':
      return { kind: 'count', ...values() };
    case 'count_if': {
      const both = filter ? ({ kind: 'and', type: BOOLEAN, args: [filter, arg] } as const) : arg;
      return { kind: 'count', rows: pieces.piece({ kind: 'rows', filter: both }), nulls: null };
    }
    case 'sum':
    case 'avg':
      return sumResult(name, arg, filter, values(), null, pieces);
    default:
      return valueResult(call, arg, pieces);
  }
}

function sumResult(
  name: 'sum' | 'avg',
  arg: Expr,
  filter: Expr | null,
  values: ValueCount,
  count: PieceOf<'sum'> | null,
  pieces: Pieces,
): StateResult {
  if (isFloat(arg.type)) {
    const sum = pieces.piece({ kind: 'floatSum', arg, filter });
    return { kind: name === 'sum' ? 'floatSum' : 'floatMean', sum, values, count };
  }
  const sum = pieces.piece({ kind: 'sum', arg, filter, wide: isWide(arg.type) });
  return name === 'sum' ? { kind: 'sum', sum, values } : { kind: 'mean', sum, values, count };
}

/** Functions whose state is their result, so that states are merged as values are added. */
function valueResult(call: AggregateCall, arg: Expr, pieces: Pieces): StateResult | null {
  const { filter } = call;
  if (valueWidth(arg.type) === null) return null;
  switch (call.function) {
    case 'min':
    case 'bool_and':
    case 'every':
      return { kind: 'value', piece: pieces.piece({ kind: 'extreme', arg, filter, greatest: false }) };
    case 'max':
    case 'bool_or':
      return { kind: 'value', piece: pieces.piece({ kind: 'extreme', arg, filter, greatest: true }) };
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor': {
      const op = call.function.slice(4) as 'and' | 'or' | 'xor';
      return { kind: 'value', piece: pieces.piece({ kind: 'bits', arg, filter, op }) };
    }
    case 'stddev':
    case 'stddev_samp':
    case 'stddev_pop':
    case 'variance':
    case 'var_samp':
    case 'var_pop':
      return arg.type.kind === 'double'
        ? { kind: 'moments', piece: pieces.piece({ kind: 'moments', arg, filter }) }
        : null;
    default:
      return null;
  }
}

function mergingResult(call: AggregateCall, pieces: Pieces): StateResult | null {
  const [first, second, third] = call.states.map(({ id, name, type }): Expr => ({ kind: 'column', id, name, type }));
  if (!first) throw new InternalError(`the call of ${call.function} has no states`);
  const sumOf = (arg: Expr) => pieces.piece({ kind: 'sum', arg, filter: null, wide: isWide(arg.type) });
  const values = (arg: Expr) => pieces.values(arg, null);
  switch (call.function) {
    case 'count':
    case 'count_if':
      return { kind: 'countSum', sum: sumOf(first) };
    case 'sum':
      return second ? null : sumResult('sum', first, null, values(first), null, pieces);
    case 'avg':
      if (!second || third) return null;
      return sumResult('avg', second, null, values(second), sumOf(first), pieces);
    case 'min':
    case 'max':
    case 'bool_and':
    case 'every':
    case 'bool_or':
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return valueResult({ ...call, filter: null }, first, pieces);
    default:
      return null;
  }
}

/** The type of a call's result. */
export function resultType(call: AggregateCall): SqlType {
  const resolved = resolveAggregate(call.function, call.argTypes);
  if (!resolved) throw new InternalError(`aggregate ${call.function} was not resolved`);
  return resolved.type;
}
