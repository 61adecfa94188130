import { describe, expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { BIGINT, DOUBLE, decimal, INTEGER, VARCHAR } from '../../common/types.ts';
import { ColumnIds } from '../bind/bind-context.ts';
import { formatLogical } from '../logical/format-logical.ts';
import { nodes } from '../logical/rewrite.ts';
import { planQuery } from '../plan-query.ts';
import { aggregatesToWindows } from './aggregates-to-windows.ts';
import { checkQuery } from './fixtures/check-query.ts';
import type { Tables } from './fixtures/evaluate.ts';

const catalog = new FakeCatalog({
  items: {
    schema: [
      field('part', INTEGER),
      field('quantity', decimal(15, 2)),
      field('price', INTEGER),
      field('weight', DOUBLE),
      field('note', VARCHAR),
      field('huge', decimal(38, 0)),
    ],
  },
  parts: { schema: [field('id', INTEGER), field('brand', INTEGER), field('maker', INTEGER)] },
  makers: { schema: [field('id', INTEGER), field('land', INTEGER), field('points', BIGINT)] },
});

/** Rows that a group, a table and a key have twice, and NULLs in all of them. */
const TABLES: Tables = {
  items: [
    [1, 100n, 5, 0.5, 'a', 7n],
    [1, 300n, 7, 1.5, 'b', 8n],
    [1, 300n, null, 2.5, null, 9n],
    [2, 50n, 1, 0.1, 'a', 1n],
    [2, null, 9, 0.2, 'c', 2n],
    [3, null, 4, null, 'd', null],
    [null, 900n, 2, 3.5, 'e', 3n],
    [null, 100n, 8, 4.5, 'f', 4n],
  ],
  parts: [
    [1, 1, 1],
    [1, 1, 2],
    [2, 1, 1],
    [2, 2, null],
    [3, 1, 2],
    [null, 1, 1],
  ],
  makers: [
    [1, 1, 10n],
    [2, 1, -3n],
    [2, 2, null],
    [null, 1, 4n],
  ],
};

const SMALL = 'p.brand = 1 AND p.maker = 1';
const of = (inner: string, where: string, from = 'items i, parts p') =>
  `SELECT i.part, i.quantity, i.price FROM ${from} WHERE p.id = i.part AND ${SMALL} AND ${where} (SELECT ${inner})`;

/** Name, query, windows, readings of tables. */
const CASES: readonly (readonly [string, string, number, number])[] = [
  ['an average by the key', of('0.5 * avg(quantity) FROM items x WHERE x.part = p.id', 'i.quantity <'), 1, 2],
  ['by the key of the table itself', of('avg(quantity) FROM items x WHERE x.part = i.part', 'i.quantity >='), 1, 2],
  ['a minimum', of('min(x.price) FROM items x WHERE x.part = p.id', 'i.price ='), 1, 2],
  ['a column that is read nowhere else', of('max(x.note) FROM items x WHERE x.part = p.id', "'b' ="), 1, 2],
  ['a sum, which double rows would change', of('sum(x.price) FROM items x WHERE x.part = p.id', 'i.price <'), 0, 3],
  ['digits that double rows could exceed', of('avg(x.huge) FROM items x WHERE x.part = p.id', 'i.price <'), 0, 3],
  ['doubles, whose sums have an order', of('avg(x.weight) FROM items x WHERE x.part = p.id', 'i.weight <'), 0, 3],
  ['other rows within', of('avg(quantity) FROM items x WHERE x.part = p.id AND x.price > 1', 'i.quantity <'), 0, 3],
  ['other rows outside', of('avg(quantity) FROM items x WHERE x.part = p.id', 'i.price > 1 AND i.quantity <='), 0, 3],
  [
    'the same rows on both sides',
    of('avg(quantity) FROM items x WHERE x.part = p.id AND x.price > 1', 'i.price > 1 AND i.quantity <='),
    1,
    2,
  ],
  [
    'a condition on the key',
    of('avg(quantity) FROM items x WHERE x.part = p.id', 'i.part > 1 AND i.quantity <='),
    1,
    2,
  ],
  ['another key', of('avg(quantity) FROM items x WHERE x.price = p.id', 'i.quantity <='), 0, 3],
  ['distinct values', of('count(DISTINCT price) FROM items x WHERE x.part = p.id', 'i.price >'), 0, 3],
  [
    'a join on both sides',
    `SELECT i.part FROM items i, parts p, makers m WHERE p.id = i.part AND ${SMALL} AND m.id = i.price AND m.land = 1
     AND i.quantity = (SELECT min(x.quantity) FROM items x, makers y WHERE x.part = p.id AND y.id = x.price AND y.land = 1)`,
    1,
    3,
  ],
  [
    'a join that the aggregation does not know',
    `SELECT i.part FROM items i, parts p, makers m WHERE p.id = i.part AND ${SMALL} AND m.id = i.price
     AND i.quantity = (SELECT min(x.quantity) FROM items x WHERE x.part = p.id)`,
    1,
    3,
  ],
  [
    'an average of all, of fewer rows',
    "SELECT part FROM items WHERE note = 'a' AND quantity > (SELECT avg(quantity) FROM items WHERE note = 'a' AND price > 1)",
    1,
    1,
  ],
  [
    'an average of all, of more rows',
    "SELECT part FROM items WHERE note = 'a' AND price > 1 AND quantity <= (SELECT avg(quantity) FROM items WHERE note = 'a')",
    0,
    2,
  ],
  [
    'nothing at all',
    "SELECT part FROM items WHERE note = 'z' AND quantity > (SELECT count(*) FROM items WHERE note = 'z')",
    1,
    1,
  ],
  [
    'fewer rows whose argument might raise an error',
    "SELECT part FROM items WHERE note = 'a' AND price > (SELECT sum(price + 1) FROM items WHERE note = 'a' AND part > 1)",
    0,
    2,
  ],
  ['too many rows', 'SELECT part FROM items WHERE quantity > (SELECT avg(quantity) FROM items)', 0, 2],
  [
    'a total of groups',
    `SELECT maker, sum(points) FROM parts p, makers m WHERE p.maker = m.id GROUP BY maker
     HAVING sum(points) > (SELECT sum(points) * 0.1 FROM parts p, makers m WHERE p.maker = m.id)`,
    1,
    2,
  ],
  [
    'other totals than those of the groups',
    `SELECT brand, a, b, c, d FROM (SELECT brand, count(*), min(maker), max(maker), sum(quantity) FROM items, parts WHERE part = id GROUP BY brand),
     (SELECT count(*) AS a, min(maker) AS b, max(maker) AS c, sum(quantity) AS d FROM parts, items WHERE id = part)`,
    0,
    4,
  ],
  [
    'totals beside groups',
    `SELECT brand, b, c, d FROM
     (SELECT brand, min(maker) AS k, max(maker) AS l, sum(quantity) AS m FROM items, parts WHERE part = id GROUP BY brand) g,
     (SELECT min(maker) AS b, max(maker) AS c, sum(quantity) AS d FROM parts, items WHERE id = part) t
     WHERE g.k + g.l + g.m > t.b`,
    1,
    2,
  ],
  [
    'a count of all is none of counts',
    `SELECT maker, count(*) FROM parts p, makers m WHERE p.maker = m.id GROUP BY maker
     HAVING count(*) > (SELECT 0.1 * count(*) FROM parts p, makers m WHERE p.maker = m.id)`,
    0,
    4,
  ],
  [
    'an average of all is none of averages',
    `SELECT maker, avg(points) FROM parts p, makers m WHERE p.maker = m.id GROUP BY maker
     HAVING avg(points) > (SELECT avg(points) FROM parts p, makers m WHERE p.maker = m.id)`,
    0,
    4,
  ],
  [
    'a common table',
    `WITH g AS (SELECT maker, count(*) AS n FROM parts GROUP BY maker)
     SELECT m.land, g.n FROM makers m, g WHERE m.id = g.maker AND g.n = (SELECT max(n) FROM g)`,
    1,
    2,
  ],
  [
    'groups that are delivered',
    `SELECT i.price, t.part, t.least FROM items i, parts p, (SELECT part, min(quantity) AS least FROM items GROUP BY part) t
     WHERE t.part = i.part AND p.id = i.part AND ${SMALL}`,
    1,
    2,
  ],
  [
    'a part of the groups',
    `SELECT i.price, t.price FROM items i, parts p, (SELECT part, price, min(quantity) AS least FROM items GROUP BY part, price) t
     WHERE t.part = i.part AND p.id = i.part AND ${SMALL}`,
    0,
    3,
  ],
];

describe('aggregates_to_windows', () => {
  it.each(CASES)('%s', async (_, sql, windows, readings) => {
    const { optimized } = await planQuery(sql, { catalog });
    const count = (kind: string) => nodes(optimized).filter((node) => node.kind === kind).length;
    expect([count('window'), count('scan'), count('commonTable')]).toEqual([windows, readings, 0]);
    await checkQuery(sql, catalog, TABLES);
    expect(aggregatesToWindows.apply(optimized, { ids: new ColumnIds(100_000) })).toBe(optimized);
  });

  it('joins what has nothing to do with the groups above the window', async () => {
    const { optimized } = await planQuery(CASES[14]?.[1] as string, { catalog });
    expect(formatLogical(optimized)).toMatchInlineSnapshot(`
      "Project part
        Inner join on id = price
          Scan makers [id]
          Filter quantity = min(x.quantity)
            Window min(quantity) ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING by part
              Inner join on part = id
                Scan items [part, quantity, price]
                Scan parts [id, brand, maker] where brand = 1 AND maker = 1"
    `);
  });
});
