import { assertNever, InternalError } from '../../../common/errors.ts';
import type { DecimalType, SqlType, Value } from '../../../common/types.ts';
import { BIGINT, DOUBLE, MAX_DECIMAL_PRECISION } from '../../../common/types.ts';
import type { Arena } from '../../../wasm/arena.ts';
import { buildVector } from '../../../wasm/build-vector.ts';
import { bitmapBytes } from '../../../wasm/layout.ts';
import type { Pointer, Vector } from '../../../wasm/vector.ts';
import { ratioToDouble } from '../../expr/exact-ratio.ts';
import { decimalMax, decimalText, outOfRange, pow10 } from '../../expr/ranges.ts';
import type { AggregatePlan } from '../../plan.ts';
import { type Accumulator, accumulatorFactory } from '../accumulator.ts';
import { type AggregateKernel, aggregateKernel } from './aggregate-kernel.ts';
import { type GeneratedCall, type PieceOf, resultType, type StatePlan, type ValueCount } from './state-plan.ts';
import { valueWidth } from './value-form.ts';

/** The groups whose results are wanted. */
export interface StateSpan {
  /** Of the first one. */
  readonly states: Pointer;
  readonly count: number;
  /** Where the vectors go. */
  readonly arena: Arena;
}

/** A sum of 10^38 and more travels as what is below, and how often 10^38. */
const CARRY = pow10(MAX_DECIMAL_PRECISION);

/** Turns states into columns: results, or in phase `partial` the columns of the states. */
export class StateResults {
  readonly #kernel: AggregateKernel;
  readonly #stride: number;
  readonly #partial: boolean;

  constructor({ stride }: StatePlan, phase: AggregatePlan['phase'], arena: Arena) {
    this.#kernel = aggregateKernel(arena.linear);
    this.#stride = stride;
    this.#partial = phase === 'partial';
  }

