import { ExecutionError } from '../../../common/errors.ts';
import type { SqlType } from '../../../common/types.ts';
import { BIGINT, INTEGER, isInteger } from '../../../common/types.ts';
import { commonType } from '../coerce.ts';
import { INTEGER_RANGES, type IntegerKind, isBigKind, outOfRange } from '../ranges.ts';
import type { ScalarFunction } from '../scalar-function.ts';
import { overload, strict } from './define.ts';

/** The integer type of operands of a bit operation; null when one is none, or when they have no common one. */
function integerType(types: readonly SqlType[]): SqlType | null {
  const common = commonType(types);
  if (common?.kind === 'null') return INTEGER;
  return common && isInteger(common) ? common : null;
}

/** On the two's complement of values of one type, whose results are of the type again. */
const bitwise = (
  name: string,
  doc: string,
  small: (a: number, b: number) => number,
  big: (a: bigint, b: bigint) => bigint,
): ScalarFunction => ({
  name,
  doc,
  nulls: 'strict',
  resolve: (args) => {
    const type = args.length === 2 ? integerType(args) : null;
    if (type === null) return null;
    if (isBigKind(type.kind as IntegerKind)) return overload([type, type], type, big);
    const unsigned = type.kind.startsWith('u');
    const evaluate = (a: number, b: number) => (unsigned ? small(a, b) >>> 0 : small(a, b));
    return overload([type, type], type, evaluate);
  },
});

const NOT: ScalarFunction = {
  name: 'bitwise_not',
  doc: 'bitwise_not(a): every bit of a whole number the other way',
  nulls: 'strict',
  resolve: (args) => {
    const type = args.length === 1 ? integerType(args) : null;
    if (type === null) return null;
    const { max } = INTEGER_RANGES[type.kind as IntegerKind];
    const unsigned = type.kind.startsWith('u');
    if (isBigKind(type.kind as IntegerKind)) return overload([type], type, (a: bigint) => (unsigned ? max - a : ~a));
    return overload([type], type, (a: number) => (unsigned ? Number(max) - a : ~a));
  },
};

/** As DuckDB: never out of a negative number, and never out of range. */
function shiftLeft(value: bigint, by: bigint): bigint {
  if (value < 0n)
    throw new ExecutionError('SQ3007', `${value} << ${by}: a negative number cannot be shifted to the left`);
  if (by < 0n) throw new ExecutionError('SQ3007', `${value} << ${by}: the distance is negative`);
  if (value === 0n) return 0n;
  const result = by > 63n ? null : value << by;
  if (result === null || result > INTEGER_RANGES.bigint.max) throw outOfRange(`${value} << ${by}`, BIGINT);
  return result;
}

const shiftRight = (value: bigint, by: bigint) => (by < 0n || by > 63n ? 0n : value >> by);

const bitCount = (value: bigint) => BigInt.asUintN(64, value).toString(2).replaceAll('0', '').length;

export const BITS: readonly ScalarFunction[] = [
  bitwise(
    '&',
    'a & b: the bits that both whole numbers have',
    (a, b) => a & b,
    (a, b) => a & b,
  ),
  bitwise(
    '|',
    'a | b: the bits that one of the whole numbers has',
    (a, b) => a | b,
    (a, b) => a | b,
  ),
  bitwise(
    '#',
    'a # b: the bits that exactly one of the whole numbers has',
    (a, b) => a ^ b,
    (a, b) => a ^ b,
  ),
  {
    ...bitwise(
      'xor',
      'xor(a, b): a # b',
      (a, b) => a ^ b,
      (a, b) => a ^ b,
    ),
    aliasOf: '#',
  },
  NOT,
  strict('<<', 'a << n: the bits n places to the left, as bigint', overload([BIGINT, BIGINT], BIGINT, shiftLeft)),
  strict('>>', 'a >> n: the bits n places to the right, as bigint', overload([BIGINT, BIGINT], BIGINT, shiftRight)),
  strict(
    'bit_count',
    'bit_count(a): how many bits are set, of negative numbers in 64',
    overload([BIGINT], INTEGER, bitCount),
  ),
];
