import { expect, it } from 'vitest';
import { BIGINT, DOUBLE, decimal, type Field, VARCHAR } from '../../src/common/types.ts';
import { differenceFromOfficial } from './official-answer.ts';

const field = (name: string, type: Field['type']): Field => ({ name, type, nullable: true });
const REVENUE = [field('revenue', decimal(38, 4))];
const PRIORITIES = [field('o_orderpriority', VARCHAR), field('order_count', BIGINT)];
const COUNTS = [
  ['1-URGENT', 10594n],
  ['2-HIGH', 10476n],
  ['3-MEDIUM', 10410n],
  ['4-NOT SPECIFIED', 10556n],
  ['5-LOW', 10487n],
];

it('compares at the printed rounding', () => {
  expect(differenceFromOfficial(6, REVENUE, [[1231410782283n]])).toBeNull();
  expect(differenceFromOfficial(6, REVENUE, [[1231410782333n]])).toBeNull();
  expect(differenceFromOfficial(6, REVENUE, [[1231410782351n]])).toBe(
    'row 1, column revenue: 123141078.2351 instead of 123141078.23',
  );
  expect(differenceFromOfficial(6, REVENUE, [[null]])).toBe('row 1, column revenue: NULL instead of 123141078.23');
});

it('compares rows, columns and texts', () => {
  expect(differenceFromOfficial(4, PRIORITIES, COUNTS)).toBeNull();
  expect(differenceFromOfficial(4, PRIORITIES, COUNTS.slice(1))).toBe('4 rows instead of 5');
  expect(differenceFromOfficial(4, PRIORITIES, COUNTS.toReversed())).toBe(
    'row 1, column o_orderpriority: 5-LOW instead of 1-URGENT',
  );
  expect(
    differenceFromOfficial(
      4,
      PRIORITIES.slice(1),
      COUNTS.map(([, count]) => [count!]),
    ),
  ).toBe('1 columns instead of 2');
});

it('knows the published value of query 17 for what it is', () => {
  const average = [field('avg_yearly', DOUBLE)];
  expect(differenceFromOfficial(17, average, [[2438842.38 / 7]])).toBeNull();
  expect(differenceFromOfficial(17, average, [[348406.02]])).toBe(
    'row 1, column avg_yearly: 348406.02 instead of 348406.05',
  );
});
