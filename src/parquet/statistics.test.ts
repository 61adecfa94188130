import { describe, expect, it } from 'vitest';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { int32, int64, type PlainColumn, type PlainFileOptions, plainFile } from './fixtures/plain-file.ts';
import { readFooter } from './footer.ts';
import type { ColumnStatistics } from './statistics.ts';
import type { ThriftStruct } from './thrift/compact-writer.ts';

async function statistics(
  column: Partial<PlainColumn> & { readonly physicalType: PlainColumn['physicalType'] },
  options: PlainFileOptions = {},
): Promise<ColumnStatistics | null> {
  const file = plainFile([{ name: 'c', values: [null, null], ...column }], options);
  const { footer } = await readFooter(new CountingStore(file), LOCATION);
  return footer.statistics(0, 0);
}

/** min_value and max_value. */
const bounds = (min: Uint8Array, max: Uint8Array): ThriftStruct => ({ 5: { binary: max }, 6: { binary: min } });
/** The deprecated min and max. */
const oldBounds = (min: Uint8Array, max: Uint8Array): ThriftStruct => ({ 1: { binary: max }, 2: { binary: min } });
const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
const text = (value: string) => Uint8Array.from(Buffer.from(value));
const float = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
const NOTHING = { minExact: false, maxExact: false };

const STRING = { 6: { i32: 0 } };
const UINT32 = { 6: { i32: 13 } };
const nanos = { 10: { struct: { 8: { struct: { 1: { bool: false }, 2: { struct: { 3: { struct: {} } } } } } } } };
const millis = { 6: { i32: 9 } };
const decimal = { 6: { i32: 5 }, 7: { i32: 1 }, 8: { i32: 9 } };

it('are null where the footer has none', async () => {
  expect(await statistics({ physicalType: 'INT32' })).toBeNull();
});

it.each<[string, Parameters<typeof statistics>[0], Partial<ColumnStatistics>]>([
  ['integers', { physicalType: 'INT32', statistics: bounds(int32(-5), int32(7)) }, { min: -5, max: 7 }],
  [
    'unsigned',
    { physicalType: 'INT32', annotation: UINT32, statistics: bounds(int32(5), int32(-1)) },
    { min: 5, max: 4294967295 },
  ],
  [
    '64 bits',
    { physicalType: 'INT64', statistics: bounds(int64(-5n), int64(2n ** 60n)) },
    { min: -5n, max: 2n ** 60n },
  ],
  [
    'booleans',
    { physicalType: 'BOOLEAN', values: [], statistics: bounds(hex('00'), hex('01')) },
    { min: false, max: true },
  ],
  [
    'strings',
    { physicalType: 'BYTE_ARRAY', annotation: STRING, statistics: bounds(text(''), text('ü')) },
    { min: '', max: 'ü' },
  ],
  [
    'bytes',
    { physicalType: 'BYTE_ARRAY', statistics: bounds(hex('00'), hex('ff')) },
    { min: hex('00'), max: hex('ff') },
  ],
  [
    'decimals in bytes',
    { physicalType: 'BYTE_ARRAY', annotation: decimal, statistics: bounds(hex('ff'), hex('0100')) },
    { min: -1n, max: 256n },
  ],
  [
    'decimals in INT32',
    { physicalType: 'INT32', annotation: decimal, statistics: bounds(int32(-1), int32(5)) },
    { min: -1n, max: 5n },
  ],
  [
    'milliseconds',
    { physicalType: 'INT64', annotation: millis, statistics: bounds(int64(-1n), int64(1n)) },
    { min: -1000n, max: 1000n },
  ],
  [
    'nanoseconds, moved outwards',
    { physicalType: 'INT64', annotation: nanos, statistics: bounds(int64(-1500n), int64(1500n)) },
    { min: -2n, max: 2n },
  ],
  [
    'negative nanoseconds',
    { physicalType: 'INT64', annotation: nanos, statistics: bounds(int64(-2500n), int64(-1500n)) },
    { min: -3n, max: -1n },
  ],
  ['floats', { physicalType: 'FLOAT', statistics: bounds(float(-0), float(1.5)) }, { min: -0, max: 1.5 }],
  [
    'old ones of signed types',
    { physicalType: 'INT32', statistics: oldBounds(int32(-5), int32(7)) },
    { min: -5, max: 7 },
  ],
  [
    'new ones before old ones',
    { physicalType: 'INT32', statistics: { ...oldBounds(int32(-9), int32(9)), ...bounds(int32(1), int32(2)) } },
    { min: 1, max: 2 },
  ],
  ['one alone', { physicalType: 'INT32', statistics: { 6: { binary: int32(3) } } }, { min: 3 }],
  [
    'counts',
    { physicalType: 'INT32', statistics: { 3: { i64: 2 }, 4: { i64: 0 }, 9: { i64: 1 } } },
    { nullCount: 2, distinctCount: 0, nanCount: 1 },
  ],
])('of %s', async (_what, column, expected) => {
  expect(await statistics(column)).toEqual({ ...NOTHING, ...expected });
});

