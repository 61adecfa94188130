import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CountingStore, LOCATION } from './fixtures/counting-store.ts';
import { byteArray, int32, type PlainColumn, plainFile } from './fixtures/plain-file.ts';
import { readFooter } from './footer.ts';
import { planRanges, planRowGroup } from './plan-row-group.ts';
import { nestedLeaves } from './row-group-input.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

type Region = readonly [offset: number, length: number];
const regions = (list: readonly Region[]) => list.map(([offset, length]) => ({ offset, length }));

it.each<[string, readonly Region[], readonly Region[]]>([
  ['nothing', [], []],
  ['an empty chunk', [[4, 0]], []],
  ['one chunk', [[4, 100]], [[4, 100]]],
  [
    'adjacent chunks, in any order',
    [
      [104, 50],
      [4, 100],
    ],
    [[4, 150]],
  ],
  [
    'a gap of 1 MiB',
    [
      [0, 10],
      [10 + MIB, 10],
    ],
    [[0, 20 + MIB]],
  ],
  [
    'a gap of 1 MiB and a byte',
    [
      [0, 10],
      [11 + MIB, 10],
    ],
    [
      [0, 10],
      [11 + MIB, 10],
    ],
  ],
  [
    'the same chunk twice',
    [
      [4, 100],
      [4, 100],
    ],
    [[4, 100]],
  ],
  [
    'a chunk inside another',
    [
      [4, 100],
      [10, 10],
    ],
    [[4, 100]],
  ],
  ['16 MiB', [[4, 16 * MIB]], [[4, 16 * MIB]]],
  [
    '16 MiB and a byte',
    [[4, 16 * MIB + 1]],
    [
      [4, 8 * MIB + 1],
      [8 * MIB + 5, 8 * MIB],
    ],
  ],
  [
    '40 MiB of small chunks',
    [
      [0, 20 * MIB],
      [20 * MIB, 20 * MIB],
    ],
    [
      [0, 13981014],
      [13981014, 13981014],
      [27962028, 13981012],
    ],
  ],
  ['far beyond 4 GiB', [[2 ** 45, 10]], [[2 ** 45, 10]]],
])('plans %s', (_name, wanted, expected) => {
  expect(planRanges(regions(wanted))).toEqual(regions(expected));
});

it('covers every wanted byte once, bounded in gaps, length and waste', () => {
  const region = fc.record({ offset: fc.integer({ min: 0, max: 5000 }), length: fc.integer({ min: 0, max: 400 }) });
  const check = (wanted: { offset: number; length: number }[]) => {
    const ranges = planRanges(wanted, { maxGapBytes: 50, maxRangeBytes: 300 });
    const owner = new Map<number, number>();
    ranges.forEach(({ offset, length }, i) => {
      expect(length).toBeGreaterThan(0);
      expect(length).toBeLessThanOrEqual(300);
      for (let at = offset; at < offset + length; at++) {
        expect(owner.has(at)).toBe(false);
        owner.set(at, i);
      }
    });
    const needed = new Set<number>();
    for (const { offset, length } of wanted) for (let i = 0; i < length; i++) needed.add(offset + i);
    for (const at of needed) expect(owner.has(at)).toBe(true);
    let gap = 0;
    for (const at of [...owner.keys()].sort((a, b) => a - b)) {
      gap = needed.has(at) ? 0 : gap + 1;
      expect(gap).toBeLessThanOrEqual(50);
    }
    expect(ranges).toEqual(planRanges([...wanted].reverse(), { maxGapBytes: 50, maxRangeBytes: 300 }));
  };
  fc.assert(fc.property(fc.array(region, { maxLength: 12 }), check), { seed: 7, numRuns: 100 });
});

