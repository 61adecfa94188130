import { describe, expect, it } from 'vitest';
import { Oracle } from '../../../test/oracle/duckdb.ts';
import { DATE, DOUBLE, INTEGER, type SqlType, TIMESTAMP, VARCHAR, type Value } from '../../common/types.ts';
import { valueKey } from '../value-key.ts';
import { comparator } from './compare-values.ts';
import { valueText } from './value-text.ts';

const list = (element: SqlType): SqlType => ({ kind: 'list', element });
const struct = (fields: Record<string, SqlType>): SqlType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type, nullable: true })),
});

const TEXTS = [
  '',
  'a',
  'NULL',
  'null',
  'd e',
  ' lead',
  'trail\t',
  "it's",
  'b\\c',
  'b\\,c',
  '"',
  ...'()[]{}:=,;',
  'ß🦆',
];
const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

describe('the text of nested values is what DuckDB writes', () => {
  const cases: readonly (readonly [SqlType, Value, string])[] = [
    [list(VARCHAR), [...TEXTS, null], `[${[...TEXTS.map(quote), 'NULL'].join(', ')}]`],
    [list(VARCHAR), [], '[]::varchar[]'],
    [list(list(INTEGER)), [[1, null], null, []], '[[1, NULL], NULL, []]'],
    [list(DATE), [0], "[DATE '1970-01-01']"],
    [list(TIMESTAMP), [0n, null], "[TIMESTAMP '1970-01-01 00:00:00', NULL]"],
    [
      struct({ a: INTEGER, "it's": VARCHAR, 'x y': list(VARCHAR) }),
      [1, 'b c', ['d,']],
      `{'a': 1, "it's": 'b c', "x y": ['d,']}`,
    ],
    [struct({ a: INTEGER }), [null], "{'a': NULL::integer}"],
    [
      { kind: 'map', key: VARCHAR, value: struct({ n: INTEGER }) },
      [
        ['', [1]],
        ['k=', null],
      ],
      "map {'': {'n': 1}, 'k=': NULL}",
    ],
  ];

  it('case by case', async () => {
    const oracle = await Oracle.open();
    const [row] = await oracle.rows(`SELECT ${cases.map(([, , sql]) => `(${sql})::varchar`).join(', ')}`);
    expect(cases.map(([type, value]) => valueText(type)(value))).toEqual(row);
  });
});

describe('the order of nested values', () => {
  const ordered: readonly (readonly [SqlType, readonly Value[]])[] = [
    [list(INTEGER), [[], [1], [1, 1], [1, 1, 1], [1, 2], [1, null], [2], [null]]],
    [list(DOUBLE), [[-1], [0], [Number.POSITIVE_INFINITY], [Number.NaN], [null]]],
    [
      struct({ a: INTEGER, b: VARCHAR }),
      [
        [1, 'a'],
        [1, 'b'],
        [1, null],
        [2, ''],
        [null, 'a'],
        [null, null],
      ],
    ],
    [
      { kind: 'map', key: INTEGER, value: INTEGER },
      [
        [],
        [[1, 1]],
        [
          [1, 1],
          [2, 1],
        ],
        [[1, null]],
        [[2, 0]],
      ],
    ],
  ];

  it.each(ordered)('%o', (type, values) => {
    const compare = comparator(type);
    const key = valueKey(type);
    values.forEach((a, i) => {
      values.forEach((b, j) => {
        expect(Math.sign(compare(a, b))).toBe(Math.sign(i - j));
        expect(key(a) === key(b)).toBe(i === j);
      });
    });
  });

  it('takes -0 for 0, and a text NULL for no NULL', () => {
    expect(comparator(list(DOUBLE))([-0], [0])).toBe(0);
    expect(valueKey(list(DOUBLE))([-0])).toBe(valueKey(list(DOUBLE))([0]));
    expect(valueKey(struct({ a: VARCHAR }))(['null'])).not.toBe(valueKey(struct({ a: VARCHAR }))([null]));
    expect(valueKey(list(VARCHAR))(['a', 'b'])).not.toBe(valueKey(list(VARCHAR))(['a1:b']));
  });
});
