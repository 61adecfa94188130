import { describe, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../common/clock.ts';
import type { Value } from '../../common/types.ts';
import {
  byteStreamSplit,
  deltaByteArrays,
  deltaLengthByteArrays,
  deltaPacked,
  hybrid,
  packBits,
  prefixed,
} from '../fixtures/encode.ts';
import { type HandmadePage, type PagedColumn, pagedFile } from '../fixtures/paged-file.ts';
import { byteArray, int32, int64 } from '../fixtures/plain-file.ts';
import { readColumn } from '../fixtures/read-morsels.ts';

/** A physical type with random values, as PLAIN stores them and as they are read. */
interface Kind {
  readonly name: string;
  readonly column: Pick<PagedColumn, 'physicalType' | 'typeLength' | 'annotation'>;
  readonly value: (random: Random) => Value;
  readonly plain: (value: Value) => Uint8Array;
  readonly encodings: readonly string[];
}

const whole = (random: Random, bits: number): bigint => {
  const shift = BigInt(Math.floor(random.next() * bits));
  return BigInt.asIntN(bits, BigInt(`0x${Buffer.from(random.bytes(8)).toString('hex')}`)) >> shift;
};
const double = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};
const float = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
};
const TEXTS = [
  '',
  'a',
  'żółć',
  'a long string that does not fit sixteen bytes',
  '🦆',
  'prefix',
  'prefix more',
  'prefix most',
];
const text = (random: Random) =>
  (TEXTS[Math.floor(random.next() * TEXTS.length)] as string) + (random.next() < 0.5 ? '' : String(random.next()));

const KINDS: readonly Kind[] = [
  {
    name: 'INT32',
    column: { physicalType: 'INT32' },
    value: (random) => Number(whole(random, 32)),
    plain: (value) => int32(value as number),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'],
  },
  {
    name: 'INT64',
    column: { physicalType: 'INT64' },
    value: (random) => whole(random, 64),
    plain: (value) => int64(value as bigint),
    encodings: ['PLAIN', 'PLAIN_DICTIONARY', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'],
  },
  {
    name: 'INT64 with milliseconds',
    column: { physicalType: 'INT64', annotation: { 6: { i32: 9 } } },
    value: (random) => whole(random, 50) * 1000n,
    plain: (value) => int64((value as bigint) / 1000n),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'DELTA_BINARY_PACKED'],
  },
  {
    name: 'DOUBLE',
    column: { physicalType: 'DOUBLE' },
    value: (random) => (random.next() - 0.5) * 10 ** Math.floor(random.next() * 40),
    plain: (value) => double(value as number),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'BYTE_STREAM_SPLIT'],
  },
  {
    name: 'FLOAT',
    column: { physicalType: 'FLOAT' },
    value: (random) => Math.fround(random.next()),
    plain: (value) => float(value as number),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'BYTE_STREAM_SPLIT'],
  },
  {
    name: 'BYTE_ARRAY text',
    column: { physicalType: 'BYTE_ARRAY', annotation: { 6: { i32: 0 } } },
    value: text,
    plain: (value) => byteArray(value as string),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'],
  },
  {
    name: 'BYTE_ARRAY decimal',
    column: { physicalType: 'BYTE_ARRAY', annotation: { 6: { i32: 5 }, 7: { i32: 2 }, 8: { i32: 30 } } },
    value: (random) => whole(random, 64),
    plain: (value) => byteArray(bigEndian(value as bigint, 9)),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'DELTA_LENGTH_BYTE_ARRAY', 'DELTA_BYTE_ARRAY'],
  },
  {
    name: 'FIXED_LEN_BYTE_ARRAY decimal',
    column: {
      physicalType: 'FIXED_LEN_BYTE_ARRAY',
      typeLength: 7,
      annotation: { 6: { i32: 5 }, 7: { i32: 2 }, 8: { i32: 16 } },
    },
    value: (random) => whole(random, 50),
    plain: (value) => bigEndian(value as bigint, 7),
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'DELTA_BYTE_ARRAY', 'BYTE_STREAM_SPLIT'],
  },
  {
    name: 'FIXED_LEN_BYTE_ARRAY blob',
    column: { physicalType: 'FIXED_LEN_BYTE_ARRAY', typeLength: 3 },
    value: (random) => random.bytes(3),
    plain: (value) => value as Uint8Array,
    encodings: ['PLAIN', 'RLE_DICTIONARY', 'DELTA_BYTE_ARRAY', 'BYTE_STREAM_SPLIT'],
  },
  {
    name: 'INT96',
    column: { physicalType: 'INT96' },
    value: (random) =>
      BigInt(Math.floor(random.next() * 1e5)) * 86_400_000_000n + BigInt(Math.floor(random.next() * 8e10)),
    plain: (value) => {
      const micros = value as bigint;
      const day = micros / 86_400_000_000n;
      return Buffer.concat([int64((micros % 86_400_000_000n) * 1000n), int32(Number(day) + 2440588)]);
    },
    encodings: ['PLAIN', 'RLE_DICTIONARY'],
  },
  {
    name: 'BOOLEAN',
    column: { physicalType: 'BOOLEAN' },
    value: (random) => random.next() < 0.5,
    plain: () => new Uint8Array(),
    encodings: ['PLAIN', 'RLE'],
  },
];

