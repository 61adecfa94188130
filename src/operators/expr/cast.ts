import { ExecutionError, InternalError } from '../../common/errors.ts';
import type { DecimalType, Field, SqlType, Value } from '../../common/types.ts';
import { entryType, isFloat, sameType, typeName } from '../../common/types.ts';
import { MICROS_PER_DAY, splitTimestamp } from './calendar.ts';
import { canCast } from './coerce.ts';
import { comparator } from './compare-values.ts';
import { ratioToDouble, ratioToReal } from './exact-ratio.ts';
import {
  parseBlob,
  parseBoolean,
  parseDate,
  parseDouble,
  parseInterval,
  parseNumber,
  parseTime,
  parseTimestamp,
  parseUuid,
  rescale,
} from './parse-value.ts';
import {
  decimalMax,
  divideHalfAway,
  INTEGER_RANGES,
  type IntegerKind,
  isBigKind,
  isIntegerKind,
  outOfRange,
  pow10,
} from './ranges.ts';
import type { Evaluator } from './scalar-function.ts';
import { doubleText, valueText } from './value-text.ts';

/**
 * CAST(from AS to) of one value that is not NULL.
 *
 * | cast | rule |
 * | --- | --- |
 * | decimal to integer or to a smaller scale | rounds half away from zero |
 * | real, double to integer | rounds half to even |
 * | real, double to decimal | the shortest text of the number, rounded half away from zero |
 * | decimal, bigint, varchar to real or double | the nearest one, ties to even, rounded once |
 * | integers to boolean | 0 is false, all else true |
 * | timestamp to date or time | the day, the time of day |
 * | timestamp with time zone | its UTC clock |
 * | varchar to timestamp | a zone in the text is refused, not ignored |
 * | varchar to blob | `\xHEX`, else the UTF-8 of the text with `\\` for a backslash and `\ooo` for a byte |
 * | blob to varchar | `\xHEX` |
 * | nested to nested | part by part, between types of one shape |
 *
 * A number outside the target's range is SQ3002, text that is no value of it SQ3004.
 */
export function castFunction(from: SqlType, to: SqlType): Evaluator {
  if (from.kind === 'null' || sameType(from, to)) return (value: Value) => value;
  if (!canCast(from, to)) throw new InternalError(`there is no cast from ${typeName(from)} to ${typeName(to)}`);
  if (isIntegerKind(to.kind)) return toInteger(from, to, to.kind);
  switch (to.kind) {
    case 'boolean':
      return from.kind === 'varchar'
        ? fromText(to, parseBoolean)
        : (value: number | bigint) => value !== 0 && value !== 0n;
    case 'decimal':
      return toDecimal(from, to);
    case 'double':
      return toDouble(from);
    case 'real':
      return toReal(from, to);
    case 'date':
      return from.kind === 'varchar' ? fromText(to, parseDate) : (value: bigint) => splitTimestamp(value).days;
    case 'time':
      return from.kind === 'varchar' ? fromText(to, parseTime) : (value: bigint) => splitTimestamp(value).time;
    case 'timestamp':
    case 'timestamptz':
      return toTimestamp(from, to);
    case 'interval':
      return fromText(to, parseInterval);
    case 'uuid':
      return fromText(to, parseUuid);
    case 'blob':
      return fromText(to, parseBlob);
    case 'varchar':
      return valueText(from);
    case 'list':
    case 'struct':
    case 'map':
      return nestedCast(from, to);
    default:
      throw new InternalError(`there is no cast to ${typeName(to)}`);
  }
}

/** Part by part; NULLs stay. */
function nestedCast(from: SqlType, to: SqlType): Evaluator {
  const inner = (a: SqlType, b: SqlType): ((value: Value) => Value) => {
    const cast = castFunction(a, b);
    return (value) => (value === null ? null : cast(value));
  };
  if (from.kind === 'list' && to.kind === 'list') {
    const element = inner(from.element, to.element);
    return (list: readonly Value[]) => list.map(element);
  }
  if (from.kind === 'map' && to.kind === 'map') {
    const entry = nestedCast(entryType(from), entryType(to));
    const compare = comparator(to.key);
    return (entries: readonly (readonly Value[])[]) => {
      const cast = entries.map(entry) as readonly (readonly Value[])[];
      const doubled = cast.find(([key], i) =>
        cast.slice(0, i).some((other) => compare(other[0] as Value, key as Value) === 0),
      );
      if (doubled) throw cannotCast(valueText(from)(entries), to);
      return cast;
    };
  }
  if (from.kind !== 'struct' || to.kind !== 'struct') throw new InternalError(`no cast to ${typeName(to)}`);
  const fields = from.fields.map((field, i) => inner(field.type, (to.fields[i] as Field).type));
  return (row: readonly Value[]) => row.map((value, i) => (fields[i] as (value: Value) => Value)(value));
}

/** SQ3004. */
function cannotCast(text: string, to: SqlType): ExecutionError {
  return new ExecutionError('SQ3004', `cannot cast ${quoted(text)} to ${typeName(to)}`);
}

/** Text in an error message: at most 60 characters of it. */
function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `'${short.replaceAll("'", "''")}'`;
}

