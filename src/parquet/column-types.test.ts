import { describe, expect, it } from 'vitest';
import { type Interval, typeName, type Value } from '../common/types.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { byteArray, int32, int64, type PlainColumn, plainFile } from './fixtures/plain-file.ts';
import { readValues } from './fixtures/read-values.ts';
import { readFooter } from './footer.ts';
import type { PhysicalType } from './row-group-input.ts';
import type { ThriftStruct, ThriftValue } from './thrift/compact-writer.ts';

const converted = (type: number, more: ThriftStruct = {}): ThriftStruct => ({ 6: { i32: type }, ...more });
const logical = (union: ThriftStruct): ThriftStruct => ({ 10: { struct: union } });
const none: ThriftValue = { struct: {} };
const time = (utc: boolean, unit: number): ThriftValue => ({
  struct: { 1: { bool: utc }, 2: { struct: { [unit]: none } } },
});
const integer = (bits: number, signed: boolean): ThriftValue => ({ struct: { 1: { i8: bits }, 2: { bool: signed } } });
const decimal = (precision: number, scale: number): ThriftValue => ({
  struct: { 1: { i32: scale }, 2: { i32: precision } },
});
const legacyDecimal = (precision: number, scale: number) => converted(5, { 7: { i32: scale }, 8: { i32: precision } });

const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const bigEndian = (value: bigint, bytes: number) =>
  hex(
    BigInt.asUintN(bytes * 8, value)
      .toString(16)
      .padStart(bytes * 2, '0'),
  );

const julian = (nanos: bigint, day: number) => Buffer.concat([int64(nanos), int32(day)]);
const interval = (months: number, days: number, micros: bigint): Interval => ({ months, days, micros });

type Case = readonly [
  physical: PhysicalType,
  annotation: ThriftStruct | undefined,
  type: string,
  stored: readonly (Uint8Array | null)[],
  values: readonly Value[],
  typeLength?: number,
];