describe('planRowGroup', () => {
  const plan = async (bytes: Uint8Array, columns: readonly (number | null)[], rowGroup = 0) => {
    const { footer, etag, size } = await readFooter(new CountingStore(bytes), LOCATION);
    return planRowGroup({ footer, uri: 's3://b/k', etag, size, rowGroup, columns });
  };
  const column = (name: string, more: Partial<PlainColumn> = {}): PlainColumn => ({
    name,
    physicalType: 'INT32',
    values: [int32(1), int32(2)],
    ...more,
  });

  it('declares all that a worker needs', async () => {
    const file = plainFile([
      column('a', { required: true }),
      column('b', { physicalType: 'BYTE_ARRAY', values: [byteArray('x'), null] }),
    ]);
    expect(await plan(file, [1, null])).toEqual({
      uri: 's3://b/k',
      etag: '"v1"',
      fileSize: file.length,
      rowGroup: 0,
      rows: 2,
      chunks: [
        {
          path: ['b'],
          physicalType: 'BYTE_ARRAY',
          type: { kind: 'blob' },
          optional: true,
          codec: 'UNCOMPRESSED',
          offset: 29,
          length: 28,
          uncompressedLength: 28,
          dataPageOffset: 29,
          values: 2,
          encodings: ['PLAIN'],
        },
        null,
      ],
      ranges: [{ offset: 29, length: 28 }],
    });
  });

  it('reads nothing of a row group without rows, and nothing for columns it lacks', async () => {
    const empty = plainFile([column('a', { values: [] })]);
    expect((await plan(empty, [0])).ranges).toEqual([]);
    expect((await plan(plainFile([column('a')]), [null, null])).ranges).toEqual([]);
  });

  it('reads a column asked for twice once', async () => {
    const input = await plan(plainFile([column('a')]), [0, 0]);
    expect(input.chunks[0]).toEqual(input.chunks[1]);
    expect(input.ranges).toHaveLength(1);
  });

  it('begins a chunk at its dictionary page', async () => {
    const golden = readFileSync(join(import.meta.dirname, '../../datasets/golden/types-snappy.parquet'));
    const { footer, etag, size } = await readFooter(new CountingStore(new Uint8Array(golden)), LOCATION);
    const dictionary = footer.schema.findIndex(({ name }) => name === 'dictionary');
    const { chunks } = planRowGroup({ footer, uri: 's3://b/k', etag, size, rowGroup: 0, columns: [dictionary] });
    const [chunk] = chunks;
    if (!chunk || 'nested' in chunk || 'constant' in chunk) throw new Error('a chunk is missing');
    expect(chunk.dictionaryPageOffset).toBe(chunk.offset);
    expect(chunk.dataPageOffset).toBeGreaterThan(chunk.offset);
  });

  it.each<[string, readonly PlainColumn[], string, string]>([
    [
      'a codec',
      [column('a', { metaData: { 4: { i32: 3 } } })],
      'SQ2304',
      's3://b/k: column "a" is compressed with LZO',
    ],
    [
      'a decimal too wide',
      [column('a', { physicalType: 'BYTE_ARRAY', annotation: { 6: { i32: 5 }, 7: { i32: 2 }, 8: { i32: 76 } } })],
      'SQ2303',
      's3://b/k: column "a" cannot be read: decimal(76,2) has more than 38 digits',
    ],
    [
      'chunks that share bytes',
      [column('a'), column('b', { metaData: { 9: { i64: 10 } } })],
      'SQ3104',
      's3://b/k: columns "a" and "b" of row group 0 share bytes',
    ],
  ])('refuses %s', async (_what, columns, code, message) => {
    const all = columns.map((_, i) => i);
    await expect(plan(plainFile(columns), all)).rejects.toMatchObject({ code, message });
  });

  it('takes all chunks of nested columns', async () => {
    const golden = readFileSync(join(import.meta.dirname, '../../datasets/golden/nested.parquet'));
    const { chunks, ranges } = await plan(new Uint8Array(golden), [1, 3]);
    const leaves = chunks.flatMap((column) => (column && 'nested' in column ? nestedLeaves(column.nested) : []));
    expect(leaves.map(({ path, levels }) => [path.join('.'), levels])).toEqual([
      ['list.list.element', { definition: 3, repetition: 1 }],
      ['map.key_value.key', { definition: 2, repetition: 1 }],
      ['map.key_value.value', { definition: 3, repetition: 1 }],
    ]);
    for (const { offset, length } of leaves) {
      expect(ranges.some((range) => range.offset <= offset && offset + length <= range.offset + range.length)).toBe(
        true,
      );
    }
  });
});
