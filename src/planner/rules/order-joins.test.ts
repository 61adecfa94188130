import { describe, expect, it } from 'vitest';
import { call, filter, HandBuilt, join } from '../../../test/plans/hand-built.ts';
import { TpchCatalog } from '../../../test/plans/tpch-catalog.ts';
import { seededRandom } from '../../common/clock.ts';
import { BOOLEAN, INTEGER } from '../../common/types.ts';
import type { Column, Expr } from '../../operators/expr/expr.ts';
import { columnExpr, conjunction } from '../expr/build.ts';
import { formatLogical } from '../logical/format-logical.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { verifyPlan } from '../logical/verify-plan.ts';
import { orderJoins } from './order-joins.ts';

const catalog = new TpchCatalog(1);

function ordered(query: HandBuilt, plan: LogicalPlan): string {
  const after = orderJoins.apply(plan, { ids: query.ids });
  verifyPlan(after);
  expect(after.columns).toEqual(plan.columns);
  expect(orderJoins.apply(after, { ids: query.ids })).toBe(after);
  return formatLogical(after).replace(/(Scan \w+) \[.*?\]/g, '$1');
}

/** Comma-separated tables with all conditions above, in a random order of the tables. */
async function permuted(
  tables: readonly string[],
  conditions: (query: HandBuilt) => readonly Expr[],
  column: string,
  seed: number,
): Promise<string> {
  const random = seededRandom(seed);
  const order = tables
    .map((name) => ({ name, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ name }) => name);
  const query = await HandBuilt.of(catalog, order);
  const names = order.map((entry) => entry.split(' ')[0] as string);
  const product = names.map((name) => query.scan(name)).reduce((left, right) => join(left, right));
  return ordered(query, query.select(filter(product, ...conditions(query)), column));
}