const CASES: readonly Case[] = [
  ['INT32', undefined, 'integer', [int32(-1), null], [-1, null]],
  ['INT32', converted(15), 'tinyint', [int32(-128), null], [-128, null]],
  ['INT32', converted(16), 'smallint', [int32(-32768)], [-32768]],
  ['INT32', converted(17), 'integer', [int32(5)], [5]],
  ['INT64', converted(18), 'bigint', [int64(5n)], [5n]],
  ['INT32', converted(11), 'utinyint', [int32(255)], [255]],
  ['INT32', converted(12), 'usmallint', [int32(65535)], [65535]],
  ['INT32', converted(13), 'uinteger', [int32(-1)], [4294967295]],
  ['INT64', converted(14), 'ubigint', [int64(-1n)], [2n ** 64n - 1n]],
  ['INT32', logical({ 10: integer(8, true) }), 'tinyint', [int32(127)], [127]],
  ['INT32', logical({ 10: integer(16, false) }), 'usmallint', [int32(1)], [1]],
  ['INT64', logical({ 10: integer(64, false) }), 'ubigint', [int64(1n)], [1n]],
  ['INT32', converted(6), 'date', [int32(-719162), null], [-719162, null]],
  ['INT32', logical({ 6: none }), 'date', [int32(1)], [1]],
  ['INT32', converted(7), 'time', [int32(86_399_999), null], [86_399_999_000n, null]],
  ['INT64', converted(8), 'time', [int64(86_399_999_999n)], [86_399_999_999n]],
  ['INT32', logical({ 7: time(true, 1) }), 'time', [int32(1)], [1000n]],
  ['INT64', logical({ 7: time(false, 3) }), 'time', [int64(5000n)], [5n]],
  ['INT64', converted(9), 'timestamp', [int64(-1n), null], [-1000n, null]],
  ['INT64', converted(10), 'timestamp', [int64(-1n)], [-1n]],
  ['INT64', logical({ 8: time(false, 1) }), 'timestamp', [int64(7n)], [7000n]],
  ['INT64', logical({ 8: time(true, 2) }), 'timestamp with time zone', [int64(7n)], [7n]],
  ['INT64', logical({ 8: time(true, 3) }), 'timestamp with time zone', [int64(-7000n), null], [-7n, null]],
  ['INT96', undefined, 'timestamp', [julian(1000n, 2440588), null, julian(0n, 0)], [1n, null, -210866803200000000n]],
  ['INT32', legacyDecimal(9, 2), 'decimal(9,2)', [int32(-123), null], [-123n, null]],
  ['INT64', legacyDecimal(18, 0), 'decimal(18,0)', [int64(10n ** 18n - 1n)], [10n ** 18n - 1n]],
  ['INT64', logical({ 5: decimal(20, 4) }), 'decimal(20,4)', [int64(-5n)], [-5n]],
  ['BYTE_ARRAY', legacyDecimal(10, 2), 'decimal(10,2)', [byteArray(hex('ff85')), null], [-123n, null]],
  [
    'BYTE_ARRAY',
    logical({ 5: decimal(38, 0) }),
    'decimal(38,0)',
    [byteArray(bigEndian(-(10n ** 37n), 16))],
    [-(10n ** 37n)],
  ],
  ['FIXED_LEN_BYTE_ARRAY', logical({ 5: decimal(12, 3) }), 'decimal(12,3)', [bigEndian(-1n, 6), null], [-1n, null], 6],
  [
    'FIXED_LEN_BYTE_ARRAY',
    legacyDecimal(38, 38),
    'decimal(38,38)',
    [bigEndian(1n - 10n ** 38n, 16)],
    [1n - 10n ** 38n],
    16,
  ],
  ['FLOAT', undefined, 'real', [hex('0000c03f'), null], [1.5, null]],
  ['DOUBLE', undefined, 'double', [hex('000000000000f83f'), null], [1.5, null]],
  ['BYTE_ARRAY', undefined, 'blob', [byteArray(hex('00ff')), null], [hex('00ff'), null]],
  ['BYTE_ARRAY', converted(0), 'varchar', [byteArray('ü'), null, byteArray('')], ['ü', null, '']],
  ['BYTE_ARRAY', logical({ 1: none }), 'varchar', [byteArray('a\0b')], ['a\0b']],
  ['BYTE_ARRAY', logical({ 4: none }), 'varchar', [byteArray('red')], ['red']],
  ['BYTE_ARRAY', converted(19), 'varchar', [byteArray('{"a":1}')], ['{"a":1}']],
  ['BYTE_ARRAY', converted(20), 'blob', [byteArray(hex('05'))], [hex('05')]],
  ['FIXED_LEN_BYTE_ARRAY', undefined, 'blob', [hex('0102'), null, hex('0304')], [hex('0102'), null, hex('0304')], 2],
  [
    'FIXED_LEN_BYTE_ARRAY',
    logical({ 14: none }),
    'uuid',
    [hex('00112233445566778899aabbccddeeff'), null],
    ['00112233-4455-6677-8899-aabbccddeeff', null],
    16,
  ],
  [
    'FIXED_LEN_BYTE_ARRAY',
    converted(21),
    'interval',
    [hex('0100000002000000ffffffff'), null],
    [interval(1, 2, 4294967295000n), null],
    12,
  ],
  [
    'FIXED_LEN_BYTE_ARRAY',
    logical({ 15: none }),
    'real',
    ['003e', '0080', '0100', '00fc', '007e'].map(hex),
    [1.5, -0, 2 ** -24, Number.NEGATIVE_INFINITY, Number.NaN],
    2,
  ],
  ['INT32', logical({ 11: none }), 'integer', [null, null], [null, null]],
  ['INT64', logical({ 77: none }), 'bigint', [int64(1n)], [1n]],
];

const column = (
  physicalType: PhysicalType,
  annotation: ThriftStruct | undefined,
  more: Partial<PlainColumn> = {},
): PlainColumn => ({
  name: 'c',
  physicalType,
  values: [],
  ...(annotation && { annotation }),
  ...more,
});

const length = (typeLength: number | undefined) => (typeLength === undefined ? {} : { typeLength });

describe('reads', () => {
  const cases = CASES.map(([physical, annotation, type, stored, values, typeLength]) => ({
    physical,
    annotation: JSON.stringify(annotation),
    type,
    values,
    column: column(physical, annotation, { values: stored, ...length(typeLength) }),
  }));

  it.each(cases)('$physical $annotation as $type', async ({ column, type, values }) => {
    const file = plainFile([column]);
    const { footer } = await readFooter(new CountingStore(file), LOCATION);
    expect(footer.schema.map((c) => typeName(c.type))).toEqual([type]);
    expect((await readValues(file)).c).toEqual(values);
  });

  it.each(cases)('$physical $annotation as $type without NULLs', async ({ column, values }) => {
    const present = column.values.filter((value) => value !== null);
    const file = plainFile([{ ...column, values: present, required: true }]);
    expect((await readValues(file)).c).toEqual(values.filter((value) => value !== null));
  });
});

