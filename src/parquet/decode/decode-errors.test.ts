import { describe, expect, it } from 'vitest';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import { deltaByteArrays, deltaPacked, packBits, prefixed, varint } from '../fixtures/encode.ts';
import { type HandmadePage, type PagedColumn, pagedFile } from '../fixtures/paged-file.ts';
import { byteArray, int32, int64 } from '../fixtures/plain-file.ts';
import { openFile, readColumn } from '../fixtures/read-morsels.ts';
import { openRowGroup } from '../open-row-group.ts';

const TEXT = { physicalType: 'BYTE_ARRAY', annotation: { 6: { i32: 0 } }, required: true } as const;
const INT = { physicalType: 'INT32', required: true } as const;
const data = (values: number, encoding: string, ...body: Uint8Array[]): HandmadePage => ({
  kind: 'data',
  values,
  encoding,
  body: Buffer.concat(body),
});
const dictionary = (...entries: Uint8Array[]): HandmadePage => ({
  kind: 'dictionary',
  values: entries.length,
  encoding: 'PLAIN',
  body: Buffer.concat(entries),
});
const bytes = (...values: number[]) => Uint8Array.from(values);
const stream = (...values: number[]) => deltaPacked(values.map(BigInt), 32);

describe('a page that is not what the format says', () => {
  it.each<[string, Omit<PagedColumn, 'pages'>, readonly HandmadePage[], string]>([
    ['PLAIN, short', INT, [data(3, 'PLAIN', int32(1), int32(2))], 'a page ends before its last value'],
    ['strings, short', TEXT, [data(2, 'PLAIN', byteArray('a'))], 'a page ends before its last value'],
    ['a string beyond the page', TEXT, [data(1, 'PLAIN', int32(5), bytes(1, 2))], 'a page ends before its last value'],
    ['a string of negative length', TEXT, [data(1, 'PLAIN', int32(-1))], 'a page ends before its last value'],
    ['half a length', TEXT, [data(1, 'PLAIN', bytes(0, 0))], 'a page ends before its last value'],
    [
      'a code beyond the dictionary',
      INT,
      [dictionary(int32(7), int32(8)), data(3, 'RLE_DICTIONARY', bytes(2, 6, 2))],
      'a code beyond the dictionary of 2 entries',
    ],
    [
      'codes of a dictionary without entries',
      TEXT,
      [dictionary(), data(3, 'RLE_DICTIONARY', bytes(0, 6))],
      'a code beyond the dictionary of 0 entries',
    ],
    ['codes of 33 bits', INT, [dictionary(int32(7)), data(1, 'RLE_DICTIONARY', bytes(33, 2, 0))], 'codes of 33 bits'],
    [
      'codes that end',
      TEXT,
      [dictionary(byteArray('a')), data(9, 'PLAIN_DICTIONARY', bytes(1, 6, 0))],
      'a page ends within its codes',
    ],
    ['codes without dictionary', INT, [data(1, 'RLE_DICTIONARY', bytes(0, 2))], 'codes without a dictionary'],
    [
      'more entries than bytes',
      INT,
      [{ ...dictionary(int32(1)), values: 9 }, data(1, 'RLE_DICTIONARY', bytes(0, 2))],
      'a dictionary of 9 entries in 4 bytes',
    ],
    [
      'a dictionary in codes',
      INT,
      [{ ...dictionary(int32(1)), encoding: 'RLE_DICTIONARY' }, data(1, 'RLE_DICTIONARY', bytes(0, 2))],
      'a dictionary in the encoding RLE_DICTIONARY',
    ],
    [
      'a dictionary of booleans',
      { physicalType: 'BOOLEAN', required: true },
      [dictionary(bytes(1)), data(1, 'RLE_DICTIONARY', bytes(0, 2))],
      'a dictionary of booleans',
    ],
    ['an encoding of another type', INT, [data(1, 'RLE', bytes(2, 0))], 'INT32 values in the encoding RLE'],
    [
      'an encoding that nobody uses',
      INT,
      [data(1, 'BIT_PACKED', bytes(2, 0))],
      'INT32 values in the encoding BIT_PACKED',
    ],
    ['an unknown encoding', INT, [data(1, 'nonsense', bytes(2, 0))], 'a page whose encoding is unknown'],
    [
      'booleans longer than the page',
      { physicalType: 'BOOLEAN', required: true },
      [data(1, 'RLE', int32(100), bytes(2, 1))],
      '100 bytes of booleans where 2 are left',
    ],
    [
      'levels longer than the page',
      { ...INT, required: false },
      [{ ...data(1, 'PLAIN', int32(1)), levels: Buffer.concat([int32(50), bytes(2, 1)]) }],
      'levels of 50 bytes where 6 are left',
    ],
    [
      'levels of 2',
      { ...INT, required: false },
      [{ ...data(1, 'PLAIN', int32(1)), levels: prefixed(bytes(2, 2)) }],
      'the definition levels of a page are not what they should be',
    ],
    [
      'streams of unequal length',
      INT,
      [data(2, 'BYTE_STREAM_SPLIT', int32(1), bytes(1, 2))],
      'values of 4 bytes in 6 bytes',
    ],
    [
      'deltas in blocks of nothing',
      INT,
      [data(2, 'DELTA_BINARY_PACKED', bytes(0, 4, 2, 2))],
      'deltas that no writer makes',
    ],
    [
      'deltas of 65 bits',
      INT,
      [data(2, 'DELTA_BINARY_PACKED', bytes(128, 1, 4, 2, 2, 0, 65, 0, 0, 0))],
      'deltas that no writer makes',
    ],
    ['fewer deltas', INT, [data(3, 'DELTA_BINARY_PACKED', stream(1, 2))], 'a page ends before its last value'],
    [
      'lengths beyond the page',
      TEXT,
      [data(2, 'DELTA_LENGTH_BYTE_ARRAY', stream(1, 5), bytes(65, 66))],
      'a string that is longer than its page',
    ],
    [
      'a negative length',
      TEXT,
      [data(2, 'DELTA_LENGTH_BYTE_ARRAY', stream(1, -1), bytes(65))],
      'a string that is longer than its page',
    ],
    [
      'more lengths than values',
      TEXT,
      [data(1, 'DELTA_LENGTH_BYTE_ARRAY', stream(1, 1), bytes(65, 66))],
      '2 lengths in a page of 1 values',
    ],
    [
      'a prefix of nothing',
      TEXT,
      [data(1, 'DELTA_BYTE_ARRAY', stream(1), stream(0))],
      'a string whose parts are not where they should be',
    ],
    [
      'prefixes without suffixes',
      TEXT,
      [data(2, 'DELTA_BYTE_ARRAY', stream(0, 0), stream(1), bytes(65))],
      'a page with 2 prefixes and 1 suffixes',
    ],
    [
      'a value of another length',
      { physicalType: 'FIXED_LEN_BYTE_ARRAY', typeLength: 2, required: true },
      [data(2, 'DELTA_BYTE_ARRAY', deltaByteArrays([bytes(1, 2), bytes(1, 2, 3)]))],
      'a value that is not 2 bytes long',
    ],
    [
      'levels longer than a page of the second version',
      { ...INT, required: false },
      [{ ...data(1, 'PLAIN'), kind: 'data_v2', levels: bytes(2) }],
      'the definition levels of a page are not what they should be',
    ],
  ])('%s', async (_what, column, pages, why) => {
    await expect(readColumn(pagedFile({ ...column, pages }))).rejects.toMatchObject({
      name: 'ExecutionError',
      code: 'SQ3105',
      message: `f: column "a" of row group 0 cannot be decoded: ${why}`,
    });
  });

  it.each(['c3', 'c0af', 'ff', '80', 'e08080', 'eda080', 'f0808080', 'f4908080', 'e282', 'f09f92', 'c3a9c3'])(
    'text that is not UTF-8: %s',
    async (hex) => {
      const value = Buffer.from(hex, 'hex');
      const long = Buffer.concat([Buffer.alloc(40, 65), value]);
      const message = 'f: column "a" of row group 0 cannot be decoded: a string is not UTF-8';
      for (const bad of [value, long]) {
        for (const page of [
          data(2, 'PLAIN', byteArray('fine'), byteArray(bad)),
          data(1, 'DELTA_LENGTH_BYTE_ARRAY', stream(bad.length), bad),
          data(1, 'DELTA_BYTE_ARRAY', deltaByteArrays([bad])),
        ]) {
          const file = pagedFile({ ...TEXT, pages: [page] });
          await expect(readColumn(file)).rejects.toMatchObject({ code: 'SQ3105', message });
        }
        const coded = [dictionary(byteArray(bad)), data(1, 'RLE_DICTIONARY', bytes(0, 2))];
        await expect(readColumn(pagedFile({ ...TEXT, pages: coded }))).rejects.toMatchObject({ message });
        const blob = { physicalType: 'BYTE_ARRAY', required: true } as const;
        const file = pagedFile({ ...blob, pages: [data(1, 'PLAIN', byteArray(bad))] });
        expect(await readColumn(file)).toEqual([Uint8Array.from(bad)]);
      }
    },
  );
});