function fromText(to: SqlType, parse: (text: string) => Value): Evaluator {
  return (text: string) => {
    const value = parse(text);
    if (value === null) throw cannotCast(text, to);
    return value;
  };
}

function toInteger(from: SqlType, to: SqlType, kind: IntegerKind): Evaluator {
  const { min, max } = INTEGER_RANGES[kind];
  const big = isBigKind(kind);
  const checked = (value: bigint, what: () => string) => {
    if (value < min || value > max) throw outOfRange(what(), to);
    return big ? value : Number(value);
  };
  switch (from.kind) {
    case 'boolean':
      return (value: boolean) => checked(value ? 1n : 0n, () => String(value));
    case 'decimal': {
      const text = valueText(from);
      return (value: bigint) => checked(divideHalfAway(value, pow10(from.scale)), () => text(value));
    }
    case 'real':
    case 'double': {
      const text = valueText(from);
      return (value: number) => {
        if (!Number.isFinite(value)) throw outOfRange(text(value), to);
        return checked(BigInt(roundHalfEven(value)), () => text(value));
      };
    }
    case 'varchar':
      return (text: string) => {
        const match = /^\s*([+-]?)(\d+)\s*$/.exec(text);
        if (!match) throw cannotCast(text, to);
        const magnitude = BigInt(match[2] as string);
        return checked(match[1] === '-' ? -magnitude : magnitude, () => quoted(text));
      };
    default:
      return (value: number | bigint) => checked(BigInt(value), () => String(value));
  }
}

/** The nearest whole number, ties to even; not finite numbers are themselves. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const tail = value - floor;
  if (tail !== 0.5) return tail < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

function toDecimal(from: SqlType, to: DecimalType): Evaluator {
  const max = decimalMax(to);
  const checked = (value: bigint | null, what: () => string) => {
    if (value === null || value > max || value < -max) throw outOfRange(what(), to);
    return value;
  };
  if (from.kind === 'decimal') {
    const text = valueText(from);
    const shift = to.scale - from.scale;
    if (shift >= 0) {
      const factor = pow10(shift);
      return (value: bigint) => checked(value * factor, () => text(value));
    }
    const divisor = pow10(-shift);
    return (value: bigint) => checked(divideHalfAway(value, divisor), () => text(value));
  }
  if (isFloat(from)) {
    const text = valueText(from);
    return (value: number) => {
      const number = parseNumber(text(value));
      return checked(number && rescale(number, to.scale), () => text(value));
    };
  }
  if (from.kind === 'varchar') {
    return (text: string) => {
      const number = parseNumber(text);
      if (number === null) throw cannotCast(text, to);
      return checked(rescale(number, to.scale), () => quoted(text));
    };
  }
  const factor = pow10(to.scale);
  return (value: number | bigint) => checked(BigInt(value) * factor, () => String(value));
}

function toDouble(from: SqlType): Evaluator {
  if (from.kind === 'decimal') {
    const divisor = pow10(from.scale);
    return (value: bigint) => ratioToDouble(value, divisor);
  }
  if (from.kind !== 'varchar') return (value: number | bigint) => Number(value);
  return (text: string) => {
    const value = parseDouble(text);
    if (value === null) throw cannotCast(text, { kind: 'double' });
    if (!Number.isFinite(value) && parseNumber(text)) throw outOfRange(quoted(text), { kind: 'double' });
    return value;
  };
}

function toReal(from: SqlType, to: SqlType): Evaluator {
  const checked = (value: number, finite: boolean, what: () => string) => {
    if (finite && !Number.isFinite(value)) throw outOfRange(what(), to);
    return value;
  };
  if (from.kind === 'decimal') {
    const divisor = pow10(from.scale);
    return (value: bigint) => ratioToReal(value, divisor);
  }
  if (from.kind === 'double') {
    return (value: number) => checked(Math.fround(value), Number.isFinite(value), () => doubleText(value));
  }
  if (from.kind !== 'varchar') return (value: number | bigint) => ratioToReal(BigInt(value), 1n);
  return (text: string) => {
    const number = parseNumber(text);
    const value = parseDouble(text);
    if (value === null) throw cannotCast(text, to);
    if (number === null) return value;
    const nearOne = Math.abs(number.scale) < 400;
    const real = nearOne
      ? ratioToReal(number.unscaled * pow10(-number.scale), pow10(number.scale))
      : Math.fround(value);
    // An exact ratio has no negative zero.
    return checked(real === 0 ? Math.fround(value) : real, true, () => quoted(text));
  };
}

function toTimestamp(from: SqlType, to: SqlType): Evaluator {
  if (from.kind === 'timestamp' || from.kind === 'timestamptz') return (value: Value) => value;
  const { min, max } = INTEGER_RANGES.bigint;
  const checked = (value: bigint, what: () => string) => {
    if (value < min || value > max) throw outOfRange(what(), to);
    return value;
  };
  if (from.kind === 'date') {
    const text = valueText(from);
    return (days: number) => checked(BigInt(days) * MICROS_PER_DAY, () => text(days));
  }
  return (text: string) => {
    const value = parseTimestamp(text, to.kind === 'timestamptz');
    if (value === null) throw cannotCast(text, to);
    return checked(value, () => quoted(text));
  };
}
