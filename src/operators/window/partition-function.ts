import { assertNever, ExecutionError, InternalError } from '../../common/errors.ts';
import type { Value } from '../../common/types.ts';
import { type Accumulator, accumulatorFactory } from '../aggregate/accumulator.ts';
import type { WindowCall } from '../plan.ts';
import { rowKey, type ValueKey } from '../value-key.ts';
import { type FrameInput, frameFunction, type PartitionColumn, type RowSpan, type WindowPartition } from './frames.ts';
import { resolveWindowFunction } from './functions.ts';

/** What a window function reads in the rows of a partition. */
export interface CallInput extends FrameInput {
  readonly args: readonly PartitionColumn[];
  /** FILTER; null: every row. */
  readonly filter: PartitionColumn | null;
}

export interface WindowValuesOptions {
  /** Aggregates over frames that only grow are continued from row to row, instead of computed anew in each. */
  readonly continues?: boolean;
}

/** The value of a window function in every row of a partition. */
export function windowValues(
  call: WindowCall,
  partition: WindowPartition,
  input: CallInput,
  { continues = false }: WindowValuesOptions = {},
): Value[] {
  const resolved = resolveWindowFunction(call.function, call.argTypes);
  if (!resolved) throw new InternalError(`window function ${call.function} was not resolved`);
  const value = rowFunction(resolved.kind, call, partition, input, continues);
  return Array.from({ length: partition.length }, (_, row) => value(row));
}

function rowFunction(
  kind: 'ranking' | 'offset' | 'frame' | 'aggregate',
  call: WindowCall,
  partition: WindowPartition,
  input: CallInput,
  continues: boolean,
): (row: number) => Value {
  switch (kind) {
    case 'ranking':
      return rankingFunction(call.function, partition, input);
    case 'offset':
      return neighbourFunction(call, partition, input);
    case 'frame':
      return frameValueFunction(call, partition, input);
    case 'aggregate':
      return aggregateFunction(call, partition, input, continues);
    default:
      return assertNever(kind);
  }
}

function rankingFunction(name: string, partition: WindowPartition, { args }: CallInput): (row: number) => Value {
  const { length } = partition;
  switch (name) {
    case 'row_number':
      return (row) => BigInt(row + 1);
    case 'rank':
      return (row) => BigInt(partition.peerStart(row) + 1);
    case 'dense_rank': {
      let rank = 0n;
      return (row) => {
        if (partition.peerStart(row) === row) rank++;
        return rank;
      };
    }
    case 'percent_rank':
      return (row) => (length === 1 ? 0 : partition.peerStart(row) / (length - 1));
    case 'cume_dist':
      return (row) => partition.peerEnd(row) / length;
    case 'ntile': {
      const parts = argument(args, 0);
      return (row) => {
        const count = parts(row);
        return count === null ? null : ntile(BigInt(row), BigInt(length), positive('ntile', count));
      };
    }
    default:
      throw new InternalError(`there is no ranking function ${name}`);
  }
}

function argument(args: readonly PartitionColumn[], index: number): PartitionColumn {
  const arg = args[index];
  if (!arg) throw new InternalError('a window function lacks an argument');
  return arg;
}

function positive(name: string, value: Value): bigint {
  const count = value as bigint;
  if (count <= 0n) throw new ExecutionError('SQ3007', `argument of ${name} must be greater than zero`);
  return count;
}

/** The number of the part of a row, from 1: the first `length % parts` parts have one row more. */
function ntile(row: bigint, length: bigint, parts: bigint): bigint {
  const size = length / parts;
  const larger = length % parts;
  const inLarger = larger * (size + 1n);
  return row < inLarger ? row / (size + 1n) + 1n : larger + (row - inLarger) / size + 1n;
}

/** IGNORE NULLS counts only rows whose value is not NULL; an offset of 0 is the row itself. */
function neighbourFunction(call: WindowCall, { length }: WindowPartition, { args }: CallInput): (row: number) => Value {
  const value = argument(args, 0);
  const forward = call.function === 'lead' ? 1 : -1;
  const counts = (row: number) => !call.ignoreNulls || value(row) !== null;
  return (row) => {
    const offset = args[1] ? args[1](row) : 1n;
    if (offset === null) return null;
    const step = (offset as bigint) < 0n ? -forward : forward;
    let left = Math.abs(Number(offset));
    if (!call.ignoreNulls) {
      const at = row + step * left;
      if (at >= 0 && at < length) return value(at);
    } else {
      let at = row;
      while (left > 0 && at + step >= 0 && at + step < length) {
        at += step;
        if (counts(at)) left--;
      }
      if (left === 0) return value(at);
    }
    return args[2] ? args[2](row) : null;
  };
}