describe('order_joins', () => {
  it('starts with what is few, keeps the large table on the probing side, and puts conditions low', async () => {
    const plan = await permuted(
      ['customer', 'orders', 'lineitem', 'supplier', 'nation', 'region'],
      (query) => [
        query.compare('c_custkey', '=', 'o_custkey'),
        query.compare('l_orderkey', '=', 'o_orderkey'),
        query.compare('l_suppkey', '=', 's_suppkey'),
        query.compare('c_nationkey', '=', 's_nationkey'),
        query.compare('s_nationkey', '=', 'n_nationkey'),
        query.compare('n_regionkey', '=', 'r_regionkey'),
        query.is('r_name', '=', 'ASIA'),
        query.compare('o_orderdate', '<', 'l_shipdate'),
      ],
      'n_name',
      1,
    );
    expect(plan).toMatchInlineSnapshot(`
      "Project n_name
        Inner join on c_nationkey = s_nationkey AND l_suppkey = s_suppkey
          Inner join on l_orderkey = o_orderkey AND o_orderdate < l_shipdate
            Scan lineitem
            Inner join on o_custkey = c_custkey
              Scan orders
              Inner join on c_nationkey = n_nationkey
                Scan customer
                Inner join on n_regionkey = r_regionkey
                  Scan nation
                  Scan region where r_name = 'ASIA'
          Scan supplier"
    `);
  });

  it('does not depend on the order of the tables', async () => {
    const plans = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      plans.add(
        await permuted(
          ['supplier', 'lineitem', 'orders', 'customer', 'n1 nation', 'n2 nation'],
          (query) => [
            query.compare('s_suppkey', '=', 'l_suppkey'),
            query.compare('o_orderkey', '=', 'l_orderkey'),
            query.compare('c_custkey', '=', 'o_custkey'),
            query.compare('s_nationkey', '=', 'n1.n_nationkey'),
            query.compare('c_nationkey', '=', 'n2.n_nationkey'),
            {
              kind: 'or',
              type: BOOLEAN,
              args: [
                conjunction([query.is('n1.n_name', '=', 'FRANCE'), query.is('n2.n_name', '=', 'GERMANY')]),
                conjunction([query.is('n1.n_name', '=', 'GERMANY'), query.is('n2.n_name', '=', 'FRANCE')]),
              ],
            },
          ],
          'l_shipdate',
          seed,
        ),
      );
    }
    expect([...plans]).toMatchInlineSnapshot(`
      [
        "Project l_shipdate
        Inner join on l_orderkey = o_orderkey AND (n_name = 'FRANCE' AND n_name = 'GERMANY' OR n_name = 'GERMANY' AND n_name = 'FRANCE')
          Inner join on l_suppkey = s_suppkey
            Scan lineitem
            Inner join on s_nationkey = n_nationkey
              Scan supplier
              Scan nation
          Inner join on o_custkey = c_custkey
            Scan orders
            Inner join on c_nationkey = n_nationkey
              Scan customer
              Scan nation",
      ]
    `);
  });

  it('joins first what a semi join leaves little of, and an anti join where its columns are', async () => {
    const query = await HandBuilt.of(catalog, ['customer', 'orders', 'lineitem', 'l2 lineitem', 'nation']);
    const condition = query.compare('o_orderkey', '=', 'l2.l_orderkey');
    const few = filter(query.scan('l2'), query.is('l2.l_quantity', '=', 100n), query.is('l2.l_linenumber', '=', 7));
    const joined = join(join(query.scan('lineitem'), query.scan('orders')), query.scan('customer'));
    const conditions = [
      query.compare('lineitem.l_orderkey', '=', 'o_orderkey'),
      query.compare('o_custkey', '=', 'c_custkey'),
    ];
    const semi = join(filter(joined, ...conditions), few, 'semi', condition);
    const anti = join(semi, query.scan('nation'), 'anti', query.compare('c_nationkey', '=', 'n_nationkey'));
    expect(ordered(query, query.select(anti, 'c_name'))).toMatchInlineSnapshot(`
      "Project c_name
        Inner join on l_orderkey = o_orderkey
          Scan lineitem
          Inner join on o_custkey = c_custkey
            Semi join on o_orderkey = l_orderkey
              Scan orders
              Filter l_quantity = 1.00 AND l_linenumber = 7
                Scan lineitem
            Anti join on c_nationkey = n_nationkey
              Scan customer
              Scan nation"
    `);
  });

  it('keeps left joins left, and filters above them above them', async () => {
    const query = await HandBuilt.of(catalog, ['customer', 'orders', 'nation']);
    const left = join(
      query.scan('customer'),
      query.scan('orders'),
      'left',
      query.compare('c_custkey', '=', 'o_custkey'),
    );
    const missing: Expr = {
      kind: 'isNull',
      input: query.ref('o_orderkey'),
      negated: false,
      type: BOOLEAN,
    };
    const all = join(left, query.scan('nation'), 'inner', query.compare('c_nationkey', '=', 'n_nationkey'));
    const plan = filter(all, missing, query.is('n_name', '=', 'PERU'));
    expect(ordered(query, query.select(plan, 'c_name'))).toMatchInlineSnapshot(`
      "Project c_name
        Filter o_orderkey IS NULL
          Left join on c_custkey = o_custkey
            Inner join on c_nationkey = n_nationkey
              Scan customer
              Scan nation where n_name = 'PERU'
            Scan orders"
    `);
    const right = join(
      query.scan('orders'),
      query.scan('customer'),
      'right',
      query.compare('c_custkey', '=', 'o_custkey'),
    );
    expect(ordered(query, query.select(right, 'c_name'))).toMatchInlineSnapshot(`
      "Project c_name
        Left join on c_custkey = o_custkey
          Scan customer
          Scan orders"
    `);
  });

  it('asks what follows from equalities within one relation, and what they imply between others', async () => {
    const plan = await permuted(
      ['lineitem', 'partsupp', 'part'],
      (query) => [
        query.compare('p_partkey', '=', 'l_partkey'),
        query.compare('l_partkey', '=', 'ps_partkey'),
        query.compare('l_suppkey', '=', 'ps_partkey'),
        query.is('p_size', '=', 1),
      ],
      'p_name',
      3,
    );
    expect(plan).toMatchInlineSnapshot(`
      "Project p_name
        Inner join on ps_partkey = l_partkey
          Scan partsupp
          Inner join on p_partkey = l_partkey
            Scan part where p_size = 1
            Scan lineitem where l_suppkey = l_partkey"
    `);
  });

  it('crosses only what nothing connects, each part whole', async () => {
    const plan = await permuted(
      ['nation', 'region', 'orders', 'customer'],
      (query) => [query.compare('n_regionkey', '=', 'r_regionkey'), query.compare('o_custkey', '=', 'c_custkey')],
      'c_name',
      3,
    );
    expect(plan).toMatchInlineSnapshot(`
      "Project c_name
        Inner join
          Inner join on o_custkey = c_custkey
            Scan orders
            Scan customer
          Inner join on n_regionkey = r_regionkey
            Scan nation
            Scan region"
    `);
  });

  it('joins by an equality of several relations when nothing else connects them', async () => {
    const plan = await permuted(
      ['nation', 'region', 'supplier'],
      (query) => {
        const sum = {
          ...call('+', query.ref('n_nationkey'), query.ref('r_regionkey')),
          type: INTEGER,
        };
        return [call('=', sum, query.ref('s_suppkey'))];
      },
      's_name',
      5,
    );
    expect(plan).toMatchInlineSnapshot(`
      "Project s_name
        Inner join on n_nationkey + r_regionkey = s_suppkey
          Scan supplier
          Inner join
            Scan nation
            Scan region"
    `);
  });

  it('orders twenty tables, all orders alike', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `t${i} ${['orders', 'customer', 'nation', 'supplier'][i % 4]}`);
    const conditions = (query: HandBuilt) =>
      names.slice(1).map((name, i) => {
        const key = (entry: string) => {
          const [scan, table] = entry.split(' ') as [string, string];
          return `${scan}.${{ orders: 'o_custkey', customer: 'c_custkey', nation: 'n_nationkey', supplier: 's_nationkey' }[table]}`;
        };
        return query.compare(key(names[Math.floor(i / 2)] as string), '=', key(name));
      });
    const plans = new Set<string>();
    for (let seed = 0; seed < 5; seed++) plans.add(await permuted(names, conditions, 't3.s_name', seed));
    expect(plans.size).toBe(1);
    expect([...plans][0]?.match(/Inner join on/g)).toHaveLength(19);
  });

  it('looks through projects that only name columns', async () => {
    const query = await HandBuilt.of(catalog, ['lineitem', 'orders', 'customer', 'nation']);
    const on = query.compare('o_custkey', '=', 'c_custkey');
    const inner = join(query.scan('orders'), query.scan('customer'), 'inner', on);
    const named = (...names: readonly string[]): LogicalPlan => ({
      kind: 'project',
      input: inner,
      exprs: names.map((name) => query.ref(name)),
      columns: names.map((name) => query.ids.column(`my_${name}`, query.column(name).type, false)),
    });
    const view = named('c_nationkey', 'o_orderkey');
    const [nation, order] = view.columns as [Column, Column];
    const lines = join(view, query.scan('lineitem'), 'inner', call('=', columnExpr(order), query.ref('l_orderkey')));
    const all = join(lines, query.scan('nation'), 'inner', call('=', columnExpr(nation), query.ref('n_nationkey')));
    const peru = filter(all, query.is('n_name', '=', 'PERU'));
    expect(ordered(query, query.select(peru, 'l_comment'))).toMatchInlineSnapshot(`
      "Project l_comment
        Inner join on l_orderkey = my_o_orderkey
          Scan lineitem
          Inner join on o_custkey = c_custkey
            Scan orders
            Inner join on my_c_nationkey = n_nationkey
              Scan customer
              Scan nation where n_name = 'PERU'"
    `);
    const twice = named('o_orderkey', 'o_orderkey');
    const [key] = twice.columns as [Column];
    const other = join(twice, query.scan('lineitem'), 'inner', call('=', columnExpr(key), query.ref('l_orderkey')));
    expect(ordered(query, query.select(other, 'l_comment'))).toContain('Project o_orderkey AS my_o_orderkey');
  });

  it('restores the order of columns where they are read by position', async () => {
    const query = await HandBuilt.of(catalog, ['orders', 'customer', 'c2 customer']);
    const left = join(
      query.scan('customer'),
      query.scan('orders'),
      'inner',
      query.compare('customer.c_custkey', '=', 'o_custkey'),
    );
    const columns = left.columns.map(({ name, type, nullable }) => query.ids.column(name, type, nullable));
    const union: LogicalPlan = { kind: 'setOperation', operation: 'union', all: true, inputs: [left, left], columns };
    const after = orderJoins.apply(union, { ids: query.ids });
    expect(after.columns).toEqual(union.columns);
    expect(formatLogical(after).split('\n')[1]).toMatch(/^ {2}Project c_custkey, c_name/);
    // At the top the columns have to stay the ones that they are.
    expect(orderJoins.apply(left, { ids: query.ids })).toBe(left);
  });
});