describe('what is not looked at does not matter', () => {
  it('entries that no row has', async () => {
    const tiny = { ...INT, annotation: { 6: { i32: 15 } } };
    const entries = dictionary(int32(5), int32(1000), int32(-5));
    const page = (code: number) => data(3, 'RLE_DICTIONARY', bytes(2), bytes(...varint(3)), packBits([0, 2, code], 2));
    expect(await readColumn(pagedFile({ ...tiny, pages: [entries, page(0)] }))).toEqual([5, -5, 5]);
    await expect(readColumn(pagedFile({ ...tiny, pages: [entries, page(1)] }))).rejects.toMatchObject({
      code: 'SQ3108',
      message: 'f: column "a" of row group 0 holds 1000, which is no tinyint',
    });
  });

  it('pages none of whose rows are wanted', async () => {
    const good = data(4, 'PLAIN', ...[1, 2, 3, 4].map(int32));
    const bad = data(4, 'PLAIN', int32(1));
    const file = pagedFile({ ...INT, pages: [good, bad, good] });
    const wanted = (n: number) => n !== 1;
    expect(await readColumn(file, { morselRows: 4, wanted })).toEqual([
      1,
      2,
      3,
      4,
      ...new Array(4).fill(undefined),
      1,
      2,
      3,
      4,
    ]);
    await expect(readColumn(file, { morselRows: 4 })).rejects.toMatchObject({ code: 'SQ3105' });
  });
});

