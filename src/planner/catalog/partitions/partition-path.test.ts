import { expect, it } from 'vitest';
import { pathPartitions } from './partition-path.ts';

const texts = (key: string) => pathPartitions(key).map(({ name, text }) => [name, text]);

it('reads the folders of a key, not the name of the file', () => {
  expect(texts('t/year=2024/month=01/x=y.parquet')).toEqual([
    ['year', '2024'],
    ['month', '01'],
  ]);
  expect(texts('x.parquet')).toEqual([]);
  expect(texts('')).toEqual([]);
  expect(texts('a=/x')).toEqual([['a', '']]);
});

it('takes a folder with no name, or with two signs, for a mere name', () => {
  expect(texts('=c/a=b=c/==/x')).toEqual([]);
});

it('reads what Hive and DuckDB write for NULL', () => {
  expect(texts('a=__HIVE_DEFAULT_PARTITION__/b=NULL/c=null/d=nullable/x')).toEqual([
    ['a', null],
    ['b', null],
    ['c', null],
    ['d', 'nullable'],
  ]);
});

it('decodes the percent signs of values that stand for UTF-8, and leaves the others', () => {
  expect(texts('a=b%20c%2Fd%3Ae/x')).toEqual([['a', 'b c/d:e']]);
  expect(texts('a=%E2%82%AC%e2%82%ac/x')).toEqual([['a', '€€']]);
  expect(texts('a=100%25/b=%zz/c=%E2%82/d=%/e=a+b/x')).toEqual([
    ['a', '100%'],
    ['b', '%zz'],
    ['c', '%E2%82'],
    ['d', '%'],
    ['e', 'a+b'],
  ]);
  expect(texts('a%20b=c/x')).toEqual([['a%20b', 'c']]);
});
