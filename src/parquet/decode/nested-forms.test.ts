import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { typeName, type Value } from '../../common/types.ts';
import { hybrid, prefixed } from '../fixtures/encode.ts';
import { nestedFile, type PagedLeaf } from '../fixtures/paged-file.ts';
import { int32 } from '../fixtures/plain-file.ts';
import { readColumn } from '../fixtures/read-morsels.ts';
import type { ThriftStruct } from '../thrift/compact-writer.ts';

const REQUIRED = 0;
const OPTIONAL = 1;
const REPEATED = 2;
const LIST = { 6: { i32: 3 } };
const MAP = { 6: { i32: 1 } };
const group = (name: string, repetition: number, children: number, annotation: ThriftStruct = {}): ThriftStruct => ({
  3: { i32: repetition },
  4: { binary: name },
  5: { i32: children },
  ...annotation,
});
const leaf = (name: string, repetition: number): ThriftStruct => ({
  1: { i32: 1 },
  3: { i32: repetition },
  4: { binary: name },
});

/** Definition and repetition level of every entry, and the values of those that have one; a page for every part. */
interface Entries {
  readonly path: readonly string[];
  readonly highest: readonly [definition: number, repetition: number];
  readonly parts: readonly (readonly (readonly [definition: number, repetition: number, value?: number])[])[];
}

function leafOf({ path, highest, parts }: Entries, second: boolean): PagedLeaf {
  const random = seededRandom(4);
  const levels = (values: readonly number[], most: number) => {
    if (most === 0) return new Uint8Array();
    const bytes = hybrid(values, 32 - Math.clz32(most), random);
    return second ? bytes : prefixed(bytes);
  };
  return {
    path,
    physicalType: 'INT32',
    pages: parts.map((entries) => ({
      kind: second ? 'data_v2' : 'data',
      values: entries.length,
      encoding: 'PLAIN',
      levels: levels(
        entries.map(([definition]) => definition),
        highest[0],
      ),
      repetitions: levels(
        entries.map(([, repetition]) => repetition),
        highest[1],
      ),
      body: Buffer.concat(entries.flatMap(([, , value]) => (value === undefined ? [] : [int32(value)]))),
    })),
  };
}

type Form = readonly [
  name: string,
  elements: readonly ThriftStruct[],
  type: string,
  leaves: readonly Entries[],
  rows: readonly Value[],
];