describe('lists but cannot read', () => {
  it.each<[PhysicalType, ThriftStruct, number | undefined, string]>([
    [
      'INT32',
      logical({ 10: integer(64, true) }),
      undefined,
      'the annotation INTEGER(64,true) on INT32 is not supported',
    ],
    ['INT64', logical({ 10: integer(8, true) }), undefined, 'the annotation INTEGER(8,true) on INT64 is not supported'],
    ['INT64', converted(6), undefined, 'the annotation DATE on INT64 is not supported'],
    ['INT64', logical({ 7: time(true, 1) }), undefined, 'the annotation TIME(millis) on INT64 is not supported'],
    ['DOUBLE', legacyDecimal(5, 2), undefined, 'the annotation DECIMAL(5,2) on DOUBLE is not supported'],
    ['INT32', legacyDecimal(2, 5), undefined, 'the annotation DECIMAL(2,5) on INT32 is not supported'],
    ['BYTE_ARRAY', legacyDecimal(39, 0), undefined, 'decimal(39,0) has more than 38 digits'],
    [
      'FIXED_LEN_BYTE_ARRAY',
      logical({ 14: none }),
      15,
      'the annotation UUID on FIXED_LEN_BYTE_ARRAY(15) is not supported',
    ],
    ['BYTE_ARRAY', logical({ 17: none }), undefined, 'the annotation GEOMETRY on BYTE_ARRAY is not supported'],
    ['FIXED_LEN_BYTE_ARRAY', {}, 0, 'its values are 0 bytes long'],
    [
      'INT32',
      { 3: { i32: 2 }, ...converted(99), ...legacyDecimal(2, 5) },
      undefined,
      'its field "c": the annotation DECIMAL(2,5) on INT32 is not supported',
    ],
  ])('%s %j', async (physical, annotation, typeLength, reason) => {
    const file = plainFile([column(physical, annotation, length(typeLength))]);
    const { footer } = await readFooter(new CountingStore(file), LOCATION);
    expect(footer.schema[0]).toMatchObject({ supported: false, reason });
  });
});

describe('values that SQL cannot hold are named', () => {
  it.each<[PhysicalType, ThriftStruct | undefined, Uint8Array, string]>([
    ['INT64', logical({ 8: time(false, 3) }), int64(1500n), 'holds 1500 ns, which is no whole number of microseconds'],
    ['INT64', logical({ 7: time(false, 3) }), int64(1n), 'holds 1 ns, which is no whole number of microseconds'],
    ['INT96', undefined, julian(1n, 2440588), 'holds 1 ns, which is no whole number of microseconds'],
    ['INT64', converted(9), int64(2n ** 62n), 'holds 4611686018427387904 ms, which is beyond the range of timestamps'],
    ['INT32', converted(15), int32(128), 'holds 128, which is no tinyint'],
    ['INT32', converted(12), int32(-1), 'holds -1, which is no usmallint'],
    ['INT32', legacyDecimal(3, 0), int32(1000), 'holds the unscaled value 1000, which is beyond decimal(3,0)'],
    ['INT64', legacyDecimal(3, 0), int64(-1000n), 'holds the unscaled value -1000, which is beyond decimal(3,0)'],
    [
      'INT64',
      legacyDecimal(15, 2),
      int64(10n ** 15n),
      'holds the unscaled value 1000000000000000, which is beyond decimal(15,2)',
    ],
    [
      'INT64',
      legacyDecimal(15, 2),
      int64(-(10n ** 15n)),
      'holds the unscaled value -1000000000000000, which is beyond decimal(15,2)',
    ],
    [
      'BYTE_ARRAY',
      legacyDecimal(3, 0),
      byteArray(hex('03e8')),
      'holds the unscaled value 1000, which is beyond decimal(3,0)',
    ],
  ])('%s %j', async (physical, annotation, stored, why) => {
    const file = plainFile([column(physical, annotation, { values: [null, stored] })]);
    await expect(readValues(file)).rejects.toMatchObject({
      name: 'ExecutionError',
      code: 'SQ3108',
      message: `s3://b/k.parquet: column "c" of row group 0 ${why}`,
    });
  });

  it('the largest decimals are read', async () => {
    const values = [10n ** 15n - 1n, 1n - 10n ** 15n, 0n, -1n];
    const file = plainFile([column('INT64', legacyDecimal(15, 2), { values: values.map(int64) })]);
    expect((await readValues(file)).c).toEqual(values);
  });

  it('strings that are not UTF-8', async () => {
    const file = plainFile([column('BYTE_ARRAY', converted(0), { values: [byteArray(hex('c3'))] })]);
    await expect(readValues(file)).rejects.toMatchObject({
      code: 'SQ3105',
      message: expect.stringContaining('s3://b/k.parquet: column "c" of row group 0 cannot be decoded: '),
    });
  });
});
