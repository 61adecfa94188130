import { InternalError } from '../../common/errors.ts';
import type { Interval, SqlType, Value } from '../../common/types.ts';
import { INTERVAL, isFloat, TIMESTAMP, typeName } from '../../common/types.ts';
import { MICROS_PER_DAY } from '../expr/calendar.ts';
import { asDecimal } from '../expr/coerce.ts';
import { type Comparator, comparator, intervalMicros } from '../expr/compare-values.ts';
import { bindFunction } from '../expr/functions.ts';
import { pow10 } from '../expr/ranges.ts';

/** How RANGE frames move from a row's order key by an offset: without overflow where the values are numbers. */
export interface RangeOffset {
  readonly isNegative: (offset: Value) => boolean;
  /**
   * `key + sign * offset`, something that keys are compared with. `at least` and `at most` say from which side they will be, which
   * matters where the sum is undefined: an infinity less an infinity; then every number is inside.
   */
  readonly target: (key: Value, offset: Value, sign: 1 | -1, keys: 'at least' | 'at most') => Value;
  /** Negative, zero or positive as the key is smaller than the target, equal or greater. */
  readonly compare: Comparator;
}

/** Throws InternalError for types that do not add up to something comparable. */
export function rangeOffset(key: SqlType, offset: SqlType): RangeOffset {
  if (isFloat(key) && isFloat(offset)) return FLOATS;
  const exact = exactOffset(key, offset);
  if (exact) return exact;
  if (offset.kind === 'interval') {
    switch (key.kind) {
      case 'time':
        return TIMES;
      case 'date':
      case 'timestamp':
      case 'timestamptz':
      case 'interval':
        return moments(key);
      default:
    }
  }
  throw new InternalError(`a RANGE of ${typeName(offset)} around ${typeName(key)} was not resolved`);
}

const comparePlain: Comparator = (a, b) => ((a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0);

/** Integers, decimals and dates with days, as whole multiples of the smaller unit. */
function exactOffset(key: SqlType, offset: SqlType): RangeOffset | null {
  const a = key.kind === 'date' ? asDecimal({ kind: 'integer' }) : asDecimal(key);
  const b = asDecimal(offset);
  if (!a || !b) return null;
  const scale = Math.max(a.scale, b.scale);
  const keyUnit = pow10(scale - a.scale);
  const offsetUnit = pow10(scale - b.scale);
  const whole = (value: Value) => BigInt(value as number | bigint);
  return {
    isNegative: (value) => whole(value) < 0n,
    target: (value, by, sign) => whole(value) * keyUnit + BigInt(sign) * whole(by) * offsetUnit,
    compare: (value, target) => comparePlain(whole(value) * keyUnit, target),
  };
}

/** NaN is the greatest key, and only NaN is within any distance of it. */
const FLOATS: RangeOffset = {
  isNegative: (offset) => !((offset as number) >= 0),
  target: (key, offset, sign, keys) => {
    const sum = (key as number) + sign * (offset as number);
    if (Number.isNaN(key) || !Number.isNaN(sum)) return sum;
    return keys === 'at least' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  },
  compare: comparator({ kind: 'double' }),
};

/** Months and days of the offset do not matter, and midnight is not passed. */
const TIMES: RangeOffset = {
  isNegative: (offset) => (offset as Interval).micros < 0n,
  target: (key, offset, sign) => (key as bigint) + BigInt(sign) * (offset as Interval).micros,
  compare: comparePlain,
};

/** Sums out of the type's range are SQ3002. */
function moments(key: SqlType): RangeOffset {
  const type = key.kind === 'date' ? TIMESTAMP : key;
  const plus = bindFunction('+', [key, INTERVAL]).evaluate;
  const minus = bindFunction('-', [key, INTERVAL]).evaluate;
  const compare = comparator(type);
  return {
    isNegative: (offset) => intervalMicros(offset as Interval) < 0n,
    target: (value, offset, sign) => (sign > 0 ? plus(value, offset) : minus(value, offset)),
    compare: key.kind === 'date' ? (day, target) => compare(BigInt(day as number) * MICROS_PER_DAY, target) : compare,
  };
}
