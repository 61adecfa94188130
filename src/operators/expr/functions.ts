import { InternalError } from '../../common/errors.ts';
import type { SqlType } from '../../common/types.ts';
import { sameType, typeName } from '../../common/types.ts';
import { ABS, negation, operatorFunction } from './functions/arithmetic.ts';
import { BITS } from './functions/bits.ts';
import { COMPARISON } from './functions/comparison.ts';
import { CONDITIONAL } from './functions/conditional.ts';
import { DATE_DIFFERENCES } from './functions/date-diff.ts';
import { DATE_FORMAT } from './functions/date-format.ts';
import { addMoments, DATETIME, multiplyIntervals, negateMoment, subtractMoments } from './functions/datetime.ts';
import { ENCODING } from './functions/encoding.ts';
import { LIST } from './functions/list.ts';
import { MAKE_DATE } from './functions/make-date.ts';
import { MATH } from './functions/math.ts';
import { fieldAccess, makesStruct, NESTED } from './functions/nested.ts';
import { NUMBER } from './functions/number.ts';
import { OVERLAPS } from './functions/overlaps.ts';
import { PRINTF } from './functions/printf.ts';
import { QUANTIFIED } from './functions/quantified.ts';
import { REGEXP } from './functions/regexp.ts';
import { STRING } from './functions/string.ts';
import { TEXT } from './functions/text.ts';
import { TIME_ZONE } from './functions/time-zone.ts';
import { TO_CHAR } from './functions/to-char.ts';
import type { Overload, ScalarFunction } from './scalar-function.ts';

const REGISTRY: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    ...COMPARISON,
    operatorFunction('+', 'a + b: sum; a date and days; a date or timestamp and an interval', addMoments),
    operatorFunction('-', 'a - b: difference; days between dates; an interval between timestamps', subtractMoments),
    operatorFunction('*', 'a * b: product; an interval so many times', multiplyIntervals),
    operatorFunction('/', 'a / b: quotient; of integers truncated, of decimals a double'),
    operatorFunction('%', 'a % b: remainder, with the sign of a'),
    negation(negateMoment),
    ABS,
    ...MATH,
    ...STRING,
    ...DATETIME,
    ...DATE_DIFFERENCES,
    OVERLAPS,
    ...MAKE_DATE,
    ...DATE_FORMAT,
    ...TO_CHAR,
    ...PRINTF,
    ...TIME_ZONE,
    ...TEXT,
    ...ENCODING,
    ...REGEXP,
    ...NUMBER,
    ...BITS,
    ...CONDITIONAL,
    ...LIST,
    ...NESTED,
    ...QUANTIFIED,
  ].map((entry) => [entry.name, entry]),
);

/** Structs of given names are made by functions of their own, and so is each of their fields read: `row["name"]`, `.name`. */
const entryOf = (name: string): ScalarFunction | null => REGISTRY.get(name) ?? fieldAccess(name) ?? makesStruct(name);

/** A call as the planner writes it into a CallExpr. */
export interface ResolvedFunction {
  /** Not always the one that was asked for: `substr` is `substring`. */
  readonly name: string;
  /** What the arguments have to be cast to. */
  readonly argTypes: readonly SqlType[];
  readonly type: SqlType;
}

/**
 * The overload of a function that takes these arguments after implicit casts; null when there is no such function or none
 * of its overloads fits. An alias becomes the function itself. The type NULL (of an untyped literal) fits every parameter. Names are lower case.
 */
export function resolveFunction(name: string, argTypes: readonly SqlType[]): ResolvedFunction | null {
  const entry = entryOf(name);
  const overload = entry?.resolve(argTypes);
  return overload ? { name: entry?.aliasOf ?? name, argTypes: overload.argTypes, type: overload.type } : null;
}

/** Every name of the registry, operators included, sorted. */
export function functionNames(): readonly string[] {
  return [...REGISTRY.keys()].sort();
}

/** The registry, for the documentation. */
export function functionEntries(): readonly ScalarFunction[] {
  return [...REGISTRY.values()];
}

/** The code of a resolved call. Throws InternalError when the planner wrote arguments of other types. */
export function bindFunction(
  name: string,
  argTypes: readonly SqlType[],
): Overload & Pick<ScalarFunction, 'nulls' | 'expand'> {
  const entry = entryOf(name);
  const overload = entry?.resolve(argTypes);
  if (!entry || !overload?.argTypes.every((type, i) => sameType(type, argTypes[i] as SqlType))) {
    throw new InternalError(`call of ${name}(${argTypes.map(typeName).join(', ')}) was not resolved`);
  }
  return { ...overload, nulls: entry.nulls, ...(entry.expand && { expand: entry.expand }) };
}
