import type { DecimalType, Field, ScalarKind, SqlType } from '../../common/types.ts';
import {
  DOUBLE,
  decimal,
  isFloat,
  isInteger,
  isNested,
  isNumeric,
  MAX_DECIMAL_PRECISION,
  NULL,
  sameType,
} from '../../common/types.ts';
import { INTEGER_RANGES, type IntegerKind, isIntegerKind } from './ranges.ts';

/** Digits that hold every value of an integer type. */
const INTEGER_DIGITS: Readonly<Record<IntegerKind, number>> = {
  tinyint: 3,
  smallint: 5,
  integer: 10,
  bigint: 19,
  utinyint: 3,
  usmallint: 5,
  uinteger: 10,
  ubigint: 20,
};

/** Narrowest first: the first that contains two ranges is their common type. */
const WIDENING: readonly IntegerKind[] = [
  'tinyint',
  'utinyint',
  'smallint',
  'usmallint',
  'integer',
  'uinteger',
  'bigint',
  'ubigint',
];

/** Each is implicitly the ones after it. */
const INSTANTS: readonly ScalarKind[] = ['date', 'timestamp', 'timestamptz'];

/** The decimal type that holds every value of an exact numeric type; null for anything else. */
export function asDecimal(type: SqlType): DecimalType | null {
  if (type.kind === 'decimal') return type;
  return isIntegerKind(type.kind) ? decimal(INTEGER_DIGITS[type.kind], 0) : null;
}

/** True when every value of `from` is a value of `to` and SQL converts it without a CAST. NULL converts to everything. */
export function canImplicitlyCast(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'null' || sameType(from, to)) return true;
  if (isIntegerKind(from.kind) && isIntegerKind(to.kind)) return contains(to.kind, from.kind);
  if (to.kind === 'decimal') {
    const exact = asDecimal(from);
    return exact !== null && exact.scale <= to.scale && exact.precision - exact.scale <= to.precision - to.scale;
  }
  if (to.kind === 'double') return isNumeric(from);
  if (isNested(from)) return nestedFits(from, to, canImplicitlyCast);
  const instant = INSTANTS.indexOf(from.kind as ScalarKind);
  return instant >= 0 && instant < INSTANTS.indexOf(to.kind as ScalarKind);
}

/** Whether two nested types have one shape and their parts fit. */
function nestedFits(from: SqlType, to: SqlType, fits: (from: SqlType, to: SqlType) => boolean): boolean {
  if (from.kind === 'list' && to.kind === 'list') return fits(from.element, to.element);
  if (from.kind === 'map' && to.kind === 'map') return fits(from.key, to.key) && fits(from.value, to.value);
  if (from.kind !== 'struct' || to.kind !== 'struct' || from.fields.length !== to.fields.length) return false;
  return from.fields.every(({ name, type }, i) => {
    const other = to.fields[i] as Field;
    return name === other.name && fits(type, other.type);
  });
}

function contains(outer: IntegerKind, inner: IntegerKind): boolean {
  const [o, i] = [INTEGER_RANGES[outer], INTEGER_RANGES[inner]];
  return o.min <= i.min && o.max >= i.max;
}

/**
 * The type that CASE, IN, comparisons, VALUES and set operations convert all of `types` to; null when there is none. Only
 * NULLs have the common type NULL.
 *
 * | pair | common type |
 * | --- | --- |
 * | integers | the narrowest integer type that holds both; decimal(20,0) for ubigint with a signed type |
 * | exact numbers | decimal with the larger scale and the larger count of integer digits, at most 38 digits |
 * | real, real | real |
 * | a float with any other number | double |
 * | date, timestamp, timestamptz | the later in this list |
 * | lists | the list of the common type of their elements |
 */
export function commonType(types: readonly SqlType[]): SqlType | null {
  let common: SqlType = NULL;
  for (const type of types) {
    const next = commonOfTwo(common, type);
    if (next === null) return null;
    common = next;
  }
  return common;
}

function commonOfTwo(a: SqlType, b: SqlType): SqlType | null {
  if (a.kind === 'null' || sameType(a, b)) return b;
  if (b.kind === 'null') return a;
  if (isInteger(a) && isInteger(b)) {
    const kind = WIDENING.find((k) => contains(k, a.kind as IntegerKind) && contains(k, b.kind as IntegerKind));
    return kind === undefined ? decimal(INTEGER_DIGITS.ubigint, 0) : ({ kind } as SqlType);
  }
  const [x, y] = [asDecimal(a), asDecimal(b)];
  if (x && y) {
    const scale = Math.max(x.scale, y.scale);
    const digits = Math.max(x.precision - x.scale, y.precision - y.scale);
    return decimal(Math.min(digits + scale, MAX_DECIMAL_PRECISION), scale);
  }
  if ((isFloat(a) && isNumeric(b)) || (isNumeric(a) && isFloat(b))) return DOUBLE;
  if (a.kind === 'list' && b.kind === 'list') {
    const element = commonOfTwo(a.element, b.element);
    return element && { kind: 'list', element };
  }
  if (canImplicitlyCast(a, b)) return b;
  return canImplicitlyCast(b, a) ? a : null;
}

const TEXTUAL: ReadonlySet<string> = new Set<ScalarKind>([
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'interval',
  'blob',
  'uuid',
]);

/** True when CAST(… AS to) exists. It may still fail for a value. */
export function canCast(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'null' || sameType(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (from.kind === 'boolean') return isInteger(to) || to.kind === 'varchar';
  if (to.kind === 'boolean') return isInteger(from) || from.kind === 'varchar';
  if (from.kind === 'varchar') return isNumeric(to) || TEXTUAL.has(to.kind);
  if (to.kind === 'varchar') return isNumeric(from) || isNested(from) || TEXTUAL.has(from.kind);
  if (isNested(from)) return nestedFits(from, to, canCast);
  const isInstant = (type: SqlType) => INSTANTS.includes(type.kind as ScalarKind);
  if (isInstant(from) && isInstant(to)) return true;
  return to.kind === 'time' && (from.kind === 'timestamp' || from.kind === 'timestamptz');
}
