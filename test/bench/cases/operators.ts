import { asc, countAll, desc, max, sum } from '../../oracle/aggregate-term.ts';
import { call, text } from '../../oracle/expr-builder.ts';
import { over } from '../../oracle/window-term.ts';
import type { BenchCase, Scan } from '../bench-case.ts';

/** Beside the eight tables: lineitem's rows in an order that has nothing to do with its keys. */
export const SHUFFLED = 'lineitem_shuffled';

function joinCase(order: string, table: string, target: number | null): BenchCase {
  return {
    name: `lineitem join orders, ${order}`,
    target,
    sql: `SELECT count(*), sum(l_extendedprice), sum(o_totalprice) FROM ${table} JOIN orders ON l_orderkey = o_orderkey`,
    ours: {
      kind: 'plan',
      build: (scan) =>
        scan(table, ['l_orderkey', 'l_extendedprice'])
          .join(scan('orders', ['o_orderkey', 'o_totalprice']), {
            on: (l, r) => [[l('l_orderkey'), r('o_orderkey')]],
            columns: ['l_extendedprice', 'o_totalprice'],
          })
          .aggregate({
            values: (c) => ({ rows: countAll(), price: sum(c('l_extendedprice')), total: sum(c('o_totalprice')) }),
          }),
    },
  };
}

const LOW: BenchCase = {
  name: 'group by l_returnflag, l_linestatus',
  target: null,
  sql: `SELECT l_returnflag, l_linestatus, count(*), sum(l_quantity) FROM lineitem GROUP BY l_returnflag, l_linestatus`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('lineitem', ['l_returnflag', 'l_linestatus', 'l_quantity']).aggregate({
        by: (c) => ({ l_returnflag: c('l_returnflag'), l_linestatus: c('l_linestatus') }),
        values: (c) => ({ rows: countAll(), quantity: sum(c('l_quantity')) }),
      }),
  },
};

const HIGH: BenchCase = {
  name: 'group by l_orderkey',
  target: 0.9,
  sql: `SELECT count(*), max(q) FROM (SELECT l_orderkey, sum(l_quantity) AS q FROM lineitem GROUP BY l_orderkey)`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('lineitem', ['l_orderkey', 'l_quantity'])
        .aggregate({ by: (c) => ({ l_orderkey: c('l_orderkey') }), values: (c) => ({ q: sum(c('l_quantity')) }) })
        .aggregate({ values: (c) => ({ groups: countAll(), q: max(c('q')) }) }),
  },
};

const STRING: BenchCase = {
  name: 'group by o_comment',
  target: 0.7,
  sql: `SELECT count(*), max(n) FROM (SELECT o_comment, count(*) AS n FROM orders GROUP BY o_comment)`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('orders', ['o_comment'])
        .aggregate({ by: (c) => ({ o_comment: c('o_comment') }), values: () => ({ n: countAll() }) })
        .aggregate({ values: (c) => ({ groups: countAll(), n: max(c('n')) }) }),
  },
};

const LIKE: BenchCase = {
  name: 'o_comment LIKE',
  target: 0.65,
  sql: `SELECT count(*) FROM orders WHERE o_comment LIKE '%special%requests%'`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('orders', ['o_comment'])
        .filter((c) => call('like', c('o_comment'), text('%special%requests%')))
        .aggregate({ values: () => ({ rows: countAll() }) }),
  },
};

const sorted = (scan: Scan) =>
  scan('lineitem', ['l_shipdate', 'l_partkey', 'l_orderkey', 'l_extendedprice']).sort((c) => [
    asc(c('l_shipdate')),
    asc(c('l_partkey')),
  ]);

/** Rows of equal keys may come in any order: only keys are compared, somewhere in the middle. */
const SORT: BenchCase = {
  name: 'sort lineitem by l_shipdate, l_partkey',
  target: 1.2,
  ordered: true,
  sql: `SELECT l_shipdate, l_partkey, l_orderkey, l_extendedprice FROM lineitem ORDER BY l_shipdate, l_partkey`,
  ours: { kind: 'plan', build: sorted },
  streamed: {
    build: (scan) => sorted(scan).limit(1000, 20_000).select('l_shipdate', 'l_partkey'),
    sql: `SELECT l_shipdate, l_partkey FROM lineitem ORDER BY l_shipdate, l_partkey LIMIT 1000 OFFSET 20000`,
  },
};

const TOP_N: BenchCase = {
  name: 'top 100 of lineitem',
  target: null,
  ordered: true,
  sql: `SELECT l_extendedprice, l_orderkey, l_linenumber FROM lineitem
  ORDER BY l_extendedprice DESC, l_orderkey, l_linenumber LIMIT 100`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('lineitem', ['l_extendedprice', 'l_orderkey', 'l_linenumber']).topN(
        (c) => [desc(c('l_extendedprice')), asc(c('l_orderkey')), asc(c('l_linenumber'))],
        100,
      ),
  },
};

const WINDOW: BenchCase = {
  name: 'window over lineitem by l_suppkey',
  target: null,
  sql: `SELECT sum(r), max(running) FROM (SELECT rank() OVER w AS r, sum(l_quantity) OVER w AS running FROM lineitem
  WINDOW w AS (PARTITION BY l_suppkey ORDER BY l_shipdate))`,
  ours: {
    kind: 'plan',
    build: (scan) =>
      scan('lineitem', ['l_suppkey', 'l_shipdate', 'l_quantity'])
        .window({
          partitionBy: (c) => [c('l_suppkey')],
          orderBy: (c) => [asc(c('l_shipdate'))],
          functions: (c) => ({ r: over('rank'), running: over('sum', [c('l_quantity')]) }),
        })
        .aggregate({ values: (c) => ({ r: sum(c('r')), running: max(c('running')) }) }),
  },
};

export const OPERATOR_CASES: readonly BenchCase[] = [
  joinCase('sorted', 'lineitem', 0.8),
  joinCase('random', SHUFFLED, null),
  LOW,
  HIGH,
  STRING,
  LIKE,
  SORT,
  TOP_N,
  WINDOW,
];