function frameValueFunction(call: WindowCall, partition: WindowPartition, input: CallInput): (row: number) => Value {
  const frame = frameFunction(partition, input);
  const value = argument(input.args, 0);
  const counts = (row: number) => !call.ignoreNulls || value(row) !== null;
  const nth = (spans: readonly RowSpan[], n: number): Value => {
    let left = n;
    for (const { from, to } of spans) {
      if (!call.ignoreNulls && left > to - from) {
        left -= to - from;
        continue;
      }
      for (let at = call.ignoreNulls ? from : from + left - 1; at < to; at++) {
        if (!call.ignoreNulls || (counts(at) && --left === 0)) return value(at);
      }
    }
    return null;
  };
  const last = (spans: readonly RowSpan[]): Value => {
    for (let i = spans.length - 1; i >= 0; i--) {
      const { from, to } = spans[i] as RowSpan;
      for (let at = to - 1; at >= from; at--) if (counts(at)) return value(at);
    }
    return null;
  };
  switch (call.function) {
    case 'first_value':
      return (row) => nth(frame(row), 1);
    case 'last_value':
      return (row) => last(frame(row));
    case 'nth_value': {
      const number = argument(input.args, 1);
      return (row) => {
        const n = number(row);
        return n === null ? null : nth(frame(row), Number(positive('nth_value', n)));
      };
    }
    default:
      throw new InternalError(`there is no window function ${call.function}`);
  }
}

/** Rows whose frames follow each other unchanged share a result. */
function aggregateFunction(
  call: WindowCall,
  partition: WindowPartition,
  input: CallInput,
  continues: boolean,
): (row: number) => Value {
  const frame = frameFunction(partition, input);
  let known: readonly RowSpan[] | null = null;
  let aggregate = new SpanAggregate(call, input);
  let result: Value = null;
  return (row) => {
    const spans = frame(row);
    if (known && sameSpans(known, spans)) return result;
    const grown = continues && known ? grownBy(known, spans) : null;
    if (!grown) aggregate = new SpanAggregate(call, input);
    for (const span of grown ? [grown] : spans) aggregate.add(span);
    result = aggregate.result();
    known = spans;
    return result;
  };
}

function sameSpans(a: readonly RowSpan[], b: readonly RowSpan[]): boolean {
  return a.length === b.length && a.every(({ from, to }, i) => from === b[i]?.from && to === b[i]?.to);
}

/** What a single span has more at its end than another; null when that is not the difference. */
function grownBy([a, ...more]: readonly RowSpan[], [b, ...others]: readonly RowSpan[]): RowSpan | null {
  if (!a || !b || more.length > 0 || others.length > 0 || a.from !== b.from || b.to < a.to) return null;
  return { from: a.to, to: b.to };
}

class SpanAggregate {
  readonly #accumulator: Accumulator;
  readonly #input: CallInput;
  readonly #keyOf: ((values: readonly Value[]) => ValueKey) | null;
  readonly #seen = new Set<ValueKey>();

  constructor(call: WindowCall, input: CallInput) {
    this.#accumulator = accumulatorFactory(call.function, call.argTypes)();
    this.#input = input;
    this.#keyOf = call.distinct ? rowKey(call.argTypes) : null;
  }

  add({ from, to }: RowSpan): void {
    const { args, filter } = this.#input;
    for (let row = from; row < to; row++) {
      if (filter && filter(row) !== true) continue;
      const values = args.map((arg) => arg(row));
      if (this.#keyOf) {
        const key = this.#keyOf(values);
        if (this.#seen.has(key)) continue;
        this.#seen.add(key);
      }
      const [first = true, second] = values;
      if (second === undefined) this.#accumulator.add(first);
      else this.#accumulator.add(first, second);
    }
  }

  result(): Value {
    return this.#accumulator.result();
  }
}