describe('are dropped', () => {
  it.each<[string, Parameters<typeof statistics>[0], Partial<ColumnStatistics>]>([
    [
      'old ones of strings',
      { physicalType: 'BYTE_ARRAY', annotation: STRING, statistics: oldBounds(text('a'), text('b')) },
      {},
    ],
    [
      'old ones of unsigned types',
      { physicalType: 'INT32', annotation: UINT32, statistics: oldBounds(int32(0), int32(1)) },
      {},
    ],
    [
      'old ones of decimals in bytes',
      { physicalType: 'BYTE_ARRAY', annotation: decimal, statistics: oldBounds(hex('00'), hex('01')) },
      {},
    ],
    ['those of INT96', { physicalType: 'INT96', statistics: bounds(new Uint8Array(12), new Uint8Array(12)) }, {}],
    [
      'those of intervals',
      {
        physicalType: 'FIXED_LEN_BYTE_ARRAY',
        typeLength: 12,
        annotation: { 6: { i32: 21 } },
        statistics: bounds(new Uint8Array(12), new Uint8Array(12)),
      },
      {},
    ],
    ['NaN', { physicalType: 'FLOAT', statistics: bounds(float(1), float(Number.NaN)) }, { min: 1 }],
    ['bounds of another length', { physicalType: 'INT32', statistics: bounds(hex('00'), int32(1)) }, { max: 1 }],
    ['bounds the wrong way round', { physicalType: 'INT32', statistics: bounds(int32(2), int32(1)) }, {}],
    [
      'strings cut inside a character',
      { physicalType: 'BYTE_ARRAY', annotation: STRING, statistics: bounds(hex('61c3'), text('b')) },
      { max: 'b' },
    ],
    [
      'milliseconds beyond the range',
      { physicalType: 'INT64', annotation: millis, statistics: bounds(int64(0n), int64(2n ** 62n)) },
      { min: 0n },
    ],
    ['impossible counts', { physicalType: 'INT32', statistics: { 3: { i64: 3 }, 4: { i64: -1 }, 9: { i64: 99 } } }, {}],
  ])('%s', async (_what, column, expected) => {
    expect(await statistics(column)).toEqual({ ...NOTHING, ...expected });
  });

  it('those of strings when the footer names no orders', async () => {
    const column = {
      physicalType: 'BYTE_ARRAY',
      annotation: STRING,
      statistics: bounds(text('a'), text('b')),
    } as const;
    expect(await statistics(column, { columnOrders: false })).toEqual(NOTHING);
    const numbers = { physicalType: 'INT32', statistics: bounds(int32(1), int32(2)) } as const;
    expect(await statistics(numbers, { columnOrders: false })).toEqual({ ...NOTHING, min: 1, max: 2 });
  });

  it('those in an order not known', async () => {
    const unknown: PlainFileOptions = { footer: { 7: { list: [{ struct: { 9: { struct: {} } } }] } } };
    const ieee: PlainFileOptions = { footer: { 7: { list: [{ struct: { 2: { struct: {} } } }] } } };
    const integers = { physicalType: 'INT32', statistics: bounds(int32(1), int32(2)) } as const;
    const floats = { physicalType: 'FLOAT', statistics: bounds(float(1), float(2)) } as const;
    expect(await statistics(integers, unknown)).toEqual(NOTHING);
    expect(await statistics(integers, ieee)).toEqual(NOTHING);
    expect(await statistics(floats, ieee)).toEqual({ ...NOTHING, min: 1, max: 2 });
  });
});

it('are exact only where the writer says so and the value was kept', async () => {
  const exact = { 7: { bool: true }, 8: { bool: true } };
  const inexact = { 7: { bool: false }, 8: { bool: true } };
  const one = bounds(int64(1000n), int64(1500n));
  expect(await statistics({ physicalType: 'INT64', statistics: { ...one, ...exact } })).toMatchObject({
    minExact: true,
    maxExact: true,
  });
  expect(await statistics({ physicalType: 'INT64', statistics: { ...one, ...inexact } })).toMatchObject({
    minExact: true,
    maxExact: false,
  });
  expect(
    await statistics({ physicalType: 'INT64', annotation: nanos, statistics: { ...one, ...exact } }),
  ).toMatchObject({
    min: 1n,
    max: 2n,
    minExact: true,
    maxExact: false,
  });
});
