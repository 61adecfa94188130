import type { Expr } from '../../../src/operators/expr/expr.ts';
import { asc, avg, count, countAll, desc, sum } from '../../oracle/aggregate-term.ts';
import { and, call, date, exact, int, text } from '../../oracle/expr-builder.ts';
import type { BenchCase } from '../bench-case.ts';

const discounted = (price: Expr, discount: Expr) => call('*', price, call('-', int(1), discount));

const Q1: BenchCase = {
  name: 'Q1',
  target: 0.55,
  ordered: true,
  sql: `SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice), sum(l_extendedprice * (1 - l_discount)),
    sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)), avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
  FROM lineitem WHERE l_shipdate <= DATE '1998-09-02'
  GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('lineitem', [
        'l_returnflag',
        'l_linestatus',
        'l_quantity',
        'l_extendedprice',
        'l_discount',
        'l_tax',
        'l_shipdate',
      ])
        .filter((c) => call('<=', c('l_shipdate'), date('1998-09-02')))
        .aggregate({
          by: (c) => ({ l_returnflag: c('l_returnflag'), l_linestatus: c('l_linestatus') }),
          values: (c) => {
            const price = discounted(c('l_extendedprice'), c('l_discount'));
            return {
              sum_qty: sum(c('l_quantity')),
              sum_base_price: sum(c('l_extendedprice')),
              sum_disc_price: sum(price),
              sum_charge: sum(call('*', price, call('+', int(1), c('l_tax')))),
              avg_qty: avg(c('l_quantity')),
              avg_price: avg(c('l_extendedprice')),
              avg_disc: avg(c('l_discount')),
              count_order: countAll(),
            };
          },
        })
        .sort((c) => [asc(c('l_returnflag')), asc(c('l_linestatus'))]),
  },
};

const Q6: BenchCase = {
  name: 'Q6',
  target: 0.85,
  sql: `SELECT sum(l_extendedprice * l_discount) FROM lineitem
  WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
    AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('lineitem', ['l_shipdate', 'l_discount', 'l_quantity', 'l_extendedprice'])
        .filter((c) =>
          and(
            call('>=', c('l_shipdate'), date('1994-01-01')),
            call('<', c('l_shipdate'), date('1995-01-01')),
            call('>=', c('l_discount'), exact('0.05')),
            call('<=', c('l_discount'), exact('0.07')),
            call('<', c('l_quantity'), int(24)),
          ),
        )
        .aggregate({ values: (c) => ({ revenue: sum(call('*', c('l_extendedprice'), c('l_discount'))) }) }),
  },
};

const Q3: BenchCase = {
  name: 'Q3',
  target: 0.9,
  ordered: true,
  sql: `SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount)) AS revenue, o_orderdate, o_shippriority
  FROM customer, orders, lineitem
  WHERE c_mktsegment = 'BUILDING' AND c_custkey = o_custkey AND l_orderkey = o_orderkey
    AND o_orderdate < DATE '1995-03-15' AND l_shipdate > DATE '1995-03-15'
  GROUP BY l_orderkey, o_orderdate, o_shippriority ORDER BY revenue DESC, o_orderdate LIMIT 10`,
  ours: {
    kind: 'plan',
    build: (scan) => {
      const customer = scan('customer', ['c_custkey', 'c_mktsegment']).filter((c) =>
        call('=', c('c_mktsegment'), text('BUILDING')),
      );
      const orders = scan('orders', ['o_orderkey', 'o_custkey', 'o_orderdate', 'o_shippriority'])
        .filter((c) => call('<', c('o_orderdate'), date('1995-03-15')))
        .join(customer, {
          on: (l, r) => [[l('o_custkey'), r('c_custkey')]],
          columns: ['o_orderkey', 'o_orderdate', 'o_shippriority'],
        });
      return scan('lineitem', ['l_orderkey', 'l_extendedprice', 'l_discount', 'l_shipdate'])
        .filter((c) => call('>', c('l_shipdate'), date('1995-03-15')))
        .join(orders, {
          on: (l, r) => [[l('l_orderkey'), r('o_orderkey')]],
          columns: ['l_orderkey', 'l_extendedprice', 'l_discount', 'o_orderdate', 'o_shippriority'],
        })
        .aggregate({
          by: (c) => ({
            l_orderkey: c('l_orderkey'),
            o_orderdate: c('o_orderdate'),
            o_shippriority: c('o_shippriority'),
          }),
          values: (c) => ({ revenue: sum(discounted(c('l_extendedprice'), c('l_discount'))) }),
        })
        .topN((c) => [desc(c('revenue')), asc(c('o_orderdate'))], 10)
        .select('l_orderkey', 'revenue', 'o_orderdate', 'o_shippriority');
    },
  },
};

