import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../common/clock.ts';
import { SquallError, StorageError } from '../common/errors.ts';
import { typeName } from '../common/types.ts';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import {
  int32,
  int64,
  type PlainColumn,
  type PlainFileOptions,
  plainFile,
  withTrailer,
} from './fixtures/plain-file.ts';
import { readFooter } from './footer.ts';
import type { encodeThrift } from './thrift/compact-writer.ts';

const golden = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, '../../datasets/golden', name)));
const open = (bytes: Uint8Array, tailBytes?: number) =>
  readFooter(new CountingStore(bytes), LOCATION, { ...(tailBytes !== undefined && { tailBytes }) });

describe('requests', () => {
  it.each([
    [65536, 1],
    [1_000_000, 1],
    [400, 2],
    [0, 2],
  ])('with a tail of %i bytes makes %i', async (tailBytes, requests) => {
    const bytes = golden('row-groups.parquet');
    const store = new CountingStore(bytes);
    const opened = await readFooter(store, LOCATION, { tailBytes });
    expect(opened).toMatchObject({ requests, size: bytes.length, etag: '"v1"' });
    expect(store.gets).toHaveLength(requests);
    expect(opened.footer.rows).toBe(4500);
    expect(opened.footer.rowGroup(2).column(0).values).toBe(404);
  });

  it('reads the footer alone, each byte once, and the version it saw', async () => {
    const bytes = golden('row-groups.parquet');
    const footerBytes = new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
    const store = new CountingStore(bytes);
    await readFooter(store, LOCATION, { tailBytes: 100 });
    expect(store.bytes).toBe(footerBytes + 8);
    expect(store.gets.map(({ ifMatch }) => ifMatch)).toEqual([undefined, '"v1"']);
  });

  it('stops before the first when the signal has fired', async () => {
    const store = new CountingStore(golden('empty.parquet'));
    const reading = readFooter(store, LOCATION, { signal: AbortSignal.abort() });
    await expect(reading).rejects.toMatchObject({ name: 'CancelledError', code: 'SQ7000' });
    expect(store.gets).toEqual([]);
  });

  it('lets errors of the store through', async () => {
    const store = new CountingStore(golden('empty.parquet'));
    store.getRange = () => Promise.reject(new StorageError('SQ5001', 'gone'));
    await expect(readFooter(store, LOCATION)).rejects.toMatchObject({ code: 'SQ5001' });
  });
});

it('lists columns with types, nested ones too', async () => {
  const { footer } = await open(golden('nested.parquet'));
  expect(footer.schema.map(({ name, type, supported, reason }) => [name, typeName(type), supported, reason])).toEqual([
    ['id', 'bigint', true, undefined],
    ['list', 'bigint[]', true, undefined],
    ['struct', 'struct(a bigint, b varchar)', true, undefined],
    ['map', 'map(varchar, bigint)', true, undefined],
  ]);
  expect(footer.schema[0]?.leaf?.index).toBe(0);
  expect(footer.statistics(0, 0)).toMatchObject({ min: 0n, max: 2n });
  expect(footer.statistics(0, 1)).toBeNull();
  expect(() => footer.rowGroup(0).column(1)).toThrow('s3://b/k.parquet: column "list" has the nested type bigint[]');
});

it('knows what bounds are ordered by, column by column', async () => {
  const column = (name: string): PlainColumn => ({ name, physicalType: 'INT32', values: [int32(1)] });
  const order = (id: number) => ({ struct: { [id]: { struct: {} } } });
  const orders = { 7: { list: [order(1), order(2), order(9)] } };
  const { footer } = await open(plainFile(['a', 'b', 'c'].map(column), { footer: orders }));
  expect([0, 1, 2].map((index) => footer.columnOrder(index))).toEqual(['type', 'ieee754', 'unknown']);
  const { footer: old } = await open(plainFile([column('a')], { footer: { 7: undefined } }));
  expect(old.columnOrder(0)).toBeUndefined();
  const { footer: nested } = await open(golden('nested.parquet'));
  expect(nested.schema.map((_, index) => nested.columnOrder(index) !== undefined)).toEqual([true, false, false, false]);
});

