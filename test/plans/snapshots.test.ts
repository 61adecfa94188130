import { describe, expect, it } from 'vitest';
import { formatLogical } from '../../src/planner/logical/format-logical.ts';
import { verifyPlan } from '../../src/planner/logical/verify-plan.ts';
import { explainText, planQuery } from '../../src/planner/plan-query.ts';
import { TPCH_SCHEMA } from '../../tpch/schema.ts';
import { FakeCatalog } from './fake-catalog.ts';

const QUERIES = {
  q1: `select l_returnflag, l_linestatus, sum(l_quantity) as sum_qty, sum(l_extendedprice) as sum_base_price,
         sum(l_extendedprice * (1 - l_discount)) as sum_disc_price,
         sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)) as sum_charge,
         avg(l_quantity) as avg_qty, avg(l_extendedprice) as avg_price, avg(l_discount) as avg_disc, count(*) as count_order
       from lineitem where l_shipdate <= date '1998-12-01' - interval '90' day (3)
       group by l_returnflag, l_linestatus order by l_returnflag, l_linestatus`,
  q6: `select sum(l_extendedprice * l_discount) as revenue from lineitem
       where l_shipdate >= date '1994-01-01' and l_shipdate < date '1994-01-01' + interval '1' year
         and l_discount between .06 - 0.01 and .06 + 0.01 and l_quantity < 24`,
  'select star': 'select * from region',
  'no table': "select 1 + 1 as two, 'a' || 'b' as ab",
  'count star reads nothing': 'select count(*) from orders',
  'top rows': 'select o_orderkey, o_totalprice from orders order by o_totalprice desc, 1 limit 10 offset 5',
  'limit alone': 'select o_orderkey from orders where o_orderkey > 100 limit 7',
  'filter through a query in FROM': `select year, n from (select extract(year from o_orderdate) as year, count(*) as n from orders
         group by year) y where year >= 1995 and n > 10`,
  distinct: 'select distinct o_orderstatus from orders order by o_orderstatus desc',
  'distinct aggregate': 'select o_orderpriority, count(distinct o_custkey) from orders group by 1',
  'aggregate in one task': 'select o_orderpriority, median(o_totalprice) from orders group by 1',
  'never true': "select sum(o_totalprice) from orders where o_orderstatus = 'F' and 1 > 2",
  'casts of columns are unwrapped': `select o_custkey from orders where o_custkey = 3.00 and o_orderkey in (1, 2)
         and o_orderdate < timestamp '1995-01-01 00:00:00' and o_totalprice > 10.001`,
  'aggregate of an aggregate': `select max(n) from (select o_custkey, count(*) as n from orders group by o_custkey) c`,
  'common table': `with recent as (select * from orders where o_orderdate >= date '1998-01-01')
         select o_orderstatus, sum(o_totalprice) as total from recent group by o_orderstatus having count(*) > 5 order by total`,
} as const;

const catalog = () =>
  new FakeCatalog(Object.fromEntries(Object.entries(TPCH_SCHEMA).map(([name, { schema }]) => [name, { schema }])));

describe('plans', () => {
  it.each(Object.entries(QUERIES))('%s', async (name, sql) => {
    const rules: string[] = [];
    const planned = await planQuery(sql, {
      catalog: catalog(),
      workers: 4,
      onRule: (rule, plan, changed) => {
        verifyPlan(plan);
        if (changed) rules.push(rule.name);
      },
    });
    verifyPlan(planned.logical);
    expect(planned.optimized.columns).toEqual(planned.logical.columns);
    const text = [
      sql.replace(/\n\s+/g, '\n  '),
      formatLogical(planned.logical),
      `rules: ${rules.join(', ') || 'none'}`,
      explainText(planned),
      '',
    ].join('\n\n');
    await expect(text).toMatchFileSnapshot(`snapshots/${name.replaceAll(' ', '-')}.txt`);
  });
});

it('Q6 asks for the columns and the rows it needs, once', async () => {
  const tables = catalog();
  await planQuery(QUERIES.q6, { catalog: tables });
  expect(tables.asked).toEqual([
    {
      columns: [4, 5, 6, 10],
      constraints: [
        { column: 10, kind: 'range', min: { value: 8766, inclusive: true } },
        { column: 10, kind: 'range', max: { value: 9131, inclusive: false } },
        { column: 6, kind: 'range', min: { value: 5n, inclusive: true } },
        { column: 6, kind: 'range', max: { value: 7n, inclusive: true } },
        { column: 4, kind: 'range', max: { value: 2400n, inclusive: false } },
      ],
    },
  ]);
});

it('a plan is made the same way twice', async () => {
  const text = async () => explainText(await planQuery(QUERIES.q1, { catalog: catalog(), workers: 4 }));
  expect(await text()).toBe(await text());
});