const FORMS: readonly Form[] = [
  [
    'a field that repeats',
    [leaf('a', REPEATED)],
    'integer[]',
    [
      {
        path: ['a'],
        highest: [1, 1],
        parts: [
          [
            [1, 0, 1],
            [1, 1, 2],
            [0, 0],
          ],
          [[1, 0, 3]],
        ],
      },
    ],
    [[1, 2], [], [3]],
  ],
  [
    'a list of three levels',
    [group('a', OPTIONAL, 1, LIST), group('list', REPEATED, 1), leaf('element', OPTIONAL)],
    'integer[]',
    [
      {
        path: ['a', 'list', 'element'],
        highest: [3, 1],
        parts: [
          [
            [3, 0, 1],
            [2, 1],
          ],
          [
            [0, 0],
            [1, 0],
          ],
          [[3, 0, 4]],
        ],
      },
    ],
    [[1, null], null, [], [4]],
  ],
  [
    'a row that continues on the next page',
    [group('a', OPTIONAL, 1, LIST), group('list', REPEATED, 1), leaf('element', OPTIONAL)],
    'integer[]',
    [
      {
        path: ['a', 'list', 'element'],
        highest: [3, 1],
        parts: [
          [[3, 0, 1]],
          [
            [3, 1, 2],
            [3, 0, 3],
          ],
        ],
      },
    ],
    [[1, 2], [3]],
  ],
  [
    'a list of two levels',
    [group('a', OPTIONAL, 1, LIST), leaf('element', REPEATED)],
    'integer[]',
    [
      {
        path: ['a', 'element'],
        highest: [2, 1],
        parts: [
          [
            [2, 0, 1],
            [2, 1, 2],
            [1, 0],
            [0, 0],
          ],
        ],
      },
    ],
    [[1, 2], [], null],
  ],
  [
    'a list of structs called array',
    [group('a', REQUIRED, 1, LIST), group('array', REPEATED, 1), leaf('x', REQUIRED)],
    'struct(x integer)[]',
    [
      {
        path: ['a', 'array', 'x'],
        highest: [1, 1],
        parts: [
          [
            [1, 0, 1],
            [1, 1, 2],
            [0, 0],
          ],
        ],
      },
    ],
    [[[1], [2]], []],
  ],
  [
    'a list of tuples',
    [group('a', REQUIRED, 1, LIST), group('a_tuple', REPEATED, 1), leaf('x', OPTIONAL)],
    'struct(x integer)[]',
    [
      {
        path: ['a', 'a_tuple', 'x'],
        highest: [2, 1],
        parts: [
          [
            [2, 0, 1],
            [1, 1],
          ],
        ],
      },
    ],
    [[[1], [null]]],
  ],
  [
    'a list of structs of two fields',
    [group('a', OPTIONAL, 1, LIST), group('element', REPEATED, 2), leaf('x', REQUIRED), leaf('y', OPTIONAL)],
    'struct(x integer, y integer)[]',
    [
      {
        path: ['a', 'element', 'x'],
        highest: [2, 1],
        parts: [
          [
            [2, 0, 1],
            [2, 1, 2],
            [0, 0],
          ],
        ],
      },
      {
        path: ['a', 'element', 'y'],
        highest: [3, 1],
        parts: [
          [[3, 0, 5]],
          [
            [2, 1],
            [0, 0],
          ],
        ],
      },
    ],
    [
      [
        [1, 5],
        [2, null],
      ],
      null,
    ],
  ],
  [
    'a struct of structs',
    [group('a', OPTIONAL, 1), group('b', OPTIONAL, 2), leaf('x', REQUIRED), leaf('y', OPTIONAL)],
    'struct(b struct(x integer, y integer))',
    [
      {
        path: ['a', 'b', 'x'],
        highest: [2, 0],
        parts: [
          [
            [2, 0, 1],
            [1, 0],
            [0, 0],
            [2, 0, 2],
          ],
        ],
      },
      {
        path: ['a', 'b', 'y'],
        highest: [3, 0],
        parts: [
          [
            [3, 0, 7],
            [1, 0],
            [0, 0],
            [2, 0],
          ],
        ],
      },
    ],
    [[[1, 7]], [null], null, [[2, null]]],
  ],
  [
    'a struct without nulls',
    [group('a', REQUIRED, 1), leaf('x', REQUIRED)],
    'struct(x integer)',
    [
      {
        path: ['a', 'x'],
        highest: [0, 0],
        parts: [
          [
            [0, 0, 1],
            [0, 0, 2],
          ],
        ],
      },
    ],
    [[1], [2]],
  ],
  [
    'a map',
    [group('a', OPTIONAL, 1, MAP), group('entries', REPEATED, 2), leaf('k', REQUIRED), leaf('v', OPTIONAL)],
    'map(integer, integer)',
    [
      {
        path: ['a', 'entries', 'k'],
        highest: [2, 1],
        parts: [
          [
            [2, 0, 1],
            [2, 1, 2],
            [1, 0],
            [0, 0],
          ],
        ],
      },
      {
        path: ['a', 'entries', 'v'],
        highest: [3, 1],
        parts: [
          [
            [3, 0, 8],
            [2, 1],
            [1, 0],
            [0, 0],
          ],
        ],
      },
    ],
    [
      [
        [1, 8],
        [2, null],
      ],
      [],
      null,
    ],
  ],
  [
    'lists in a field that repeats',
    [group('a', REPEATED, 1), leaf('x', REPEATED)],
    'struct(x integer[])[]',
    [
      {
        path: ['a', 'x'],
        highest: [2, 2],
        parts: [
          [
            [2, 0, 1],
            [2, 2, 2],
            [1, 1],
            [2, 1, 3],
            [0, 0],
          ],
        ],
      },
    ],
    [[[[1, 2]], [[]], [[3]]], []],
  ],
];

describe('forms of nested columns', () => {
  it.each(FORMS)('%s', async (_name, elements, type, leaves, rows) => {
    for (const second of [false, true]) {
      const file = nestedFile(
        elements,
        leaves.map((entries) => leafOf(entries, second)),
        rows.length,
      );
      const types: string[] = [];
      const seen = (vector: { type: Parameters<typeof typeName>[0] }) => types.push(typeName(vector.type));
      for (const morselRows of [1, 2, 32768]) expect(await readColumn(file, { morselRows, seen })).toEqual(rows);
      expect([...new Set(types)]).toEqual([type]);
    }
  });
});

