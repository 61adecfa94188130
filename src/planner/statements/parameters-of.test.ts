import { expect, it } from 'vitest';
import { parametersOf } from './parameters-of.ts';

it.each([
  ['select 1', []],
  ['select $2, $1, $1', ['2', '1']],
  ['select ?, ?', ['1', '2']],
  ['select :day from t where d = $day and x in (select y from u where z = :z) limit :n', ['day', 'z', 'n']],
  ['select \':a\', ":b", x::integer -- :c', []],
  ['create view v as select $1; select :x', ['1', 'x']],
])('%s', async (sql, names) => {
  expect((await parametersOf(sql)).toSorted()).toEqual(names.toSorted());
});

it('refuses what is no SQL', async () => {
  await expect(parametersOf('select from from')).rejects.toThrow(/^unexpected/);
});
