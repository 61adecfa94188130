import { assertNever, ExecutionError, InternalError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import type { FrameBound, SortKey, WindowFrame } from '../plan.ts';
import { type RangeOffset, rangeOffset } from './range-offset.ts';

/** The rows of one partition in the window's order, by number from 0, and what each of them has for peers. */
export interface WindowPartition {
  readonly length: number;
  /** First row of the row's peer group. */
  peerStart(row: number): number;
  /** One past the last. */
  peerEnd(row: number): number;
}

/** The values of an expression in the rows of a partition. */
export type PartitionColumn = (row: number) => Value;

export interface FrameInput {
  readonly frame: WindowFrame;
  /** The only order key, for RANGE with offsets. */
  readonly key: { readonly by: SortKey; readonly value: PartitionColumn } | null;
  /** Offsets of the bounds; null where they have none. */
  readonly start: PartitionColumn | null;
  readonly end: PartitionColumn | null;
}

/** Rows `from` to `to`, exclusive. */
export interface RowSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * The frame of a row: spans that are not empty, ascending and apart. Throws ExecutionError SQ3007 for an offset that is NULL or
 * negative.
 */
export function frameFunction(partition: WindowPartition, input: FrameInput): (row: number) => readonly RowSpan[] {
  const { frame } = input;
  const from = boundFunction(partition, input, 'start');
  const to = boundFunction(partition, input, 'end');
  return (row) => {
    const whole = { from: from(row), to: to(row) };
    if (frame.exclude === 'noOthers') return cut(whole, row, row);
    const group: RowSpan = { from: partition.peerStart(row), to: partition.peerEnd(row) };
    switch (frame.exclude) {
      case 'currentRow':
        return cut(whole, row, row + 1);
      case 'group':
        return cut(whole, group.from, group.to);
      case 'ties':
        return [
          ...cut({ from: whole.from, to: Math.min(whole.to, row + 1) }, group.from, row),
          ...cut({ from: Math.max(whole.from, row + 1), to: whole.to }, row + 1, group.to),
        ];
      default:
        return assertNever(frame.exclude);
    }
  };
}

/** What is left of the span without the rows `from` to `to`. */
function cut(span: RowSpan, from: number, to: number): RowSpan[] {
  const before = { from: span.from, to: Math.min(span.to, from) };
  const after = { from: Math.max(span.from, to), to: span.to };
  if (from >= to) return span.from < span.to ? [span] : [];
  return [before, after].filter((part) => part.from < part.to);
}

type Bound = (row: number) => number;

/** Where the frame of a row starts, or one past where it ends; both within the partition. Throws as `frameFunction`. */
export function boundFunction(partition: WindowPartition, input: FrameInput, side: 'start' | 'end'): Bound {
  const bound = input.frame[side];
  const { unit } = input.frame;
  switch (bound.kind) {
    case 'unboundedPreceding':
      return () => 0;
    case 'unboundedFollowing':
      return () => partition.length;
    case 'currentRow':
      if (unit === 'rows') return side === 'start' ? (row) => row : (row) => row + 1;
      return side === 'start' ? (row) => partition.peerStart(row) : (row) => partition.peerEnd(row);
    case 'preceding':
    case 'following':
      switch (unit) {
        case 'rows':
          return rowsBound(partition, wholeOffset(input, side), bound.kind, side);
        case 'groups':
          return groupsBound(partition, wholeOffset(input, side), bound.kind, side);
        case 'range':
          return rangeBound(partition, input, bound, side);
        default:
          return assertNever(unit);
      }
    default:
      return assertNever(bound);
  }
}

/** The offset of a ROWS or GROUPS bound as a number; beyond 2^53 it is past every partition anyway. */
function wholeOffset(input: FrameInput, side: 'start' | 'end'): Bound {
  const offset = offsetOf(input, side);
  return (row) => {
    const value = checkedOffset(offset(row), side);
    if (typeof value !== 'bigint' && typeof value !== 'number')
      throw new InternalError('the offset of a frame is no number');
    if (value < 0) throw negativeOffset(side);
    return Number(value);
  };
}

function offsetOf(input: FrameInput, side: 'start' | 'end'): PartitionColumn {
  const offset = input[side];
  if (!offset) throw new InternalError(`the ${side} of a frame lacks its offset`);
  return offset;
}

function checkedOffset(offset: Value, side: 'start' | 'end'): Value {
  if (offset === null) throw badOffset(side, 'null');
  return offset;
}

const badOffset = (side: 'start' | 'end', what: string) =>
  new ExecutionError('SQ3007', `frame ${side === 'start' ? 'starting' : 'ending'} offset must not be ${what}`);

/** SQ3007. */
const negativeOffset = (side: 'start' | 'end') => badOffset(side, 'negative');

const clamp = (row: number, { length }: WindowPartition) => Math.max(0, Math.min(row, length));

function rowsBound(
  partition: WindowPartition,
  offset: Bound,
  kind: 'preceding' | 'following',
  side: 'start' | 'end',
): Bound {
  const sign = kind === 'preceding' ? -1 : 1;
  const past = side === 'start' ? 0 : 1;
  return (row) => clamp(row + sign * offset(row) + past, partition);
}

/** Walks from group to group. */
function groupsBound(
  partition: WindowPartition,
  offset: Bound,
  kind: 'preceding' | 'following',
  side: 'start' | 'end',
): Bound {
  return (row) => {
    let from = partition.peerStart(row);
    let to = partition.peerEnd(row);
    for (let left = offset(row); left > 0; left--) {
      if (kind === 'preceding') {
        if (from === 0) return 0;
        to = from;
        from = partition.peerStart(from - 1);
      } else {
        if (to === partition.length) return partition.length;
        from = to;
        to = partition.peerEnd(to);
      }
    }
    return side === 'start' ? from : to;
  };
}

/** Rows whose key is NULL have their peers within every distance, and nobody else. */
function rangeBound(
  partition: WindowPartition,
  input: FrameInput,
  bound: Extract<FrameBound, { readonly offset: unknown }>,
  side: 'start' | 'end',
): Bound {
  if (!input.key) throw new InternalError('a RANGE frame with an offset needs one order key');
  const { by, value } = input.key;
  const arithmetic = rangeOffset(by.expr.type, bound.offset.type);
  const offset = offsetOf(input, side);
  const [low, high] = withoutNulls(partition, value, by.nullsFirst);
  const sign = (bound.kind === 'following') === by.descending ? -1 : 1;
  const keys = (side === 'start') === by.descending ? 'at most' : 'at least';
  const isBehind = behindFunction(arithmetic, value, by.descending, side);
  return (row) => {
    const distance = checkedOffset(offset(row), side);
    if (arithmetic.isNegative(distance)) throw negativeOffset(side);
    const key = value(row);
    if (key === null) return side === 'start' ? partition.peerStart(row) : partition.peerEnd(row);
    const target = arithmetic.target(key, distance, sign, keys);
    return firstRow(low, high, (at) => !isBehind(at, target));
  };
}

/** Whether a row lies before the start of a frame, or is not past its end. */
function behindFunction(
  { compare }: RangeOffset,
  value: PartitionColumn,
  descending: boolean,
  side: 'start' | 'end',
): (row: number, target: Value) => boolean {
  const sign = descending ? -1 : 1;
  if (side === 'start') return (row, target) => sign * compare(value(row), target) < 0;
  return (row, target) => sign * compare(value(row), target) <= 0;
}

/** Where the rows begin and end whose key is not NULL. */
function withoutNulls(
  { length }: WindowPartition,
  value: PartitionColumn,
  nullsFirst: boolean,
): readonly [number, number] {
  if (nullsFirst) return [firstRow(0, length, (row) => value(row) !== null), length];
  return [0, firstRow(0, length, (row) => value(row) === null)];
}

/** The first row of `from` to `to` that fulfils what all rows after it fulfil too; `to` when there is none. */
function firstRow(from: number, to: number, holds: (row: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