describe('levels that cannot be', () => {
  const ELEMENTS = [group('a', OPTIONAL, 1, LIST), group('list', REPEATED, 1), leaf('element', OPTIONAL)];
  const list = (...entries: Entries['parts'][number]): Entries => ({
    path: ['a', 'list', 'element'],
    highest: [3, 1],
    parts: [entries],
  });
  const where = 'f: column "a.list.element" of row group 0';

  it.each<[string, Entries, number, string, string]>([
    [
      'a first entry that goes on',
      list([3, 1, 1], [3, 0, 2]),
      1,
      'SQ3105',
      'cannot be decoded: its lists go on where they cannot',
    ],
    [
      'an empty list that goes on',
      list([1, 0], [3, 1, 2]),
      1,
      'SQ3105',
      'cannot be decoded: its lists go on where they cannot',
    ],
    [
      'an entry that is no entry',
      list([3, 0, 1], [1, 1]),
      1,
      'SQ3105',
      'cannot be decoded: its lists go on where they cannot',
    ],
    ['fewer rows', list([3, 0, 1], [3, 1, 2]), 2, 'SQ3106', 'has 1 rows, not 2'],
    ['more rows', list([3, 0, 1], [3, 0, 2]), 1, 'SQ3106', 'has 2 rows, not 1'],
  ])('%s', async (_what, entries, rows, code, why) => {
    const file = nestedFile(ELEMENTS, [leafOf(entries, false)], rows);
    await expect(readColumn(file)).rejects.toMatchObject({ name: 'ExecutionError', code, message: `${where} ${why}` });
  });

  it.each<[string, Entries['parts'][number], Entries['parts'][number]]>([
    [
      'lists of other lengths',
      [
        [2, 0, 1],
        [2, 1, 2],
        [2, 0, 3],
      ],
      [
        [2, 0, 1],
        [2, 0, 2],
        [2, 1, 3],
      ],
    ],
    [
      'lists where the other has none',
      [
        [2, 0, 1],
        [0, 0],
      ],
      [
        [0, 0],
        [2, 0, 1],
      ],
    ],
    [
      'more rows than the other',
      [
        [2, 0, 1],
        [2, 1, 1],
      ],
      [
        [2, 0, 1],
        [2, 0, 1],
      ],
    ],
  ])('fields that contradict each other: %s', async (_what, x, y) => {
    const elements = [group('a', OPTIONAL, 1, LIST), group('e', REPEATED, 2), leaf('x', REQUIRED), leaf('y', REQUIRED)];
    const leaves = [x, y].map(
      (entries, i): Entries => ({ path: ['a', 'e', 'xy'.charAt(i)], highest: [2, 1], parts: [entries] }),
    );
    const file = nestedFile(
      elements,
      leaves.map((entries) => leafOf(entries, false)),
      2,
    );
    await expect(readColumn(file)).rejects.toMatchObject({
      code: 'SQ3105',
      message: 'f: column "a.e.y" of row group 0 cannot be decoded: its levels contradict those of another field',
    });
  });

  it('a level beyond the highest', async () => {
    const elements = [group('a', OPTIONAL, 1, LIST), group('list', REPEATED, 1), leaf('element', REQUIRED)];
    const entries: Entries = { ...list([3, 0, 1]), highest: [2, 1] };
    await expect(readColumn(nestedFile(elements, [leafOf(entries, false)], 1))).rejects.toMatchObject({
      code: 'SQ3105',
      message: `${where} cannot be decoded: the levels of a page are not what they should be`,
    });
  });

  it('levels of nested columns in the encoding that nobody uses any more are not read', async () => {
    const entries = leafOf(list([3, 0, 1]), false);
    const pages = entries.pages.map((page) => ({ ...page, packedLevels: true }));
    await expect(readColumn(nestedFile(ELEMENTS, [{ ...entries, pages }], 1))).rejects.toMatchObject({
      name: 'UnsupportedError',
      code: 'SQ2304',
      message: `${where} has levels in the deprecated encoding BIT_PACKED`,
    });
  });
});