it('knows writer, metadata, rows and bytes', async () => {
  const column: PlainColumn = { name: 'a', physicalType: 'INT32', values: [int32(1), null] };
  const pair = { struct: { 1: { binary: 'key' }, 2: { binary: 'värde' } } };
  const bytes = plainFile([column], { footer: { 5: { list: [pair] }, 6: { binary: 'by hand' } } });
  const { footer } = await open(bytes);
  expect(footer).toMatchObject({ rows: 2, rowGroupCount: 1, createdBy: 'by hand', fileSize: bytes.length });
  expect([...footer.keyValueMetadata]).toEqual([['key', 'värde']]);
  expect(footer.rowGroup(0)).toMatchObject({ rows: 2 });
});

it('parses the metadata of a chunk once', async () => {
  const { footer } = await open(golden('row-groups.parquet'));
  expect(footer.rowGroup(2).column(0)).toBe(footer.rowGroup(2).column(0));
  expect(footer.rowGroup(1).column(0)).not.toEqual(footer.rowGroup(2).column(0));
  expect(footer.rowGroup(2).column(1)).not.toEqual(footer.rowGroup(2).column(0));
  expect(footer.statistics(2, 0)).toBe(footer.statistics(2, 0));
  expect(footer.statistics(1, 0)).not.toEqual(footer.statistics(2, 0));
});

it('keeps where page index and Bloom filter lie, unless they cannot lie there', async () => {
  const column = (chunk: PlainColumn['chunk'], metaData: PlainColumn['metaData']): PlainColumn => ({
    name: 'a',
    physicalType: 'INT64',
    values: [int64(1n)],
    ...(chunk && { chunk }),
    ...(metaData && { metaData }),
  });
  const index = { 4: { i64: 10 }, 5: { i32: 5 }, 6: { i64: 4 }, 7: { i32: 6 } };
  const { footer } = await open(plainFile([column(index, { 14: { i64: 12 }, 15: { i32: 3 } })]));
  expect(footer.rowGroup(0).column(0)).toMatchObject({
    offsetIndex: { offset: 10, length: 5 },
    columnIndex: { offset: 4, length: 6 },
    bloomFilter: { offset: 12, length: 3 },
  });
  const { footer: wrong } = await open(plainFile([column({ 4: { i64: 10 }, 5: { i32: 5000 } }, { 14: { i64: -1 } })]));
  expect(wrong.rowGroup(0).column(0)).not.toHaveProperty('offsetIndex');
  expect(wrong.rowGroup(0).column(0)).not.toHaveProperty('bloomFilter');
});

describe('what is no Parquet file', () => {
  const text = new TextEncoder().encode('this is only a text file\n');
  it.each<[string, Uint8Array, string, string]>([
    ['an empty one', new Uint8Array(), 'SQ3101', 'not a Parquet file: it is empty'],
    ['a short one', new Uint8Array(7), 'SQ3101', 'not a Parquet file: it has only 7 bytes'],
    ['a text', text, 'SQ3101', 'not a Parquet file: it ends with "ile\\n", not with "PAR1"'],
    [
      'one cut off',
      golden('row-groups.parquet').slice(0, -1),
      'SQ3101',
      'not a Parquet file: it ends with "\\u0000PAR", not with "PAR1"',
    ],
    [
      'one whose footer is longer than itself',
      withTrailer(new Uint8Array(4), new Uint8Array(2)).with(7, 255),
      'SQ3102',
      "the footer is damaged: it is said to have 65282 of the file's 14 bytes",
    ],
    [
      'one without footer',
      withTrailer(new Uint8Array(10), new Uint8Array()),
      'SQ3102',
      "the footer is damaged: it is said to have 0 of the file's 18 bytes",
    ],
  ])('%s is named', async (_what, bytes, code, why) => {
    await expect(open(bytes)).rejects.toMatchObject({
      name: 'ExecutionError',
      code,
      message: `s3://b/k.parquet: ${why}`,
      details: { object: 's3://b/k.parquet' },
    });
  });

  it('an encrypted footer is not supported', async () => {
    const bytes = withTrailer(new Uint8Array(10), new Uint8Array(20), Buffer.from('PARE'));
    await expect(open(bytes)).rejects.toMatchObject({
      name: 'UnsupportedError',
      code: 'SQ2302',
      message: 's3://b/k.parquet: the footer is encrypted',
    });
  });
});

