import { describe, expect, it } from 'vitest';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  NULL,
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
} from '../common/types.ts';
import { Arena } from './arena.ts';
import { buildVector } from './build-vector.ts';
import { columnReader } from './read-vector.ts';
import type { FixedVector, ViewsVector } from './vector.ts';

const MAX38 = 10n ** 38n - 1n;

const PAIR: SqlType = {
  kind: 'struct',
  fields: [
    { name: 'n', type: INTEGER, nullable: true },
    { name: 's', type: VARCHAR, nullable: true },
  ],
};

const CASES: readonly [SqlType, readonly Value[]][] = [
  [NULL, [null, null]],
  [BOOLEAN, [true, null, false]],
  [TINYINT, [-128, 127, null, 0]],
  [UTINYINT, [255, null, 0]],
  [SMALLINT, [-32768, null, 32767]],
  [USMALLINT, [65535, null, 0]],
  [INTEGER, [-2147483648, 2147483647, null]],
  [UINTEGER, [4294967295, 0, null]],
  [BIGINT, [-(2n ** 63n), 2n ** 63n - 1n, null]],
  [UBIGINT, [2n ** 64n - 1n, 0n, null]],
  [REAL, [1.5, Number.NaN, -0, Number.POSITIVE_INFINITY, null]],
  [DOUBLE, [0.1, Number.NaN, -0, Number.NEGATIVE_INFINITY, null]],
  [decimal(18, 2), [10n ** 18n - 1n, -(10n ** 18n) + 1n, null]],
  [decimal(38, 10), [MAX38, -MAX38, -1n, 1n << 64n, null]],
  [DATE, [-719162, 0, null, 2932896]],
  [TIME, [0n, 86_399_999_999n, null]],
  [TIMESTAMP, [-1n, 0n, null]],
  [TIMESTAMPTZ, [1n, null]],
  [INTERVAL, [{ months: -13, days: 400, micros: -(2n ** 63n) }, null]],
  [VARCHAR, ['', 'abc', null, 'żółć 🦆', '\0']],
  [BLOB, [new Uint8Array([0, 255]), null, new Uint8Array()]],
  [UUID, ['00000000-0000-0000-0000-000000000001', 'ffffffff-0123-4567-89ab-cdef00000000', null]],
  [{ kind: 'list', element: INTEGER }, [[1, null], [], null, [3]]],
  [{ kind: 'list', element: { kind: 'list', element: VARCHAR } }, [[['a', null], null, []], null, []]],
  [PAIR, [[1, 'x'], null, [null, null]]],
  [{ kind: 'list', element: PAIR }, [[[1, 'x'], null], null]],
  [
    { kind: 'map', key: VARCHAR, value: PAIR },
    [
      [
        ['k', [1, 'x']],
        ['l', null],
      ],
      null,
      [],
    ],
  ],
];

describe.each(CASES)('%o', (type, values) => {
  it('reads back what was built', () => {
    const arena = new Arena();
    arena.bytes(arena.allocate(20_000), 20_000).fill(0xff);
    arena.reset();
    const many = Array.from({ length: 100 }, () => values).flat();
    const vector = buildVector(arena, type, many);
    const read = columnReader(arena, vector);
    arena.allocate(1_000_000);
    expect(many.map((_, row) => read(row))).toEqual(many);
    expect(vector.length).toBe(many.length);
  });

  it('has no bitmap when nothing is null', () => {
    const present = values.filter((value) => value !== null);
    expect(buildVector(new Arena(), type, present).validity).toBe(0);
  });
});

it.each<[SqlType, Value, string]>([
  [TINYINT, 128, '128'],
  [INTEGER, 1.5, '1.5'],
  [INTEGER, 1n, '1'],
  [UINTEGER, -1, '-1'],
  [BIGINT, 2n ** 63n, '9223372036854775808'],
  [REAL, 0.1, '0.1'],
  [decimal(3, 0), 1000n, '1000'],
  [VARCHAR, 5, '5'],
  [BLOB, 'x', 'x'],
  [UUID, 'x', 'x'],
  [INTERVAL, { months: 0.5, days: 0, micros: 0n }, '{"months":0.5,"days":0,"micros":"0"}'],
  [NULL, 1, '1'],
  [{ kind: 'list', element: INTEGER }, 1, '1'],
  [PAIR, [1], '[1]'],
  [{ kind: 'map', key: INTEGER, value: INTEGER }, [[null, 1]], '[[null,1]]'],
])('refuses a value that is not one of %o', (type, value, text) => {
  expect(() => buildVector(new Arena(), type, [value])).toThrow(`${text} is not a value of type ${typeName(type)}`);
});

it('decodes every dictionary entry once', () => {
  const arena = new Arena();
  const dictionary = buildVector(arena, VARCHAR, ['b', 'a']) as ViewsVector;
  const codes = buildVector(arena, INTEGER, [1, 0, null, 1]) as FixedVector;
  const { data, validity, length } = codes;
  const read = columnReader(arena, { kind: 'dictionary', type: VARCHAR, length, validity, data, dictionary });
  expect([0, 1, 2, 3].map(read)).toEqual(['a', 'b', null, 'a']);
});
