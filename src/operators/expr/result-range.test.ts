import { expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { SquallError } from '../../common/errors.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  REAL,
  SMALLINT,
  type SqlType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  typeName,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  UUID,
  VARCHAR,
  type Value,
} from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { castFunction } from './cast.ts';
import { canCast } from './coerce.ts';
import { functionEntries } from './functions.ts';

const MIN64 = -(2n ** 63n);
const MAX64 = 2n ** 63n - 1n;

/** Every type with the ends of its range, and what lies around zero. */
const ENDS: readonly (readonly [SqlType, readonly Value[]])[] = [
  [BOOLEAN, [false, true]],
  [TINYINT, [-128, -1, 0, 1, 127]],
  [UTINYINT, [0, 1, 255]],
  [SMALLINT, [-32768, 0, 32767]],
  [USMALLINT, [0, 65535]],
  [INTEGER, [-2147483648, -1, 0, 1, 2147483647]],
  [UINTEGER, [0, 4294967295]],
  [BIGINT, [MIN64, -1n, 0n, 1n, 40n, MAX64]],
  [UBIGINT, [0n, 2n ** 64n - 1n]],
  [REAL, [0, -0, 1.5, 2 ** -149, -(2 - 2 ** -23) * 2 ** 127, Number.NaN, Number.POSITIVE_INFINITY]],
  [DOUBLE, [0, -0, -1.5, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE, Number.NaN, Number.NEGATIVE_INFINITY]],
  [decimal(3, 3), [-999n, 0n, 999n]],
  [decimal(18, 4), [-(10n ** 18n) + 1n, 0n, 10n ** 18n - 1n]],
  [decimal(38, 0), [-(10n ** 38n) + 1n, 1n, 10n ** 38n - 1n]],
  [decimal(38, 38), [-(10n ** 38n) + 1n, 1n, 10n ** 38n - 1n]],
  [DATE, [-2147483648, -719528, 0, 2147483647]],
  [TIME, [0n, 1n, 86_400_000_000n]],
  [TIMESTAMP, [MIN64, -1n, 0n, MAX64]],
  [TIMESTAMPTZ, [MIN64, 0n, MAX64]],
  [
    INTERVAL,
    [
      { months: 0, days: 0, micros: 0n },
      { months: 2147483647, days: 2147483647, micros: MAX64 },
      { months: -2147483648, days: -2147483648, micros: MIN64 },
    ],
  ],
  [VARCHAR, ['', 'a', 'é€😀', '%_\\', 'year', '-9223372036854775808', '1e400', 'infinity', '5874897-12-31', ' ']],
  [BLOB, [new Uint8Array(), Uint8Array.of(0, 255)]],
  [UUID, ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff']],
];

/** What the call gives wrongly: a value that its type does not have, or an error that is none of ours. */
function fault(call: () => Value, type: SqlType): string | null {
  try {
    buildVector(new Arena(), type, [call()]);
    return null;
  } catch (error) {
    if (error instanceof SquallError && error.code !== 'SQ9000') return null;
    return String(error);
  }
}

it('every cast of the end of a range gives a value of its type or an error with a name', () => {
  const faults: string[] = [];
  for (const [from, values] of ENDS) {
    for (const [to] of ENDS) {
      if (!canCast(from, to)) continue;
      const cast = castFunction(from, to);
      for (const value of values) {
        const found = fault(() => cast(value), to);
        if (found !== null) faults.push(`${typeName(from)} ${String(value)} to ${typeName(to)}: ${found}`);
      }
    }
  }
  expect(faults).toEqual([]);
});

const CALLS_PER_FUNCTION = 2_000;
const MOST_ARGUMENTS = 4;

it('every function of ends of ranges gives a value of its type or an error with a name', () => {
  const random = seededRandom(1);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random.next() * from.length)] as T;
  const faults = new Map<string, string>();
  let calls = 0;
  for (const { name, resolve } of functionEntries()) {
    for (let i = 0; i < CALLS_PER_FUNCTION; i++) {
      const args = Array.from({ length: Math.floor(random.next() * (MOST_ARGUMENTS + 1)) }, () => pick(ENDS));
      const overload = resolve(args.map(([type]) => type));
      if (!overload) continue;
      const values = args.map(([from, ends], at) => {
        const to = overload.argTypes[at] as SqlType;
        try {
          return castFunction(from, to)(pick(ends));
        } catch (error) {
          if (error instanceof SquallError && error.code !== 'SQ9000') return undefined;
          throw error;
        }
      });
      if (values.includes(undefined)) continue;
      calls++;
      const found = fault(() => overload.evaluate(...(values as Value[])), overload.type);
      const shown = `${name}(${overload.argTypes.map(typeName).join(', ')})`;
      if (found !== null && !faults.has(shown)) faults.set(shown, `${values.map(String).join(', ')}: ${found}`);
    }
  }
  expect(calls).toBeGreaterThan(5_000);
  expect([...faults]).toEqual([]);
});