describe('damaged footers', () => {
  const a: PlainColumn = { name: 'a', physicalType: 'INT32', values: [int32(1), int32(2)] };
  const root = { struct: { 4: { binary: 'root' }, 5: { i32: 1 } } } as const;
  const group = (fields: Record<number, { i32: number } | { binary: string }>) => ({ struct: fields });

  it.each<[string, PlainFileOptions['footer'], string]>([
    ['no schema', { 2: { list: [] } }, 'SQ3102: the footer is damaged: no schema at byte #'],
    ['no rows', { 3: undefined }, 'SQ3102: the footer is damaged: no row count at byte #'],
    ['no row groups', { 4: undefined }, 'SQ3102: the footer is damaged: no list of row groups at byte #'],
    [
      'row groups of another type',
      { 4: { list: [{ i32: 1 }] } },
      'SQ3102: the footer is damaged: a struct was expected, not wire type 5 at byte #',
    ],
    [
      'rows that do not add up',
      { 3: { i64: 3 } },
      'SQ3103: the footer contradicts itself: it counts 3 rows, its row groups 2',
    ],
    [
      'more rows than memory can number',
      { 3: { i64: 2 ** 40 }, 4: { list: [{ struct: { 1: { list: [] }, 2: { i64: 0 }, 3: { i64: 2 ** 40 } } }] } },
      'SQ3103: the footer contradicts itself: row group 0 has 1099511627776 rows',
    ],
    [
      'a schema that ends early',
      {
        2: {
          list: [
            { struct: { ...root.struct, 5: { i32: 2_000_000_000 } } },
            group({ 1: { i32: 1 }, 4: { binary: 'a' } }),
          ],
        },
      },
      'SQ3103: the footer contradicts itself: the schema ends inside a group',
    ],
    [
      'elements left over',
      {
        2: { list: [root, group({ 1: { i32: 1 }, 4: { binary: 'a' } }), group({ 1: { i32: 1 }, 4: { binary: 'b' } })] },
      },
      'SQ3103: the footer contradicts itself: 1 schema elements belong to no group',
    ],
    [
      'another number of columns',
      {
        2: {
          list: [
            { struct: { ...root.struct, 5: { i32: 2 } } },
            group({ 1: { i32: 1 }, 4: { binary: 'a' } }),
            group({ 1: { i32: 1 }, 4: { binary: 'b' } }),
          ],
        },
      },
      'SQ3103: the footer contradicts itself: row group 0 has 1 column chunks, the schema 2 columns',
    ],
    [
      'a negative number of children',
      { 2: { list: [{ struct: { ...root.struct, 5: { i32: -1 } } }] } },
      'SQ3102: the footer is damaged: a schema element with -1 children at byte #',
    ],
    [
      'a schema nested too deeply',
      { 2: { list: Array.from({ length: 200 }, () => root) } },
      'SQ3103: the footer contradicts itself: the schema is nested deeper than 100',
    ],
    [
      'an unknown physical type',
      { 2: { list: [root, group({ 1: { i32: 99 }, 4: { binary: 'a' } })] } },
      'SQ3102: the footer is damaged: the unknown physical type 99 at byte #',
    ],
  ])('%s', async (_what, footer, expected) => {
    const error = await open(plainFile([a], { ...(footer && { footer }) })).catch((thrown: unknown) => thrown);
    expect(describeError(error)).toBe(expected);
  });

  it.each<[string, Partial<PlainColumn>, string]>([
    ['a negative length', { metaData: { 7: { i64: -5 } } }, 'SQ3104: column "a" of row group 0 is -5 bytes long'],
    [
      'a negative uncompressed length',
      { metaData: { 6: { i64: -7 } } },
      'SQ3104: column "a" of row group 0 is -7 bytes long',
    ],
    ['no bytes', { metaData: { 7: { i64: 0 } } }, 'SQ3104: column "a" of row group 0 holds 2 values in 0 bytes'],
    [
      'a place behind the end',
      { metaData: { 9: { i64: 100_000 } } },
      'SQ3104: column "a" of row group 0 is said to be bytes 100000 to 100031 of a file of # bytes',
    ],
    [
      'a place before the start',
      { metaData: { 9: { i64: -100 } } },
      'SQ3104: column "a" of row group 0 is said to be bytes -100 to -69 of a file of # bytes',
    ],
    [
      'other rows',
      { metaData: { 5: { i64: 3 } } },
      'SQ3103: the footer contradicts itself: column "a" of row group 0 has 3 values for 2 rows',
    ],
    [
      'another type',
      { metaData: { 1: { i32: 2 } } },
      'SQ3103: the footer contradicts itself: column "a" of row group 0 has type INT64, its schema INT32',
    ],
    [
      'another name',
      { metaData: { 3: { list: [{ binary: 'b' }] } } },
      'SQ3103: the footer contradicts itself: column "a" of row group 0 is called "b"',
    ],
    [
      'an unknown codec',
      { metaData: { 4: { i32: 12 } } },
      'SQ3102: the footer is damaged in column "a" of row group 0: the unknown codec 12 at byte #',
    ],
    [
      'no metadata',
      { chunk: { 3: undefined } },
      'SQ3102: the footer is damaged in column "a" of row group 0: no type at byte #',
    ],
    ['encryption', { chunk: { 8: { struct: {} } } }, 'SQ2302: column "a" of row group 0 is encrypted'],
    ['another file', { chunk: { 1: { binary: 'x.parquet' } } }, 'SQ2304: column "a" of row group 0 is in another file'],
  ])('a column chunk with %s', async (_what, more, expected) => {
    const { footer } = await open(plainFile([{ ...a, ...more }]));
    expect(describeError(caught(() => footer.rowGroup(0).column(0)))).toBe(expected);
  });

  it('nesting of unknown fields is bounded', async () => {
    let bomb: Parameters<typeof encodeThrift>[0] = {};
    for (let i = 0; i < 40; i++) bomb = { 1: { struct: bomb } };
    const bytes = plainFile([a], { footer: { 99: { struct: bomb } } });
    const error = await open(bytes).catch((thrown: unknown) => thrown);
    expect(describeError(error)).toBe('SQ3102: the footer is damaged: structures nested deeper than 32 at byte #');
  });
});

