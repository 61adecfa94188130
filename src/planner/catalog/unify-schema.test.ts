import { expect, it } from 'vitest';
import { BIGINT, BLOB, DATE, DOUBLE, decimal, INTEGER, REAL, type SqlType, VARCHAR } from '../../common/types.ts';
import type { ParquetColumn } from '../../parquet/schema.ts';
import { unifySchema } from './unify-schema.ts';

const column = (name: string, type: SqlType, nullable = false): ParquetColumn => ({
  name,
  type,
  nullable,
  supported: true,
});
const files = (...schemas: ParquetColumn[][]) =>
  schemas.map((columns, i) => ({ uri: `file:///${i}.parquet`, columns }));

it('takes columns by name, in the order of their first appearance', () => {
  const { columns, positions } = unifySchema(
    files(
      [column('a', INTEGER), column('b', VARCHAR)],
      [column('C', DATE), column('B', VARCHAR), column('a', INTEGER)],
    ),
    null,
  );
  expect(columns).toEqual([
    { name: 'a', type: INTEGER, nullable: false },
    { name: 'b', type: VARCHAR, nullable: false },
    { name: 'C', type: DATE, nullable: true },
  ]);
  expect(positions).toEqual([
    [0, 1, null],
    [2, 1, 0],
  ]);
});

it('puts partition columns behind the others, or in the place of one that files have', () => {
  const partitions = [
    { name: 'day', type: DATE, nullable: false },
    { name: 'year', type: BIGINT, nullable: true },
  ];
  const schemas = files([column('Year', VARCHAR), column('n', INTEGER)], [column('n', INTEGER), column('year', BLOB)]);
  const [year, n] = [
    { name: 'Year', type: BIGINT, nullable: true },
    { name: 'n', type: INTEGER, nullable: false },
  ];
  expect(unifySchema(schemas, null, partitions)).toEqual({
    columns: [year, n, partitions[0]],
    positions: [
      [null, 1, null],
      [null, 0, null],
    ],
  });
  expect(unifySchema(schemas, [n], []).positions).toEqual([[1], [0]]);
});

it.each([
  [INTEGER, BIGINT, BIGINT],
  [BIGINT, decimal(10, 2), decimal(21, 2)],
  [decimal(9, 4), decimal(15, 2), decimal(17, 4)],
  [REAL, DOUBLE, DOUBLE],
  [INTEGER, DOUBLE, DOUBLE],
])('widens numbers: %o, %o -> %o', (a, b, wide) => {
  for (const [x, y] of [
    [a, b],
    [b, a],
  ] as const) {
    expect(unifySchema(files([column('n', x)], [column('n', y, true)]), null).columns).toEqual([
      { name: 'n', type: wide, nullable: true },
    ]);
  }
});

it.each([
  [INTEGER, VARCHAR, 'column "n" is integer in file:///0.parquet, but varchar in file:///1.parquet'],
  [BIGINT, DOUBLE, 'column "n" is bigint in file:///0.parquet, but double in file:///1.parquet'],
  [
    decimal(38, 0),
    decimal(38, 2),
    'column "n" is decimal(38,0) in file:///0.parquet, but decimal(38,2) in file:///1.parquet',
  ],
])('names both files when types do not fit: %o, %o', (a, b, message) => {
  expect(() => unifySchema(files([column('n', a)], [column('n', b)]), null)).toThrow(message);
});

it('keeps to a declared schema', () => {
  const declared = [
    { name: 'n', type: BIGINT, nullable: false },
    { name: 'missing', type: DATE, nullable: false },
  ];
  expect(unifySchema(files([column('other', VARCHAR), column('N', INTEGER)]), declared)).toEqual({
    columns: [
      { name: 'n', type: BIGINT, nullable: false },
      { name: 'missing', type: DATE, nullable: true },
    ],
    positions: [[1, null]],
  });
  expect(() => unifySchema(files([column('n', VARCHAR)]), declared)).toThrow(
    'column "n" is bigint in the table\'s definition, but varchar in file:///0.parquet',
  );
});

it('lists columns that cannot be read, with the reason', () => {
  const nested = { ...column('s', VARCHAR), supported: false, reason: 'its type is nested' };
  expect(unifySchema(files([column('s', VARCHAR)], [nested]), null).columns).toEqual([
    { name: 's', type: VARCHAR, nullable: true, unsupported: 'its type is nested' },
  ]);
});

it('refuses two columns of one name', () => {
  expect(() => unifySchema(files([column('a', INTEGER), column('A', INTEGER)]), null)).toThrow(
    'file:///0.parquet has two columns named "A"',
  );
});