it('a column that could not be decoded cannot be later either', async () => {
  const good = data(4, 'PLAIN', ...[1, 2, 3, 4].map(int32));
  const file = pagedFile({ ...INT, pages: [good, data(4, 'PLAIN', int32(1)), good] });
  const { footer, input, parts } = openFile(file);
  const memory = new LinearMemory({ poison: true });
  const reader = await openRowGroup(input, { parts }, { columns: footer.schema, memory });
  const messages = [6, 3, 3].map((rows) => {
    const morsel = reader.next(rows);
    expect(() => morsel?.column(0)).toThrow('a page ends before its last value');
    return morsel?.rows;
  });
  expect(messages).toEqual([6, 3, 3]);
  reader.close();
  expect(memory.used).toBe(0);
});

describe('how vectors are given', () => {
  it('codes as long as all pages of a morsel have them, one dictionary for all', async () => {
    const codes = data(2, 'RLE_DICTIONARY', bytes(0, 4));
    const plain = data(2, 'PLAIN', byteArray('b'), byteArray('c'));
    const seen: unknown[] = [];
    const dictionaries = new Set<unknown>();
    const file = pagedFile({ ...TEXT, pages: [dictionary(byteArray('a')), codes, codes, plain] });
    const values = await readColumn(file, {
      morselRows: 1,
      seen: (vector) => {
        seen.push(vector.kind);
        if (vector.kind === 'dictionary') dictionaries.add(vector.dictionary);
      },
    });
    expect(values).toEqual(['a', 'a', 'a', 'a', 'b', 'c']);
    expect(seen).toEqual(['dictionary', 'dictionary', 'dictionary', 'dictionary', 'views', 'views']);
    expect(dictionaries.size).toBe(1);
    const kinds: unknown[] = [];
    await readColumn(file, { morselRows: 5, seen: ({ kind }) => kinds.push(kind) });
    expect(kinds).toEqual(['views', 'views']);
  });

  it('without bitmap where nothing is null, and with measured bounds', async () => {
    const page = { ...data(3, 'PLAIN', int64(-5n), int64(9n)), levels: prefixed(bytes(3, 0b101)) };
    const full = { ...data(2, 'PLAIN', int64(4n), int64(3n)), levels: prefixed(bytes(4, 1)) };
    const vectors: unknown[] = [];
    const file = pagedFile({ physicalType: 'INT64', pages: [page, full] });
    const options = {
      morselRows: 3,
      seen: (vector: { validity: number; bounds?: unknown }) => vectors.push([vector.validity !== 0, vector.bounds]),
    };
    expect(await readColumn(file, options)).toEqual([-5n, null, 9n, 4n, 3n]);
    expect(vectors).toEqual([
      [true, { min: -5n, max: 9n }],
      [false, { min: 3n, max: 4n }],
    ]);
  });
});
