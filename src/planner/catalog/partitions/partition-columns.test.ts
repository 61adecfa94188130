import { describe, expect, it } from 'vitest';
import { DATE, type Field, INTEGER, type SqlType, typeName } from '../../../common/types.ts';
import { type PartitionOptions, partitionColumns } from './partition-columns.ts';

const files = (...keys: string[]) => keys.map((key) => ({ uri: `s3://b/${key}`, key }));

function columnsOf(keys: readonly string[], declared: readonly Field[] | null = null, options?: PartitionOptions) {
  const { columns, values } = partitionColumns(files(...keys), declared, options);
  return [columns.map(({ name, type, nullable }) => `${name} ${typeName(type)}${nullable ? '' : ' not null'}`), values];
}

const refusal = (keys: readonly string[], declared: readonly Field[] | null = null, options?: PartitionOptions) => {
  try {
    columnsOf(keys, declared, options);
  } catch (error) {
    return error;
  }
  return expect.unreachable('it was read');
};

const typeOf = (...texts: string[]) => columnsOf(texts.map((text) => `k=${text}/x`))[0];

describe('the columns of folders', () => {
  it('are ordered by name, and have a value for each file', () => {
    expect(columnsOf(['t/year=2024/m=01/x', 't/year=2023/m=12/y', 't/m=01/year=2023/z'])).toEqual([
      ['m varchar not null', 'year bigint not null'],
      [
        ['01', 2024n],
        ['12', 2023n],
        ['01', 2023n],
      ],
    ]);
  });

  it('are looked at once for each folder', () => {
    const { values } = partitionColumns(files('y=1/a', 'y=2/a', 'y=1/b', 'y=1/z/a'), null);
    expect(values).toEqual([[1n], [2n], [1n], [1n]]);
    expect([values[0] === values[2], values[0] === values[3]]).toEqual([true, false]);
  });

  it('are those that all files have, without regard to case', () => {
    expect(columnsOf(['Y=1/x', 'y=2/x'])).toEqual([['Y bigint not null'], [[1n], [2n]]]);
    expect(columnsOf(['y=1/x', 'z=1/x'])).toEqual([[], []]);
    expect(columnsOf(['y=1/x', 'x'])).toEqual([[], []]);
    expect(columnsOf([])).toEqual([[], []]);
    expect(columnsOf(['y=1/x'], null, { hivePartitioning: false })).toEqual([[], []]);
  });

  it('have the type that every value is written in', () => {
    expect(typeOf('2024', '-5', '0', 'NULL')).toEqual(['k bigint']);
    expect(typeOf('2024-01-31', '2024-2-1')).toEqual(['k date not null']);
    expect(typeOf('2024-01-31 10%3A00%3A00', '2024-01-31T10:00')).toEqual(['k timestamp not null']);
    expect(typeOf('9223372036854775807', '-9223372036854775808')).toEqual(['k bigint not null']);
    expect(typeOf('NULL')).toEqual(['k varchar']);
  });

  it.each([
    [['01', '12']],
    [['+5']],
    [['-0']],
    [['1.5']],
    [['1e3']],
    [['']],
    [['true']],
    [['9223372036854775808']],
    [['2024-13-01']],
    [['2024-02-30']],
    [['2024-01-01 25:00']],
    [['2024-01-01 10:00Z']],
    [['2024', '2024-01-01']],
    [['2024-01-01', '2024-01-01 10:00']],
  ])('are texts for %j', (texts) => {
    expect(typeOf(...texts)).toEqual(['k varchar not null']);
  });

  it('are texts when nobody is to look', () => {
    const { columns, values } = partitionColumns(files('k=5/x'), null, { hiveTypesAutocast: false });
    expect([columns.map(({ type }) => type.kind), values]).toEqual([['varchar'], [['5']]]);
  });

  const field = (name: string, type: SqlType): Field => ({ name, type, nullable: false });

  it('have the types of a declared schema, when it has them', () => {
    expect(columnsOf(['y=2024/d=2024-01-01/x'], [field('Y', INTEGER), field('n', INTEGER)])).toEqual([
      ['Y integer not null'],
      [[2024]],
    ]);
  });

  it('are refused with a value that is none of the declared type', () => {
    expect(refusal(['d=2024-01-01/x', 'd=foo/x'], [field('d', DATE)])).toMatchObject({
      code: 'SQ1116',
      message: `s3://b/d=foo/x lies in a folder of "d" whose value 'foo' is no date`,
    });
    expect(refusal(['d=1/x'], [field('d', { kind: 'list', element: INTEGER })])).toMatchObject({
      code: 'SQ1116',
      message: `s3://b/d=1/x lies in a folder of "d" whose value '1' is no integer[]`,
    });
  });

  it('are refused when a path has one twice', () => {
    expect(refusal(['y=1/Y=2/x'])).toMatchObject({
      code: 'SQ1116',
      message: 's3://b/y=1/Y=2/x lies in two folders of "Y"',
    });
    expect(columnsOf(['y=1/Y=2/x'], null, { hivePartitioning: false })).toEqual([[], []]);
  });

  it('are refused when files have to agree and do not', () => {
    expect(refusal(['y=1/m=2/x', 'z=1/x'], null, { hivePartitioning: true })).toMatchObject({
      code: 'SQ1116',
      message: 's3://b/y=1/m=2/x lies in folders of "y", "m", but s3://b/z=1/x in folders of "z"',
    });
    expect(refusal(['y=1/x', 'x'], null, { hivePartitioning: true })).toMatchObject({
      code: 'SQ1116',
      message: 's3://b/y=1/x lies in folders of "y", but s3://b/x in folders of no partition',
    });
    expect(columnsOf(['x', 'y'], null, { hivePartitioning: true })).toEqual([[], [[], []]]);
  });
});
