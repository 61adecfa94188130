import { expect, it } from 'vitest';
import { BOOLEAN, INTEGER, VARCHAR, type Value } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../expr/expr.ts';
import { testContext } from '../expr/generate/fixtures/differential.ts';
import { morselStream, readMorsels } from '../fixtures/morsels.ts';
import type { FilterPlan } from '../plan.ts';
import { executeFilter } from './execute-filter.ts';

const COLUMNS: readonly Column[] = [
  { id: 1 as ColumnId, name: 'n', type: INTEGER, nullable: true },
  { id: 2 as ColumnId, name: 't', type: VARCHAR, nullable: true },
];
const [n, t] = COLUMNS.map(({ id, name, type }): Expr => ({ kind: 'column', id, name, type })) as [Expr, Expr];
const literal = (value: Value, type: Expr['type']): Expr => ({ kind: 'literal', value, type });
const call = (name: string, ...args: Expr[]): Expr => ({ kind: 'call', function: name, args, type: BOOLEAN });

const planOf = (predicate: Expr): FilterPlan => ({
  kind: 'filter',
  columns: COLUMNS,
  predicate,
  input: { kind: 'values', columns: COLUMNS, rows: [] },
});

const ROWS: readonly (readonly Value[])[] = Array.from({ length: 100 }, (_, i) => [
  i % 10 === 9 ? null : i,
  i % 7 === 3 ? null : `text ${i % 5}`,
]);
const TYPES = COLUMNS.map(({ type }) => type);

it.each([false, true])('keeps the rows whose predicate is true, with text as dictionary: %s', async (dictionary) => {
  const context = testContext();
  const predicate: Expr = {
    kind: 'and',
    args: [call('>=', n, literal(20, INTEGER)), call('like', t, literal('%2', VARCHAR))],
    type: BOOLEAN,
  };
  const input = morselStream(context.memory, TYPES, ROWS, {
    morselRows: 30,
    selected: (row) => row % 3 !== 0,
    ...(dictionary && { dictionary: [1] }),
  });
  const found = await readMorsels(context.memory, executeFilter(planOf(predicate), input, context), 2);
  const wanted = ROWS.filter(
    ([number, text], row) => row % 3 !== 0 && number !== null && Number(number) >= 20 && text === 'text 2',
  );
  expect(found).toEqual(wanted);
  expect(found.length).toBeGreaterThan(3);
  expect(context.memory.used).toBe(0);
});

it('passes on no empty morsel and frees its memory when its reader stops', async () => {
  const context = testContext();
  const plan = planOf(call('>=', n, literal(50, INTEGER)));
  const stream = executeFilter(plan, morselStream(context.memory, TYPES, ROWS, { morselRows: 10 }), context);
  const first = await stream.next();
  expect(first.value?.selection?.count).toBe(9);
  await stream.return(undefined);
  expect(context.memory.used).toBe(0);
});

it('frees its memory when the predicate raises', async () => {
  const context = testContext();
  const quotient: Expr = { kind: 'call', function: '/', args: [literal(1, INTEGER), n], type: INTEGER };
  const plan = planOf(call('=', quotient, literal(0, INTEGER)));
  const run = readMorsels(context.memory, executeFilter(plan, morselStream(context.memory, TYPES, ROWS), context), 2);
  await expect(run).rejects.toThrow('division by zero');
  expect(context.memory.used).toBe(0);
});

it('compares one column with several literals at once, in one generated function', async () => {
  const titles: string[] = [];
  const context = testContext();
  const between = [call('>=', n, literal(20, INTEGER)), call('<', n, literal(60, INTEGER))];
  const odd = call('<>', n, literal(33, INTEGER));
  const text = call('<>', t, literal('text 2', VARCHAR));
  const predicate: Expr = { kind: 'and', args: [...between, odd, text], type: BOOLEAN };
  const input = morselStream(context.memory, TYPES, ROWS, { morselRows: 100, selected: (row) => row % 2 === 1 });
  const counting = { ...context, onModule: ({ title }: { readonly title: string }) => titles.push(title) };
  const found = await readMorsels(context.memory, executeFilter(planOf(predicate), input, counting), 2);
  const wanted = ROWS.filter(([number, value], row) => {
    if (row % 2 === 0 || number === null || value === null) return false;
    return Number(number) >= 20 && Number(number) < 60 && number !== 33 && value !== 'text 2';
  });
  expect(found).toEqual(wanted);
  expect(titles.length).toBe(2);
});
