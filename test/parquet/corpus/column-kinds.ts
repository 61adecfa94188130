import * as arrow from 'apache-arrow';
import type { Encoding, SchemaElement } from 'hyparquet';
import type { Random } from '../../../src/common/clock.ts';
import type { Value } from '../../../src/common/types.ts';

/** A kind of column and how independent writers are given its values. */
export interface ColumnKind {
  readonly name: string;
  /** One value of the kind, extremes among them. */
  readonly value: (random: Random) => Value;
  /** How Arrow holds it; absent where parquet-wasm does not write it. */
  readonly arrow?: { readonly type: arrow.DataType; readonly stored: (value: Value) => Stored };
  /** How hyparquet-writer takes it; absent where it does not write it. */
  readonly hyparquet?: { readonly element: Omit<SchemaElement, 'name'>; readonly stored: (value: Value) => unknown };
  /** Encodings beside PLAIN and dictionaries. */
  readonly encodings: readonly Encoding[];
}

/** A number or bigint for fixed widths, bytes for the rest. */
export type Stored = number | bigint | Uint8Array;

const below = (random: Random, n: number) => Math.floor(random.next() * n);
const word = (random: Random) => (BigInt(below(random, 2 ** 32)) << 32n) | BigInt(below(random, 2 ** 32));
const asIs = (value: Value) => value as Stored;
const text = (value: Value) => new TextEncoder().encode(value as string);
const scaled = (factor: bigint) => (value: Value) => (value as bigint) * factor;
const divided = (divisor: bigint) => (value: Value) => (value as bigint) / divisor;

const INTEGER_ENCODINGS = ['DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'] as const;
const TEXT_ENCODINGS = ['DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'] as const;

function integer(name: string, bits: number, signed: boolean, type: arrow.DataType): ColumnKind {
  const wrap = (value: bigint) => (signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value));
  const narrow = (value: bigint): Value => (bits === 64 ? value : Number(value));
  const min = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const physical = bits === 64 ? 'INT64' : 'INT32';
  const stored = (value: Value) => {
    if (bits === 64) return value;
    return name === 'uinteger' ? value : (value as number) | 0;
  };
  return {
    name,
    value: (random) => {
      const dice = below(random, 12);
      return narrow(
        dice === 0 ? min : dice === 1 ? wrap(min - 1n) : dice < 6 ? wrap(word(random) % 200n) : wrap(word(random)),
      );
    },
    arrow: { type, stored: asIs },
    hyparquet: {
      element: { type: physical, converted_type: `${signed ? 'INT' : 'UINT'}_${bits}` as 'INT_8' },
      stored,
    },
    encodings: INTEGER_ENCODINGS,
  };
}

function float(name: string, type: arrow.DataType, physical: 'FLOAT' | 'DOUBLE'): ColumnKind {
  const specials = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.5];
  const round = physical === 'FLOAT' ? Math.fround : (value: number) => value;
  return {
    name,
    value: (random) => specials[below(random, 20)] ?? round((random.next() - 0.5) * 10 ** below(random, 30)),
    arrow: { type, stored: asIs },
    hyparquet: { element: { type: physical }, stored: asIs },
    encodings: ['BYTE_STREAM_SPLIT'],
  };
}

function decimal(precision: number, scale: number): ColumnKind {
  const limit = 10n ** BigInt(precision);
  const physical = precision <= 9 ? 'INT32' : precision <= 18 ? 'INT64' : 'FIXED_LEN_BYTE_ARRAY';
  return {
    name: `decimal_${precision}_${scale}`,
    value: (random) => {
      const dice = below(random, 10);
      if (dice === 0) return limit - 1n;
      if (dice === 1) return 1n - limit;
      return ((word(random) * word(random)) % (dice < 5 ? 1000n : limit)) * (dice % 2 === 0 ? 1n : -1n);
    },
    arrow: { type: new arrow.Decimal(scale, precision, 128), stored: asIs },
    hyparquet: {
      element: {
        type: physical,
        converted_type: 'DECIMAL',
        precision,
        scale,
        ...(physical === 'FIXED_LEN_BYTE_ARRAY' && { type_length: 16 }),
      },
      stored: (value) => (physical === 'INT32' ? Number(value) / 10 ** scale : value),
    },
    encodings: physical === 'FIXED_LEN_BYTE_ARRAY' ? ['BYTE_STREAM_SPLIT', 'DELTA_BYTE_ARRAY'] : INTEGER_ENCODINGS,
  };
}

function timestamp(unit: 'MILLIS' | 'MICROS' | 'NANOS', utc: boolean): ColumnKind {
  const zone = utc ? 'UTC' : undefined;
  const [type, stored] =
    unit === 'MILLIS'
      ? [new arrow.TimestampMillisecond(zone), divided(1000n)]
      : unit === 'MICROS'
        ? [new arrow.TimestampMicrosecond(zone), asIs]
        : [new arrow.TimestampNanosecond(zone), scaled(1000n)];
  return {
    name: `timestamp_${unit.toLowerCase()}${utc ? '_utc' : ''}`,
    value: (random) => BigInt(below(random, 2 ** 42) - 2 ** 41) * (unit === 'MILLIS' ? 1000n : 997n),
    arrow: { type, stored },
    hyparquet: {
      element: { type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: utc, unit } },
      stored,
    },
    encodings: INTEGER_ENCODINGS,
  };
}

