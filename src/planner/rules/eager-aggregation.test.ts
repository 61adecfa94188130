import { describe, expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { DOUBLE, decimal, INTEGER, VARCHAR } from '../../common/types.ts';
import { ColumnIds } from '../bind/bind-context.ts';
import type { Catalog, TableReference } from '../catalog/catalog.ts';
import type { SourceStatistics } from '../catalog/table-source.ts';
import { formatLogical } from '../logical/format-logical.ts';
import { nodes } from '../logical/rewrite.ts';
import { planQuery } from '../plan-query.ts';
import { eagerAggregation } from './eager-aggregation.ts';
import { checkQuery } from './fixtures/check-query.ts';
import type { Tables } from './fixtures/evaluate.ts';

const SHAPES = new FakeCatalog({
  sales: {
    schema: [
      field('buyer', INTEGER),
      field('item', INTEGER),
      field('price', decimal(34, 2)),
      field('share', decimal(5, 2)),
      field('weight', DOUBLE),
      field('pieces', INTEGER),
      field('fee', decimal(12, 2)),
    ],
  },
  buyers: { schema: [field('id', INTEGER), field('name', VARCHAR), field('place', VARCHAR), field('size', DOUBLE)] },
  items: { schema: [field('id', INTEGER), field('sort', INTEGER)] },
});

const KEY = { min: 1, max: 600_000, nullCount: 0 };
const STATISTICS: Readonly<Record<string, SourceStatistics>> = {
  buyer: { ...KEY, distinct: 10_000, unique: false },
  id: { ...KEY, distinct: 600_000, unique: true },
  item: { ...KEY, distinct: 10, unique: false },
  sort: { ...KEY, distinct: 2, unique: false },
  name: { distinct: 10_000, unique: false, bytes: 40 },
  place: { distinct: 10_000, unique: false, bytes: 60 },
  price: { min: -100n, max: 900n, distinct: 1000, unique: false, nullCount: 0 },
};

/** Tables whose statistics speak of all rows, or only of some. */
const catalog = (boundsAll: boolean): Catalog => ({
  names: () => SHAPES.names(),
  resolve: async (reference: TableReference) => {
    const source = await SHAPES.resolve(reference);
    const statistics = (column: number): SourceStatistics | null => {
      const known = STATISTICS[source?.schema[column]?.name ?? ''];
      return known ? { ...known, ...(boundsAll && { boundsAll: true }) } : null;
    };
    return source && { ...source, statistics };
  },
});

/** Rows that keys and texts have twice, and NULLs in all of them. */
const TABLES: Tables = {
  sales: [
    [1, 1, 100n, 10n, 0.5, 3, 1000n],
    [1, 2, 900n, 20n, 1.5, 4, -1n],
    [1, 2, null, 30n, 2.5, null, null],
    [2, 1, 50n, null, 0.25, 5, 5n],
    [2, null, -70n, 50n, 0.2, 6, 6n],
    [3, 1, null, 60n, null, 7, 7n],
    [null, 1, 800n, 70n, 3.5, 8, null],
    [9, 1, 100n, 80n, 4.5, 9, 9n],
  ],
  buyers: [
    [1, 'a', 'x', 1.5],
    [1, 'a', 'x', 0],
    [1, 'b', null, -0],
    [2, 'a', 'y', 2],
    [3, null, 'y', 2],
    [3, null, 'y', null],
    [null, 'c', 'z', 1],
  ],
  items: [
    [1, 10],
    [2, 10],
    [2, 20],
    [null, 10],
  ],
};

const JOIN = 'FROM sales, buyers WHERE buyer = id';

/** What, query, aggregations in its plan. */
const CASES: readonly (readonly [string, string, number])[] = [
  ['a sum by texts', `SELECT name, place, sum(price) ${JOIN} GROUP BY name, place`, 2],
  [
    'extremes and a sum of what is computed',
    `SELECT name, place, min(price), max(item), sum(fee * (1 - share)) ${JOIN} GROUP BY name, place`,
    2,
  ],
  ['a key of both sides', `SELECT name, place, item, max(price) ${JOIN} AND item < 2 GROUP BY name, place, item`, 2],
  [
    'several tables',
    `SELECT name, place, sum(price) FROM sales, items, buyers WHERE buyer = buyers.id AND item = items.id AND sort = 10
     GROUP BY name, place`,
    2,
  ],
  [
    'a condition across the border',
    `SELECT name, place, max(price) FROM sales, buyers WHERE buyer = id AND (buyer > 1 OR name = 'a') GROUP BY name, place`,
    2,
  ],
  ['keys that are short', `SELECT id, sum(price) ${JOIN} GROUP BY id`, 1],
  ['counts', `SELECT name, place, count(price) ${JOIN} GROUP BY name, place`, 1],
  ['averages', `SELECT name, place, avg(price) ${JOIN} GROUP BY name, place`, 1],
  ['sums of doubles', `SELECT name, place, sum(weight) ${JOIN} GROUP BY name, place`, 1],
  ['sums whose parts have another type', `SELECT name, place, sum(pieces) ${JOIN} GROUP BY name, place`, 1],
  ['distinct arguments', `SELECT name, place, sum(DISTINCT price) ${JOIN} GROUP BY name, place`, 1],
  ['a filter', `SELECT name, place, sum(price) FILTER (WHERE item = 1) ${JOIN} GROUP BY name, place`, 1],
  ['arguments of both sides', `SELECT name, place, max(price * length(name)) ${JOIN} GROUP BY name, place`, 1],
  ['arguments that might raise an error', `SELECT name, place, min(item + pieces) ${JOIN} GROUP BY name, place`, 1],
  ['a key that is a double', `SELECT weight, name, place, max(price) ${JOIN} GROUP BY weight, name, place`, 1],
  ['grouping sets', `SELECT name, place, max(price) ${JOIN} GROUP BY ROLLUP (name, place)`, 1],
  ['an outer join', 'SELECT name, place, max(price) FROM buyers LEFT JOIN sales ON buyer = id GROUP BY name, place', 1],
];

const aggregations = async (sql: string, boundsAll = true) =>
  nodes((await planQuery(sql, { catalog: catalog(boundsAll) })).optimized).filter(({ kind }) => kind === 'aggregate')
    .length;

describe('eager_aggregation', () => {
  it.each(CASES)('%s', async (_, sql, expected) => {
    expect(await aggregations(sql)).toBe(expected);
    await checkQuery(sql, catalog(true), TABLES);
  });

  it('takes no sum in parts that could be out of range', async () => {
    const sum = `SELECT name, place, sum(price) ${JOIN} GROUP BY name, place`;
    expect(await aggregations(sum, true)).toBe(2);
    expect(await aggregations(sum, false)).toBe(1);
    const least = `SELECT name, place, min(price) ${JOIN} GROUP BY name, place`;
    expect(await aggregations(least, false)).toBe(2);
  });

  it('groups once', async () => {
    const { optimized } = await planQuery(CASES[0]?.[1] as string, { catalog: catalog(true) });
    expect(eagerAggregation.apply(optimized, { ids: new ColumnIds(100_000) })).toBe(optimized);
    expect(formatLogical(optimized)).toMatchInlineSnapshot(`
      "Project name, place, sum(price)
        Aggregate sum(sum(price)) by name, place
          Inner join on id = buyer
            Scan buyers [id, name, place]
            Aggregate sum(price) by buyer
              Scan sales [buyer, price]"
    `);
  });
});