  /** Throws SQ3002 when a result does not fit its type. */
  columns({ call, result }: GeneratedCall, span: StateSpan): Vector[] {
    switch (result.kind) {
      case 'count':
        return [this.#count(result, span)];
      case 'countSum':
        return [this.#wholeSum(result.sum, BIGINT, span, 0)];
      case 'sum':
        return this.#sum(result.sum, resultType(call), result.values, span, call.states.length > 1);
      case 'mean': {
        if (!this.#partial) return [this.#mean(result.sum, result.values, result.count, span)];
        const type = call.states[1]?.type as SqlType;
        return [
          this.#count(result.values, span),
          ...this.#sum(result.sum, type, result.values, span, call.states.length > 2),
        ];
      }
      case 'floatSum':
        return [this.#floatSum(result.sum, result.values, false, span)];
      case 'floatMean':
        if (!this.#partial) {
          if (result.count) return [this.#floatMeanOfParts(result.sum, result.values, result.count, span)];
          return [this.#floatSum(result.sum, result.values, true, span)];
        }
        return [this.#count(result.values, span), this.#floatSum(result.sum, result.values, false, span)];
      case 'value': {
        const { arg, offset } = result.piece;
        return [this.#value(offset, arg.type, span)];
      }
      case 'moments':
        return this.#moments(call, result.piece, span);
      default:
        return assertNever(result);
    }
  }

  #count({ rows, nulls }: ValueCount, { states, count, arena }: StateSpan): Vector {
    const data = arena.allocate(count * 8);
    this.#kernel.counts(states, this.#stride, count, rows.offset, nulls?.offset ?? -1, data);
    return { kind: 'fixed', type: BIGINT, width: 8, length: count, validity: 0, data };
  }

  #validity({ rows, nulls }: ValueCount, { states, count, arena }: StateSpan): Pointer {
    const validity = zeroedBitmap(arena, count);
    const found = this.#kernel.haveValues(states, this.#stride, count, rows.offset, nulls?.offset ?? -1, validity);
    return found === count ? 0 : validity;
  }

  #sum(sum: PieceOf<'sum'>, type: SqlType, values: ValueCount, span: StateSpan, carries: boolean): Vector[] {
    const validity = this.#validity(values, span);
    if (!this.#partial || !carries) return [this.#wholeSum(sum, type, span, validity)];
    const totals = Array.from({ length: span.count }, (_, i) => this.#total(sum, span, i));
    const isNull = nullTest(span.arena, validity);
    const column = (part: (total: bigint) => bigint) =>
      totals.map((total, i): Value => (isNull(i) ? null : part(total)));
    return [
      buildVector(
        span.arena,
        type,
        column((total) => total % CARRY),
      ),
      buildVector(
        span.arena,
        BIGINT,
        column((total) => total / CARRY),
      ),
    ];
  }

  #wholeSum(sum: PieceOf<'sum'>, type: SqlType, span: StateSpan, validity: Pointer): Vector {
    const { states, count, arena } = span;
    const width = type.kind === 'decimal' ? 16 : 8;
    const data = arena.allocate(count * width);
    const max = type.kind === 'decimal' ? decimalMax(type) : 0n;
    const low = BigInt.asIntN(64, max);
    const high = max >> 64n;
    const { offset, wide } = sum;
    const done = this.#kernel.exactSums(states, this.#stride, count, offset, wide, width, low, high, data);
    if (done < count) {
      const total = this.#total(sum, span, done);
      throw outOfRange(`sum ${type.kind === 'decimal' ? decimalText(total, type.scale) : total}`, type);
    }
    return { kind: 'fixed', type, width, length: count, validity, data };
  }

  /** A group's sum as a bigint. */
  #total({ offset, wide }: PieceOf<'sum'>, { states, arena }: StateSpan, group: number): bigint {
    const view = arena.view();
    const at = states + group * this.#stride + offset;
    const low = view.getBigUint64(at, true);
    if (!wide) return (view.getBigInt64(at + 8, true) << 64n) | low;
    return (view.getBigInt64(at + 16, true) << 128n) | (view.getBigUint64(at + 8, true) << 64n) | low;
  }

  #mean(sum: PieceOf<'sum'>, values: ValueCount, parts: PieceOf<'sum'> | null, span: StateSpan): Vector {
    const { states, count, arena } = span;
    const validity = this.#validity(values, span);
    const data = arena.allocate(count * 8);
    const scale = sum.arg.type.kind === 'decimal' ? (sum.arg.type as DecimalType).scale : 0;
    const { rows, nulls } = values;
    const isNull = nullTest(arena, validity);
    const divide = (group: number, by: bigint) =>
      arena.view().setFloat64(data + group * 8, ratioToDouble(this.#total(sum, span, group), by * pow10(scale)), true);
    if (parts) {
      for (let group = 0; group < count; group++) if (!isNull(group)) divide(group, this.#total(parts, span, group));
      return { kind: 'fixed', type: DOUBLE, width: 8, length: count, validity, data };
    }
    const rest = arena.allocate(count * 4);
    const left = this.#kernel.exactMeans(
      states,
      this.#stride,
      count,
      sum.offset,
      sum.wide,
      rows.offset,
      nulls?.offset ?? -1,
      10 ** scale,
      data,
      rest,
    );
    for (let i = 0; i < left; i++) {
      const view = arena.view();
      const group = view.getUint32(rest + i * 4, true);
      const at = states + group * this.#stride;
      divide(
        group,
        view.getBigInt64(at + rows.offset, true) - (nulls ? view.getBigInt64(at + nulls.offset, true) : 0n),
      );
    }
    return { kind: 'fixed', type: DOUBLE, width: 8, length: count, validity, data };
  }

  #floatSum({ offset }: PieceOf<'floatSum'>, values: ValueCount, mean: boolean, span: StateSpan): Vector {
    const { states, count, arena } = span;
    const validity = this.#validity(values, span);
    const data = arena.allocate(count * 8);
    const { rows, nulls } = values;
    const odd = offset + 8;
    const done = this.#kernel.floatSums(
      states,
      this.#stride,
      count,
      offset,
      odd,
      mean,
      rows.offset,
      nulls?.offset ?? -1,
      data,
    );
    if (done < count) throw outOfRange('sum', DOUBLE);
    return { kind: 'fixed', type: DOUBLE, width: 8, length: count, validity, data };
  }

  #floatMeanOfParts(sum: PieceOf<'floatSum'>, values: ValueCount, counts: PieceOf<'sum'>, span: StateSpan): Vector {
    const sums = this.#floatSum(sum, values, false, span);
    if (sums.kind !== 'fixed') throw new InternalError('a sum is not of fixed width');
    const view = span.arena.view();
    for (let group = 0; group < span.count; group++) {
      const at = sums.data + group * 8;
      view.setFloat64(at, view.getFloat64(at, true) / Number(this.#total(counts, span, group)), true);
    }
    return sums;
  }

  #value(offset: number, type: SqlType, { states, count, arena }: StateSpan): Vector {
    const width = valueWidth(type);
    if (width === null) throw new InternalError(`a state cannot hold a ${type.kind}`);
    const data = arena.allocate(count * width);
    this.#kernel.fields(states, this.#stride, count, offset + 8, width, data);
    const validity = zeroedBitmap(arena, count);
    const found = this.#kernel.haveSeen(states, this.#stride, count, offset, validity);
    return { kind: 'fixed', type, width, length: count, validity: found === count ? 0 : validity, data };
  }

  /** The accumulator finishes what the generated code began. */
  #moments(call: GeneratedCall['call'], { offset }: PieceOf<'moments'>, span: StateSpan): Vector[] {
    const { states, count, arena } = span;
    const create = accumulatorFactory(call.function, call.argTypes);
    const rows = Array.from({ length: count }, (_, group): readonly Value[] => {
      const view = arena.view();
      const at = states + group * this.#stride + offset;
      const accumulator: Accumulator = create();
      accumulator.merge([
        BigInt(view.getFloat64(at, true)),
        view.getFloat64(at + 8, true),
        view.getFloat64(at + 16, true),
      ]);
      return this.#partial ? accumulator.states() : [accumulator.result()];
    });
    const types = this.#partial ? call.states.map(({ type }) => type) : [DOUBLE];
    return types.map((type, i) =>
      buildVector(
        arena,
        type,
        rows.map((row) => row[i] as Value),
      ),
    );
  }
}

function zeroedBitmap(arena: Arena, count: number): Pointer {
  const bitmap = arena.allocate(bitmapBytes(count));
  arena.bytes(bitmap, bitmapBytes(count)).fill(0);
  return bitmap;
}

function nullTest(arena: Arena, validity: Pointer): (row: number) => boolean {
  if (validity === 0) return () => false;
  return (row) => ((arena.view().getUint8(validity + (row >>> 3)) >>> (row & 7)) & 1) === 0;
}
