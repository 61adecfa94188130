import { InternalError } from '../../../common/errors.ts';
import type { DecimalType, SqlType, Value } from '../../../common/types.ts';
import { BIGINT, DOUBLE, decimal, isFloat, MAX_DECIMAL_PRECISION, typeName } from '../../../common/types.ts';
import { ratioToDouble } from '../../expr/exact-ratio.ts';
import { decimalMax, decimalText, INTEGER_RANGES, outOfRange, pow10 } from '../../expr/ranges.ts';
import type { Accumulator } from '../accumulator.ts';
import type { AggregateFunction, StateField } from '../aggregate-function.ts';
import { numericArgument } from './numeric-argument.ts';

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

/** Digits of an argument of which 10^8 values at the end of its type, in one task, have a sum of 38. */
const SHORT_DIGITS = 30;

/** A part of the rows may have a sum that does not fit, though the sum of all does. */
function sumStates(arg: SqlType, type: SqlType): readonly StateField[] {
  const sum = { type, nullable: true };
  return arg.kind === 'decimal' && arg.precision > SHORT_DIGITS ? [sum, { type: BIGINT, nullable: true }] : [sum];
}

function sumType(arg: SqlType): SqlType {
  switch (arg.kind) {
    case 'decimal':
      return decimal(MAX_DECIMAL_PRECISION, arg.scale);
    case 'bigint':
    case 'ubigint':
      return decimal(MAX_DECIMAL_PRECISION, 0);
    case 'real':
    case 'double':
      return DOUBLE;
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
      return BIGINT;
    default:
      throw new InternalError(`there is no sum of ${typeName(arg)}`);
  }
}

/**
 * | function | argument | result | state |
 * | --- | --- | --- | --- |
 * | sum | tinyint to integer, utinyint to uinteger | bigint | the result |
 * | sum | bigint, ubigint | decimal(38,0) | the result |
 * | sum | decimal(p,s) | decimal(38,s) | the result; beyond 30 digits two columns, the sum modulo 10^38 and how often 10^38 |
 * | sum | real, double | double | the result |
 * | avg | integers | double, the exact quotient rounded once | count, sum as decimal(38,0) |
 * | avg | decimal(p,s) | double, the exact quotient rounded once | count, sum as that of sum |
 * | avg | real, double | double | count, sum as double |
 *
 * A sum that does not fit its type is SQ3002; sums of exact types are checked when they are complete, so the order of the
 * rows does not matter. Sums of floats are added in the order of arrival and may differ in their last bits from run to run.
 */
export const SUMS: readonly AggregateFunction[] = [
  {
    name: 'sum',
    doc: 'sum(a): exact for integers (bigint, of bigint decimal(38,0)) and decimals (decimal(38,s)); of floats a double, added in the order of arrival',
    resolve: (args) => {
      const arg = numericArgument(args);
      if (arg === null) return null;
      const type = sumType(arg);
      const states = sumStates(arg, type);
      const create = () => new Sum(newTotal(arg), type, states.length);
      return { argTypes: [arg], type, states, combinable: true, create };
    },
  },
  {
    name: 'avg',
    doc: 'avg(a): the mean as a double; of exact types the exact quotient rounded once',
    resolve: (args) => {
      const arg = numericArgument(args);
      if (arg === null) return null;
      const sum = sumType(arg);
      const type = sum.kind === 'bigint' ? decimal(MAX_DECIMAL_PRECISION, 0) : sum;
      const states = [{ type: BIGINT, nullable: false }, ...sumStates(arg, type)];
      const create = () => new Average(newTotal(arg), type, states.length - 1);
      return { argTypes: [arg], type: DOUBLE, states, combinable: true, create };
    },
  },
];