function bigEndian(value: bigint, bytes: number): Uint8Array {
  const hex = BigInt.asUintN(bytes * 8, value).toString(16);
  return Uint8Array.from(Buffer.from(hex.padStart(bytes * 2, '0'), 'hex'));
}

function encodeValues(kind: Kind, encoding: string, values: readonly Value[], random: Random): Uint8Array {
  const { physicalType, typeLength } = kind.column;
  const stored = () => values.map(kind.plain);
  const bytes = () => stored().map((value) => (physicalType === 'BYTE_ARRAY' ? value.subarray(4) : value));
  switch (encoding) {
    case 'PLAIN':
      return physicalType === 'BOOLEAN' ? packBits(values.map(Number), 1) : Buffer.concat(stored());
    case 'RLE':
      return prefixed(hybrid(values.map(Number), 1, random));
    case 'DELTA_BINARY_PACKED': {
      const bits = physicalType === 'INT32' ? 32 : 64;
      return deltaPacked(
        stored().map((value) =>
          bits === 32 ? BigInt(Buffer.from(value).readInt32LE()) : Buffer.from(value).readBigInt64LE(),
        ),
        bits,
      );
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return deltaLengthByteArrays(bytes());
    case 'DELTA_BYTE_ARRAY':
      return deltaByteArrays(bytes());
    case 'BYTE_STREAM_SPLIT':
      return byteStreamSplit(bytes(), typeLength ?? (physicalType === 'INT32' || physicalType === 'FLOAT' ? 4 : 8));
    default:
      throw new Error(encoding);
  }
}

const isDictionary = (encoding: string) => encoding.endsWith('DICTIONARY');

/** A file with pages of random length, of one encoding or, behind a dictionary, of others too. */
function randomFile(
  kind: Kind,
  encoding: string,
  random: Random,
): { file: Uint8Array; values: Value[]; column: PagedColumn } {
  const second = random.next() < 0.5;
  const required = random.next() < 0.3;
  const nullShare = random.next() < 0.2 ? 1 : random.next() * 0.5;
  const pages: HandmadePage[] = [];
  const entries: Value[] = [];
  const entryCount = 1 + Math.floor(random.next() ** 3 * 3000);
  if (isDictionary(encoding)) {
    for (let i = 0; i < entryCount; i++) entries.push(kind.value(random));
    const body = Buffer.concat(entries.map(kind.plain));
    pages.push({ kind: 'dictionary', values: entries.length, encoding: 'PLAIN', body });
  }
  const width = Math.max(entries.length - 1, 0) === 0 ? 0 : Math.ceil(Math.log2(entries.length));
  const values: Value[] = [];
  const fallback = random.next() < 0.3;
  for (let p = 0; p < 1 + random.next() * 4; p++) {
    const rows = 1 + Math.floor(random.next() ** 2 * 700);
    const codes = Array.from({ length: rows }, () => Math.floor(random.next() ** 2 * entries.length));
    const byCode = isDictionary(encoding) && !(fallback && p > 0);
    const pageEncoding = byCode ? encoding : isDictionary(encoding) ? 'PLAIN' : encoding;
    const present = Array.from({ length: rows }, () => required || random.next() >= nullShare);
    const page: Value[] = codes.map((code, row) => {
      if (!present[row]) return null;
      return byCode ? (entries[code] as Value) : kind.value(random);
    });
    values.push(...page);
    const stored = page.filter((value) => value !== null);
    const storedCodes = codes.filter((_, row) => present[row]);
    const body = byCode
      ? Buffer.concat([Uint8Array.of(width), hybrid(storedCodes, width, random)])
      : encodeValues(kind, pageEncoding, stored, random);
    const packedLevels = !second && random.next() < 0.1;
    const bits = present.map(Number);
    const plainLevels = packedLevels ? packBits(bits, 1).map(reversed) : hybrid(bits, 1, random);
    const levels = required ? new Uint8Array() : second || packedLevels ? plainLevels : prefixed(plainLevels);
    pages.push({
      kind: second ? 'data_v2' : 'data',
      values: rows,
      encoding: pageEncoding,
      levels,
      packedLevels,
      body,
      uncompressed: random.next() < 0.3 && second,
    });
  }
  const column = { ...kind.column, required, pages, gzip: random.next() < 0.5, checksums: random.next() < 0.5 };
  return { file: pagedFile(column), values, column };
}

const reversed = (byte: number) => Number.parseInt(byte.toString(2).padStart(8, '0').split('').reverse().join(''), 2);

const CASES = KINDS.flatMap((kind) => kind.encodings.map((encoding) => ({ name: kind.name, encoding, kind })));

describe('pages by the book', () => {
  it.each(CASES)('$name in $encoding', async ({ kind, encoding }) => {
    const random = seededRandom(kind.name.length * 31 + encoding.length);
    for (let i = 0; i < 12; i++) {
      const { file, values } = randomFile(kind, encoding, random);
      for (const morselRows of [32768, 1 + Math.floor(random.next() * 300)]) {
        const wanted = () => random.next() < 0.7;
        const actual = await readColumn(file, { morselRows, wanted });
        expect(actual).toHaveLength(values.length);
        expect(actual).toEqual(values.map((value, row) => (actual[row] === undefined ? undefined : value)));
      }
    }
  });

  it.each(CASES)('$name in $encoding, damaged', async ({ kind, encoding }) => {
    const random = seededRandom(kind.name.length * 37 + encoding.length);
    for (let i = 0; i < 12; i++) {
      const { column, values } = randomFile(kind, encoding, random);
      const pages = column.pages.map((page) => damage(page, random));
      const file = pagedFile({ ...column, gzip: false, pages });
      try {
        const actual = await readColumn(file, { morselRows: 100, wanted: () => random.next() < 0.7 });
        expect(actual).toHaveLength(values.length);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^SQ310[58]$|^SQ4001$/) });
      }
    }
  });
});

/** Bytes overwritten, or cut off. */
function damage(page: HandmadePage, random: Random): HandmadePage {
  const body = Uint8Array.from(page.body);
  const levels = Uint8Array.from(page.levels ?? []);
  for (const part of [body, levels]) {
    if (part.length === 0 || random.next() < 0.5) continue;
    for (let n = 0; n < 1 + random.next() * 4; n++) {
      part[Math.floor(random.next() * Math.min(part.length, random.next() < 0.5 ? 12 : part.length))] = Math.floor(
        random.next() * 256,
      );
    }
  }
  const cut = random.next() < 0.3 ? Math.floor(random.next() * body.length) : body.length;
  return { ...page, levels, body: body.subarray(0, cut) };
}