const Q13: BenchCase = {
  name: 'Q13',
  target: null,
  ordered: true,
  sql: `SELECT c_count, count(*) AS custdist FROM (
    SELECT c_custkey, count(o_orderkey) AS c_count FROM customer
    LEFT JOIN orders ON c_custkey = o_custkey AND o_comment NOT LIKE '%special%requests%' GROUP BY c_custkey)
  GROUP BY c_count ORDER BY custdist DESC, c_count DESC`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('orders', ['o_orderkey', 'o_custkey', 'o_comment'])
        .filter((c) => call('not_like', c('o_comment'), text('%special%requests%')))
        .join(scan('customer', ['c_custkey']), {
          type: 'right',
          on: (l, r) => [[l('o_custkey'), r('c_custkey')]],
          columns: ['c_custkey', 'o_orderkey'],
        })
        .aggregate({
          by: (c) => ({ c_custkey: c('c_custkey') }),
          values: (c) => ({ c_count: count(c('o_orderkey')) }),
        })
        .aggregate({ by: (c) => ({ c_count: c('c_count') }), values: () => ({ custdist: countAll() }) })
        .sort((c) => [desc(c('custdist')), desc(c('c_count'))]),
  },
};

const Q18: BenchCase = {
  name: 'Q18',
  target: null,
  ordered: true,
  sql: `SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice, sum(l_quantity) FROM customer, orders, lineitem
  WHERE o_orderkey IN (SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300)
    AND c_custkey = o_custkey AND o_orderkey = l_orderkey
  GROUP BY c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice ORDER BY o_totalprice DESC, o_orderdate LIMIT 100`,
  ours: {
    kind: 'plan',
    build: (scan) => {
      const large = scan('lineitem', ['l_orderkey', 'l_quantity'])
        .aggregate({
          by: (c) => ({ l_orderkey: c('l_orderkey') }),
          values: (c) => ({ quantity: sum(c('l_quantity')) }),
        })
        .filter((c) => call('>', c('quantity'), int(300)))
        .project((c) => ({ large: c('l_orderkey') }));
      const orders = scan('orders', ['o_orderkey', 'o_custkey', 'o_orderdate', 'o_totalprice']).join(large, {
        type: 'semi',
        on: (l, r) => [[l('o_orderkey'), r('large')]],
      });
      const customers = scan('customer', ['c_custkey', 'c_name']).join(orders, {
        on: (l, r) => [[l('c_custkey'), r('o_custkey')]],
        columns: ['c_custkey', 'c_name', 'o_orderkey', 'o_orderdate', 'o_totalprice'],
      });
      const keys = ['c_name', 'c_custkey', 'o_orderkey', 'o_orderdate', 'o_totalprice'];
      return scan('lineitem', ['l_orderkey', 'l_quantity'])
        .join(customers, { on: (l, r) => [[l('l_orderkey'), r('o_orderkey')]], columns: ['l_quantity', ...keys] })
        .aggregate({
          by: (c) => Object.fromEntries(keys.map((key) => [key, c(key)])),
          values: (c) => ({ quantity: sum(c('l_quantity')) }),
        })
        .topN((c) => [desc(c('o_totalprice')), asc(c('o_orderdate'))], 100);
    },
  },
};

export const TPCH_CASES: readonly BenchCase[] = [Q1, Q6, Q3, Q13, Q18];