function time(unit: 'MILLIS' | 'MICROS' | 'NANOS'): ColumnKind {
  const [type, stored] =
    unit === 'MILLIS'
      ? [new arrow.TimeMillisecond(), (value: Value) => Number(value) / 1000]
      : unit === 'MICROS'
        ? [new arrow.TimeMicrosecond(), asIs]
        : [new arrow.TimeNanosecond(), scaled(1000n)];
  return {
    name: `time_${unit.toLowerCase()}`,
    value: (random) => BigInt(below(random, 86_400_000)) * 1000n,
    arrow: { type, stored },
    ...(unit !== 'NANOS' && {
      hyparquet: { element: { type: unit === 'MILLIS' ? 'INT32' : 'INT64', converted_type: `TIME_${unit}` }, stored },
    }),
    encodings: INTEGER_ENCODINGS,
  };
}

const LETTERS = ['a', 'b', 'ü', '漢', '😀', ' ', '%', '\0', 'Z', '7'];

function randomText(random: Random): string {
  const length = random.next() < 0.1 ? 0 : below(random, random.next() < 0.1 ? 300 : 12);
  const shared = random.next() < 0.4 ? 'shared prefix of it ' : '';
  return shared + Array.from({ length }, () => LETTERS[below(random, LETTERS.length)]).join('');
}

const varchar = (name: string, element: Omit<SchemaElement, 'name'>): ColumnKind => ({
  name,
  value: randomText,
  hyparquet: { element, stored: text },
  encodings: TEXT_ENCODINGS,
});

const fixedBytes = (length: number): ColumnKind => ({
  name: `fixed_${length}`,
  value: (random) => random.bytes(length),
  arrow: { type: new arrow.FixedSizeBinary(length), stored: asIs },
  hyparquet: { element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: length }, stored: asIs },
  encodings: ['BYTE_STREAM_SPLIT', 'DELTA_BYTE_ARRAY'],
});

export const COLUMN_KINDS: readonly ColumnKind[] = [
  {
    name: 'boolean',
    value: (random) => random.next() < 0.5,
    arrow: { type: new arrow.Bool(), stored: (value) => Number(value) },
    hyparquet: { element: { type: 'BOOLEAN' }, stored: (value) => value },
    encodings: ['RLE'],
  },
  integer('tinyint', 8, true, new arrow.Int8()),
  integer('smallint', 16, true, new arrow.Int16()),
  integer('integer', 32, true, new arrow.Int32()),
  integer('bigint', 64, true, new arrow.Int64()),
  integer('utinyint', 8, false, new arrow.Uint8()),
  integer('usmallint', 16, false, new arrow.Uint16()),
  integer('uinteger', 32, false, new arrow.Uint32()),
  integer('ubigint', 64, false, new arrow.Uint64()),
  float('real', new arrow.Float32(), 'FLOAT'),
  float('double', new arrow.Float64(), 'DOUBLE'),
  decimal(4, 1),
  decimal(9, 2),
  decimal(18, 4),
  decimal(38, 10),
  {
    name: 'date',
    value: (random) => below(random, 40_000) - 10_000,
    arrow: { type: new arrow.DateDay(), stored: asIs },
    hyparquet: { element: { type: 'INT32', converted_type: 'DATE' }, stored: asIs },
    encodings: INTEGER_ENCODINGS,
  },
  time('MILLIS'),
  time('MICROS'),
  time('NANOS'),
  timestamp('MILLIS', false),
  timestamp('MICROS', false),
  timestamp('NANOS', false),
  timestamp('MILLIS', true),
  timestamp('MICROS', true),
  timestamp('NANOS', true),
  {
    ...varchar('varchar', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
    arrow: { type: new arrow.Utf8(), stored: text },
  },
  varchar('enum', { type: 'BYTE_ARRAY', converted_type: 'ENUM' }),
  {
    name: 'blob',
    value: (random) => random.bytes(below(random, 20)),
    arrow: { type: new arrow.Binary(), stored: asIs },
    hyparquet: { element: { type: 'BYTE_ARRAY' }, stored: asIs },
    encodings: TEXT_ENCODINGS,
  },
  {
    name: 'bson',
    value: (random) => random.bytes(below(random, 20)),
    hyparquet: { element: { type: 'BYTE_ARRAY', converted_type: 'BSON' }, stored: asIs },
    encodings: TEXT_ENCODINGS,
  },
  fixedBytes(5),
  fixedBytes(16),
  {
    name: 'uuid',
    value: (random) => uuidText(random.bytes(16)),
    hyparquet: {
      element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
      stored: asIs as (value: Value) => unknown,
    },
    encodings: ['BYTE_STREAM_SPLIT', 'DELTA_BYTE_ARRAY'],
  },
  {
    name: 'float16',
    value: (random) =>
      [0, -0, Number.NaN, Number.POSITIVE_INFINITY][below(random, 12)] ?? below(random, 2048) / 8 - 100,
    hyparquet: {
      element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 2, logical_type: { type: 'FLOAT16' } },
      stored: (value) => value,
    },
    encodings: ['BYTE_STREAM_SPLIT'],
  },
  {
    name: 'interval',
    value: (random) => ({
      months: below(random, 50),
      days: below(random, 50),
      micros: BigInt(below(random, 1e9)) * 1000n,
    }),
    hyparquet: {
      element: { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 12, converted_type: 'INTERVAL' },
      stored: intervalBytes,
    },
    encodings: [],
  },
];

function intervalBytes(value: Value): Uint8Array {
  const { months, days, micros } = value as { months: number; days: number; micros: bigint };
  return new Uint8Array(Uint32Array.of(months, days, Number(micros / 1000n)).buffer);
}

function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
