import { afterEach, expect, it, vi } from 'vitest';
import { parse } from './parse.ts';
import { TokenList } from './token-list.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

/** How often parsing looks at a token. */
async function steps(sql: string): Promise<number> {
  const at = vi.spyOn(TokenList.prototype, 'at');
  const partner = vi.spyOn(TokenList.prototype, 'partner');
  await parse(sql);
  const count = at.mock.calls.length + partner.mock.calls.length;
  vi.restoreAllMocks();
  return count;
}

const repeated = (n: number, item: (i: number) => string, separator = ', ') =>
  Array.from({ length: n }, (_, i) => item(i)).join(separator);
const nested = (n: number, open: string, inner: string, close: string) => open.repeat(n) + inner + close.repeat(n);

it.each<[string, number, (n: number) => string]>([
  ['IN list', 500, (n) => `SELECT A FROM t WHERE A IN (${repeated(n, String)})`],
  ['rows of VALUES', 500, (n) => `VALUES ${repeated(n, (i) => `(${i}, 'x')`)}`],
  ['OR', 500, (n) => `SELECT a FROM t WHERE ${repeated(n, (i) => `a = ${i}`, ' OR ')}`],
  ['select list', 500, (n) => `SELECT ${repeated(n, () => 'a AS Value')}`],
  ['parameters', 500, (n) => `SELECT ${repeated(n, (i) => `:p${i}`)}`],
  ['list literals', 500, (n) => `SELECT [${repeated(n, () => '[1]')}]`],
  ['statements', 200, (n) => repeated(n, () => 'SELECT 1', ';')],
  ['WITH', 500, (n) => `WITH ${repeated(n, (i) => `c${i} AS (SELECT 1)`)} SELECT 1`],
  ['joins', 100, (n) => `SELECT 1 FROM t ${repeated(n, (i) => `JOIN u${i} ON a = b`, ' ')}`],
  ['queries in FROM', 100, (n) => nested(n, 'SELECT a FROM (', 'SELECT 1', ') q')],
  ['queries that start with FROM', 100, (n) => nested(n, 'FROM (', 'FROM t', ' SELECT a) q')],
])('%s: twice the length takes twice the steps', async (_, n, text) => {
  const [once, twice] = [await steps(text(n)), await steps(text(2 * n))];
  expect(twice / once).toBeLessThan(2.2);
});

it('reads an IN list of 100,000 items', async () => {
  const [statement] = await parse(`SELECT a FROM t WHERE a IN (${repeated(100_000, String)})`);
  const where = statement?.kind === 'select' && statement.query.body.kind === 'select' && statement.query.body.where;
  expect(where && where.kind === 'inList' && where.list.length).toBe(100_000);
});

it('reads 20,000 rows of VALUES', async () => {
  const [statement] = await parse(`VALUES ${repeated(20_000, (i) => `(${i}, ${i}, ${i})`)}`);
  expect(
    statement?.kind === 'select' && statement.query.body.kind === 'values' && statement.query.body.rows.length,
  ).toBe(20_000);
});
