import { RecordBatchReader } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  type Field,
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
import { encodeArrow } from '../exchange/arrow-ipc.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import type { DictionaryVector, ViewsVector } from '../wasm/vector.ts';
import { arrowColumn } from './arrow-values.ts';

const DECIMAL_MAX = 10n ** 38n - 1n;

const PAIR: SqlType = {
  kind: 'struct',
  fields: [
    { name: 'n', type: INTEGER, nullable: true },
    { name: 's', type: VARCHAR, nullable: true },
  ],
};

const SAMPLES: readonly (readonly [SqlType, readonly Value[]])[] = [
  [NULL, [null, null]],
  [BOOLEAN, [true, false, true, true, false, false, true, false, false, true]],
  [TINYINT, [-128, 127, 0]],
  [UTINYINT, [0, 255]],
  [SMALLINT, [-32768, 32767]],
  [USMALLINT, [0, 65535]],
  [INTEGER, [-2147483648, 2147483647]],
  [UINTEGER, [0, 4294967295]],
  [BIGINT, [-(2n ** 63n), 2n ** 63n - 1n, 0n]],
  [UBIGINT, [0n, 2n ** 64n - 1n]],
  [REAL, [1.5, Math.fround(0.1), Number.NaN, -0, Number.NEGATIVE_INFINITY]],
  [DOUBLE, [0.1, 5e-324, Number.NEGATIVE_INFINITY, -0, Number.NaN]],
  [decimal(9, 2), [-999999999n, 1n, 0n]],
  [decimal(18, 4), [10n ** 18n - 1n, -(10n ** 18n - 1n)]],
  [decimal(38, 10), [DECIMAL_MAX, -DECIMAL_MAX, -1n, 2n ** 64n, -(2n ** 64n), 2n ** 63n]],
  [DATE, [0, -719162, 2932896]],
  [TIME, [0n, 86_399_999_999n]],
  [TIMESTAMP, [-62135596800000000n, 1n, 9007199254740993n]],
  [TIMESTAMPTZ, [-1n, 9007199254740993n]],
  [
    INTERVAL,
    [
      { months: -14, days: 40, micros: -1n },
      { months: 0, days: 0, micros: 9_223_372_036_854_775n },
      { months: 2147483647, days: -2147483648, micros: 0n },
    ],
  ],
  [VARCHAR, ['', 'plain', 'ünïcödé ☃ 🦆', 'NULL', 'with\0nul']],
  [BLOB, [new Uint8Array(), new Uint8Array([0, 255, 10])]],
  [UUID, ['00112233-4455-6677-8899-aabbccddeeff', 'ffffffff-ffff-ffff-ffff-ffffffffffff']],
  [{ kind: 'list', element: VARCHAR }, [[], ['a', null, ''], ['ß']]],
  [{ kind: 'list', element: BOOLEAN }, [[true], [null, false, true, true, false], []]],
  [{ kind: 'list', element: { kind: 'list', element: decimal(9, 2) } }, [[[1n], null, []], []]],
  [
    PAIR,
    [
      [1, 'x'],
      [null, null],
      [2, ''],
    ],
  ],
  [{ kind: 'list', element: PAIR }, [[[1, 'x'], null], []]],
  [
    { kind: 'map', key: VARCHAR, value: PAIR },
    [
      [
        ['k', [1, 'x']],
        ['l', null],
      ],
      [],
    ],
  ],
];

/** The values of a column after the way that a result takes: linear memory, Arrow IPC, record batch. */
function travelled(type: SqlType, values: readonly Value[]) {
  const arena = new Arena();
  const fields: readonly Field[] = [{ name: 'c', type, nullable: true }];
  const batch = { schema: fields, length: values.length, columns: [buildVector(arena, type, values)] };
  const [read] = [...RecordBatchReader.from(encodeArrow([batch], arena, fields))];
  if (!read) throw new Error('no batch arrived');
  return read;
}

const readAll = (batch: ReturnType<typeof travelled>, type: SqlType) => {
  const read = arrowColumn(batch, 0, type);
  return Array.from({ length: batch.numRows }, (_, row) => read(row));
};

describe.each(SAMPLES.map(([type, values]) => [typeName(type), type, values] as const))('%s', (_, type, values) => {
  it('arrives as it was', () => {
    expect(readAll(travelled(type, values), type)).toEqual(values);
  });

  it('arrives with NULLs between', () => {
    const gaps = [null, ...values.flatMap((value) => [value, null])];
    expect(readAll(travelled(type, gaps), type)).toEqual(gaps);
  });

  it('arrives when all are NULL, and when there is no row', () => {
    const nulls = Array.from({ length: 11 }, () => null);
    expect(readAll(travelled(type, nulls), type)).toEqual(nulls);
  });

  it('is read right from a slice of a batch', () => {
    const gaps = [null, ...values, null, ...values, null, ...values];
    const sliced = travelled(type, gaps).slice(2, gaps.length - 1);
    expect(readAll(sliced, type)).toEqual(gaps.slice(2, gaps.length - 1));
  });
});

it('reads text that was a dictionary in linear memory', () => {
  const arena = new Arena();
  const dictionary = buildVector(arena, VARCHAR, ['zero', 'one', 'unused']) as ViewsVector;
  const codes = buildVector(arena, INTEGER, [1, null, 0, 1]);
  if (codes.kind !== 'fixed') throw new Error('codes are fixed');
  const { length, validity, data } = codes;
  const vector: DictionaryVector = { kind: 'dictionary', type: VARCHAR, length, validity, data, dictionary };
  const fields: readonly Field[] = [{ name: 'c', type: VARCHAR, nullable: true }];
  const [batch] = [
    ...RecordBatchReader.from(encodeArrow([{ schema: fields, length, columns: [vector] }], arena, fields)),
  ];
  expect(readAll(batch as ReturnType<typeof travelled>, VARCHAR)).toEqual(['one', null, 'zero', 'one']);
});

it('refuses a column that is not there', () => {
  expect(() => arrowColumn(travelled(INTEGER, [1]), 1, INTEGER)).toThrow('a record batch lacks column 1');
});

it('refuses nested columns that lack their children', () => {
  const batch = travelled(INTEGER, [1]);
  expect(() => arrowColumn(batch, 0, { kind: 'list', element: INTEGER })).toThrow(
    'a integer in a record batch lacks its child 0',
  );
});
