import { InternalError } from '../../common/errors.ts';
import type { DecimalType, SqlType, Value } from '../../common/types.ts';
import { isFloat, MAX_DECIMAL_PRECISION } from '../../common/types.ts';
import { type Comparator, comparator } from '../expr/compare-values.ts';
import { ratioToDouble } from '../expr/exact-ratio.ts';
import { decimalMax, decimalText, INTEGER_RANGES, outOfRange, pow10 } from '../expr/ranges.ts';
import { type ResolvedAggregate, resolveAggregate } from './functions.ts';

/** The state of one aggregate function in one group. */
export interface Accumulator {
  /** Takes the argument's value in one row; for count() any value that is not NULL. */
  add(value: Value): void;
  /** Takes another accumulator's states. */
  merge(states: readonly Value[]): void;
  /** The columns of the state, as the registry declares them. Throws SQ3002 when a sum does not fit. */
  states(): readonly Value[];
  /** The result. Throws SQ3002 when a sum does not fit. */
  result(): Value;
}

/** Makes accumulators of a resolved aggregate function. Throws InternalError when the planner wrote another type. */
export function accumulatorFactory(name: string, argTypes: readonly SqlType[]): () => Accumulator {
  const resolved = resolveAggregate(name, argTypes);
  if (!resolved) throw new InternalError(`aggregate ${name} was not resolved`);
  const arg = resolved.argTypes[0];
  switch (name) {
    case 'count':
      return () => new Count();
    case 'sum':
      return sumFactory(resolved, arg as SqlType);
    case 'avg':
      return averageFactory(resolved, arg as SqlType);
    case 'min':
    case 'max': {
      const compare = comparator(arg as SqlType);
      const sign = name === 'max' ? 1 : -1;
      return () => new Extreme(compare, sign);
    }
    default:
      throw new InternalError(`aggregate ${name} has no accumulator`);
  }
}

class Count implements Accumulator {
  #count = 0;

  add(value: Value): void {
    if (value !== null) this.#count++;
  }

  merge([count]: readonly Value[]): void {
    this.#count += Number(count);
  }

  states(): readonly Value[] {
    return [this.result()];
  }

  result(): Value {
    return BigInt(this.#count);
  }
}

class Extreme implements Accumulator {
  readonly #compare: Comparator;
  readonly #sign: 1 | -1;
  #best: Value = null;

  constructor(compare: Comparator, sign: 1 | -1) {
    this.#compare = compare;
    this.#sign = sign;
  }

  add(value: Value): void {
    if (value !== null && (this.#best === null || this.#sign * this.#compare(value, this.#best) > 0))
      this.#best = value;
  }

  merge([best]: readonly Value[]): void {
    this.add(best ?? null);
  }

  states(): readonly Value[] {
    return [this.#best];
  }

  result(): Value {
    return this.#best;
  }
}

/** A sum of any size; null until the first value. */
interface Total {
  add(value: Value): void;
  value(): bigint | number | null;
}

const SAFE = 2 ** 52;

/** Numbers are collected in a double as long as that is exact. */
class WholeTotal implements Total {
  #big = 0n;
  #small = 0;
  #empty = true;

  add(value: Value): void {
    this.#empty = false;
    if (typeof value !== 'number') {
      this.#big += value as bigint;
      return;
    }
    this.#small += value;
    if (this.#small > SAFE || this.#small < -SAFE) {
      this.#big += BigInt(this.#small);
      this.#small = 0;
    }
  }

  value(): bigint | null {
    return this.#empty ? null : this.#big + BigInt(this.#small);
  }
}

class FloatTotal implements Total {
  #sum = 0;
  #empty = true;
  #finite = true;

  add(value: Value): void {
    this.#empty = false;
    this.#sum += value as number;
    if (!Number.isFinite(value)) this.#finite = false;
  }

  value(): number | null {
    if (this.#empty) return null;
    if (this.#finite && !Number.isFinite(this.#sum)) throw outOfRange('sum', { kind: 'double' });
    return this.#sum;
  }
}

const newTotal = (arg: SqlType): Total => (isFloat(arg) ? new FloatTotal() : new WholeTotal());

/** The total as a value of the sum's type. */
function sumValue(total: Total, type: SqlType): Value {
  const value = total.value();
  if (typeof value !== 'bigint') return value;
  switch (type.kind) {
    case 'decimal': {
      const max = decimalMax(type);
      if (value > max || value < -max) throw outOfRange(`sum ${decimalText(value, type.scale)}`, type);
      return value;
    }
    case 'bigint': {
      const { min, max } = INTEGER_RANGES.bigint;
      if (value > max || value < min) throw outOfRange(`sum ${value}`, type);
      return value;
    }
    default:
      throw new InternalError(`a sum cannot have the type ${type.kind}`);
  }
}

function sumFactory({ type, states }: ResolvedAggregate, arg: SqlType): () => Accumulator {
  return () => new Sum(newTotal(arg), type, states.length);
}

const CARRY = pow10(MAX_DECIMAL_PRECISION);

/** The total in so many columns: alone, or modulo 10^38 and how often 10^38. */
function totalStates(total: Total, type: SqlType, columns: number): readonly Value[] {
  if (columns === 1) return [sumValue(total, type)];
  const value = total.value() as bigint | null;
  return value === null ? [null, null] : [value % CARRY, value / CARRY];
}

function mergeTotal(total: Total, [sum, carries]: readonly Value[]): void {
  if (sum === null || sum === undefined) return;
  total.add(carries === undefined ? sum : (sum as bigint) + (carries as bigint) * CARRY);
}

class Sum implements Accumulator {
  readonly #total: Total;
  readonly #type: SqlType;
  readonly #stateColumns: number;

  constructor(total: Total, type: SqlType, stateColumns: number) {
    this.#total = total;
    this.#type = type;
    this.#stateColumns = stateColumns;
  }

  add(value: Value): void {
    if (value !== null) this.#total.add(value);
  }

  merge(states: readonly Value[]): void {
    mergeTotal(this.#total, states);
  }

  states(): readonly Value[] {
    return totalStates(this.#total, this.#type, this.#stateColumns);
  }

  result(): Value {
    return sumValue(this.#total, this.#type);
  }
}

function averageFactory({ states }: ResolvedAggregate, arg: SqlType): () => Accumulator {
  const sumType = states[1]?.type as SqlType;
  return () => new Average(newTotal(arg), sumType, states.length - 1);
}

class Average implements Accumulator {
  readonly #total: Total;
  readonly #sumType: SqlType;
  readonly #sumColumns: number;
  #count = 0;

  constructor(total: Total, sumType: SqlType, sumColumns: number) {
    this.#total = total;
    this.#sumType = sumType;
    this.#sumColumns = sumColumns;
  }

  add(value: Value): void {
    if (value === null) return;
    this.#total.add(value);
    this.#count++;
  }

  merge([count, ...sum]: readonly Value[]): void {
    mergeTotal(this.#total, sum);
    this.#count += Number(count);
  }

  states(): readonly Value[] {
    return [BigInt(this.#count), ...totalStates(this.#total, this.#sumType, this.#sumColumns)];
  }

  result(): Value {
    const sum = this.#total.value();
    if (sum === null) return null;
    if (typeof sum === 'number') return sum / this.#count;
    const scale = (this.#sumType as DecimalType).scale;
    return ratioToDouble(sum, BigInt(this.#count) * pow10(scale));
  }
}