describe('fuzz', () => {
  const seeds = ['row-groups.parquet', 'types-snappy.parquet', 'arrow-v1-snappy.parquet', 'nested.parquet'];

  /** Reads whatever can be read of a footer. Only our own errors may come out. */
  async function exercise(bytes: Uint8Array): Promise<'fine' | 'refused'> {
    try {
      const { footer } = await open(bytes);
      for (let group = 0; group < footer.rowGroupCount; group++) {
        for (let column = 0; column < footer.schema.length; column++) {
          footer.statistics(group, column);
          if (footer.schema[column]?.leaf) footer.rowGroup(group).column(column);
        }
      }
      return 'fine';
    } catch (error) {
      if (error instanceof SquallError && /^SQ(310[1-4]|230[234])$/.test(error.code)) return 'refused';
      throw error;
    }
  }

  it.each(seeds)('bit flips in the footer of %s', async (name) => {
    const original = golden(name);
    const footerBytes = new DataView(original.buffer).getUint32(original.length - 8, true);
    const random = seededRandom(1);
    const outcomes = { fine: 0, refused: 0 };
    for (let i = 0; i < 500; i++) {
      const bytes = original.slice();
      for (let flips = 1 + Math.floor(random.next() * 3); flips > 0; flips--) {
        const at = bytes.length - 1 - Math.floor(random.next() * (footerBytes + 8));
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random.next() * 8));
      }
      outcomes[await exercise(bytes)]++;
    }
    expect(outcomes.refused).toBeGreaterThan(50);
  });

  it('random bytes as footer', async () => {
    const random = seededRandom(2);
    for (let i = 0; i < 1000; i++) {
      const footer = random.bytes(1 + Math.floor(random.next() * 300));
      expect(await exercise(withTrailer(new Uint8Array(4), footer))).toBe('refused');
    }
  });

  it('footers cut short', async () => {
    const original = golden('arrow-v1-snappy.parquet');
    const footerBytes = new DataView(original.buffer).getUint32(original.length - 8, true);
    const start = original.length - 8 - footerBytes;
    const body = original.subarray(0, start);
    for (let length = 1; length < footerBytes; length += 7) {
      expect(await exercise(withTrailer(body, original.subarray(start, start + length)))).toBe('refused');
    }
  });
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}

/** Code and message, without the file's name and the numbers that depend on its layout. */
function describeError(error: unknown): string {
  if (!(error instanceof SquallError)) return `no error of ours: ${String(error)}`;
  const why = error.message.replace('s3://b/k.parquet: ', '').replace(/at byte \d+$/, 'at byte #');
  return `${error.code}: ${why.replace(/file of \d+ bytes$/, 'file of # bytes')}`;
}
