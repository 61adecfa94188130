import { describe, expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { call, filter, HandBuilt, join } from '../../../test/plans/hand-built.ts';
import { TpchCatalog } from '../../../test/plans/tpch-catalog.ts';
import { BIGINT, BOOLEAN, DOUBLE, decimal, INTEGER, VARCHAR, type Value } from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import { columnExpr, literal } from '../expr/build.ts';
import { formatLogical } from '../logical/format-logical.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { Estimator } from './estimate.ts';

const catalog = new TpchCatalog(1);
const tables = (...names: readonly string[]) => HandBuilt.of(catalog, names);
const estimator = new Estimator();
const rows = (plan: LogicalPlan) => Math.round(estimator.rows(plan));
const not = (input: Expr): Expr => ({ kind: 'not', input, type: BOOLEAN });

describe('rows of a filter', () => {
  const date = (text: string) => Date.parse(text) / 86_400_000;
  const like = (query: HandBuilt, column: string, pattern: string, name = 'like') =>
    call(name, query.ref(column), literal(pattern, VARCHAR));

  /** What the condition leaves of the table at scale factor 1, and what is estimated. */
  it.each<[string, string, number, (query: HandBuilt) => readonly Expr[], number]>([
    ['an equality', 'customer', 30_142, (q) => [q.is('c_mktsegment', '=', 'BUILDING')], 30_000],
    ['a value out of bounds', 'customer', 0, (q) => [q.is('c_nationkey', '=', 99)], 1],
    ['<>', 'customer', 119_858, (q) => [q.is('c_mktsegment', '<>', 'BUILDING')], 120_000],
    [
      'a range, both ends',
      'lineitem',
      909_455,
      (q) => [q.is('l_shipdate', '>=', date('1994-01-01')), q.is('l_shipdate', '<', date('1995-01-01'))],
      867_159,
    ],
    [
      'a range the other way round',
      'lineitem',
      3_241_776,
      (q) => [q.is('l_shipdate', '>', date('1995-03-15'))],
      3_223_931,
    ],
    ['all of a range', 'lineitem', 6_001_215, (q) => [q.is('l_shipdate', '<=', date('2000-01-01'))], 6_001_215],
    ['decimals', 'lineitem', 2_762_141, (q) => [q.is('l_quantity', '<', 2400n)], 2_816_322],
    ['a range beyond the bounds', 'lineitem', 0, (q) => [q.is('l_quantity', '>', 9000n)], 1],
    [
      'independent columns',
      'lineitem',
      114_160,
      (q) => [
        q.is('l_shipdate', '>=', date('1994-01-01')),
        q.is('l_shipdate', '<', date('1995-01-01')),
        q.is('l_discount', '>=', 5n),
        q.is('l_discount', '<=', 7n),
        q.is('l_quantity', '<', 2400n),
      ],
      110_987,
    ],
    ['two columns', 'lineitem', 3_793_296, (q) => [q.compare('l_commitdate', '<', 'l_receiptdate')], 3_040_569],
    ['LIKE at the end', 'part', 39_869, (q) => [like(q, 'p_type', '%BRASS')], 20_000],
    ['NOT LIKE', 'part', 160_131, (q) => [like(q, 'p_type', '%BRASS', 'not_like')], 180_000],
    ['LIKE at the start', 'part', 2_127, (q) => [like(q, 'p_name', 'forest%')], 10_000],
    ['LIKE in two places', 'orders', 16_000, (q) => [like(q, 'o_comment', '%special%requests%')], 15_000],
    ['LIKE without a wildcard', 'part', 1_451, (q) => [like(q, 'p_type', 'ECONOMY ANODIZED STEEL')], 1_333],
    [
      'IN',
      'lineitem',
      1_714_000,
      (q) => [
        {
          kind: 'inList',
          input: q.ref('l_shipmode'),
          list: ['MAIL', 'SHIP', 'MAIL'].map((mode) => literal(mode, VARCHAR)),
          negated: false,
          type: BOOLEAN,
        },
      ],
      1_714_633,
    ],
    [
      'OR',
      'nation',
      2,
      (q) => [{ kind: 'or', args: [q.is('n_name', '=', 'FRANCE'), q.is('n_name', '=', 'PERU')], type: BOOLEAN }],
      2,
    ],
    ['NOT', 'customer', 119_858, (q) => [not(q.is('c_mktsegment', '=', 'BUILDING'))], 120_000],
    [
      'IS NULL where there is none',
      'orders',
      0,
      (q) => [{ kind: 'isNull', input: q.ref('o_clerk'), negated: false, type: BOOLEAN }],
      1,
    ],
    ['FALSE', 'orders', 0, () => [literal(false, BOOLEAN)], 1],
    ['= NULL', 'orders', 0, (q) => [call('=', q.ref('o_orderkey'), literal(null, INTEGER))], 1],
  ])('%s', async (_what, table, _actual, conditions, expected) => {
    const query = await tables(table);
    expect(rows(filter(query.scan(table), ...conditions(query)))).toBe(expected);
  });
});

describe('rows of a join', () => {
  it('a key and what refers to it: every row once, or the share of the keys that are left', async () => {
    const query = await tables('orders', 'lineitem', 'customer');
    const on = query.compare('l_orderkey', '=', 'o_orderkey');
    expect(rows(join(query.scan('lineitem'), query.scan('orders'), 'inner', on))).toBe(6_001_215);
    const half = filter(query.scan('orders'), query.is('o_orderstatus', '=', 'F'));
    expect(rows(join(query.scan('lineitem'), half, 'inner', on))).toBe(2_000_405);
    expect(rows(join(half, query.scan('lineitem'), 'left', on))).toBe(2_000_405);
    expect(
      rows(join(query.scan('customer'), query.scan('orders'), 'full', query.compare('c_custkey', '=', 'o_custkey'))),
    ).toBe(1_500_000);
  });

  it('a key of two columns has as many values as its table has rows', async () => {
    const query = await tables('lineitem', 'partsupp');
    const on = [query.compare('l_partkey', '=', 'ps_partkey'), query.compare('l_suppkey', '=', 'ps_suppkey')];
    const pair: Expr = { kind: 'and', args: on, type: BOOLEAN };
    expect(rows(join(query.scan('lineitem'), query.scan('partsupp'), 'inner', pair))).toBe(6_001_215);
  });

  it('no key: the chance of two values to be the same', async () => {
    const query = await tables('supplier', 'customer');
    const on = query.compare('s_nationkey', '=', 'c_nationkey');
    expect(rows(join(query.scan('supplier'), query.scan('customer'), 'inner', on))).toBe(60_000_000);
    expect(rows(join(query.scan('supplier'), query.scan('customer')))).toBe(1_500_000_000);
  });

  it('the same condition on both sides of an equality counts once', async () => {
    const query = await tables('orders', 'lineitem');
    const on = query.compare('l_orderkey', '=', 'o_orderkey');
    const lines = filter(query.scan('lineitem'), query.is('l_orderkey', '<', 600_001n));
    const orders = filter(query.scan('orders'), query.is('o_orderkey', '<', 600_001n));
    expect(rows(join(lines, orders, 'inner', on))).toBe(600_122);
    expect(rows(join(lines, query.scan('orders'), 'inner', on))).toBe(600_122);
  });

  it('semi and anti', async () => {
    const query = await tables('orders', 'lineitem', 'customer');
    const on = query.compare('o_orderkey', '=', 'l_orderkey');
    const late = filter(query.scan('lineitem'), query.compare('l_commitdate', '<', 'l_receiptdate'));
    expect(rows(join(query.scan('orders'), late, 'semi', on))).toBe(1_500_000);
    const few = filter(query.scan('lineitem'), query.is('l_partkey', '=', 1));
    expect(rows(join(query.scan('orders'), few, 'semi', on))).toBe(30);
    expect(rows(join(query.scan('orders'), few, 'anti', on))).toBe(1_499_970);
    const having = query.compare('c_custkey', '=', 'o_custkey');
    expect(rows(join(query.scan('customer'), query.scan('orders'), 'anti', having))).toBe(15_000);
    expect(rows(join(query.scan('customer'), query.scan('orders'), 'semi'))).toBe(150_000);
  });
});

describe('groups', () => {
  it('are as many as the combinations of their keys, at most as many as there are rows', async () => {
    const query = await tables('lineitem', 'orders');
    const lines = query.scan('lineitem');
    expect(rows(query.groupBy(lines, 'l_returnflag', 'l_linestatus'))).toBe(6);
    expect(rows(query.groupBy(lines, 'l_orderkey', 'l_partkey'))).toBe(6_001_215);
    expect(rows(query.groupBy(lines))).toBe(1);
    const sets = { ...query.groupBy(lines, 'l_returnflag', 'l_linestatus'), groupingSets: [[0, 1], [0], []] };
    expect(rows(sets)).toBe(10);
  });

  it('are decided by a key among them, and by what it is joined with', async () => {
    const query = await tables('lineitem', 'orders', 'customer', 'nation');
    const orders = join(
      query.scan('lineitem'),
      query.scan('orders'),
      'inner',
      query.compare('l_orderkey', '=', 'o_orderkey'),
    );
    const customers = join(orders, query.scan('customer'), 'inner', query.compare('o_custkey', '=', 'c_custkey'));
    const all = join(customers, query.scan('nation'), 'left', query.compare('c_nationkey', '=', 'n_nationkey'));
    expect(rows(query.groupBy(all, 'c_name', 'c_custkey', 'o_orderkey', 'o_orderdate', 'n_name'))).toBe(1_500_000);
    expect(rows(query.groupBy(all, 'l_orderkey', 'o_orderdate', 'o_shippriority'))).toBe(1_500_000);
    expect(rows(query.groupBy(all, 'c_custkey', 'n_name', 'o_orderdate'))).toBe(6_001_215);
    expect(rows(query.groupBy(all, 'n_name', 'c_custkey'))).toBe(150_000);
    expect(rows(query.groupBy(all, 'n_name', 'c_mktsegment'))).toBe(125);
  });

  it('are filtered by what an aggregate is likely to be', async () => {
    const query = await tables('lineitem');
    const having = (name: string, operator: string, value: Value) => {
      const quantity = query.column('l_quantity');
      const type = name === 'count' ? BIGINT : name === 'avg' ? DOUBLE : decimal(38, 2);
      const column = query.ids.column(name, type, true);
      const groups = query.groupBy(query.scan('lineitem'), 'l_orderkey');
      const args = name === 'count' ? [] : [columnExpr(quantity)];
      const aggregates = [
        { function: name, args, argTypes: args.map((arg) => arg.type), distinct: false, orderBy: [], filter: null },
      ];
      const plan = { ...groups, aggregates, columns: [...groups.columns, column] };
      return rows(filter(plan, call(operator, columnExpr(column), literal(value, type)))) / 3_800_000;
    };
    expect(having('sum', '>', 30_000n)).toBeCloseTo(0.0002, 4);
    expect(having('sum', '<', 30_000n)).toBeCloseTo(0.9998, 4);
    expect(having('avg', '>', 25.5)).toBeCloseTo(0.5, 5);
    expect(having('count', '>=', 100n)).toBeLessThan(0.001);
    expect(having('min', '<', 2_550n)).toBeCloseTo(0.5, 1);
  });

  it('know what is left after a filter', async () => {
    const query = await tables('lineitem');
    const { scan } = { scan: query.scan('lineitem') };
    const one = filter(scan, query.is('l_returnflag', '=', 'R'));
    expect(estimator.distinct(one, query.ref('l_returnflag'))).toBe(1);
    expect(estimator.distinct(one, query.ref('l_shipdate'))).toBeCloseTo(2526, 0);
    const few = filter(scan, query.is('l_partkey', '=', 7));
    expect(estimator.distinct(few, query.ref('l_suppkey'))).toBeCloseTo(30, 0);
  });

  it.each([
    ['extract_year', 'l_shipdate', [], 7],
    ['extract_month', 'l_shipdate', [], 12],
    ['lower', 'l_shipmode', [], 7],
  ])('of %s', async (name, column, _more, expected) => {
    const query = await tables('lineitem');
    const expr = { ...call(name, query.ref(column)), type: INTEGER };
    expect(estimator.distinct(query.scan('lineitem'), expr)).toBe(expected);
  });
});

it('goes by the rows alone where a table tells no more, and by a guess where it does not tell them', async () => {
  const fake = new FakeCatalog({ t: { schema: [field('a', INTEGER), field('b', VARCHAR)] } });
  const query = await HandBuilt.of(fake, ['t']);
  expect(rows(query.scan('t'))).toBe(600_000);
  expect(rows(filter(query.scan('t'), query.is('a', '>', 1)))).toBe(200_000);
  expect(rows(filter(query.scan('t'), query.is('b', '=', 'x')))).toBe(10);
  expect(estimator.bytes(query.scan('t'))).toBe(600_000 * 28);
  const unknown = await HandBuilt.of(
    {
      names: () => [],
      resolve: async (name) => fake.resolve(name).then((source) => source && { ...source, rows: null }),
    },
    ['t'],
  );
  expect(rows(unknown.scan('t'))).toBe(100_000);
});

it('stands in the text of a plan', async () => {
  const query = await tables('nation', 'region');
  const on = query.compare('n_regionkey', '=', 'r_regionkey');
  const plan = join(query.scan('nation'), filter(query.scan('region'), query.is('r_name', '=', 'ASIA')), 'inner', on);
  expect(formatLogical(plan, new Estimator(plan))).toBe(
    [
      'Inner join on n_regionkey = r_regionkey  ~5 rows',
      '  Scan nation [n_nationkey, n_name, n_regionkey, n_comment]  ~25 rows',
      "  Filter r_name = 'ASIA'  ~1 row",
      '    Scan region [r_regionkey, r_name, r_comment]  ~5 rows',
    ].join('\n'),
  );
});

it('guesses at columns that are lent from outside', async () => {
  const query = await tables('nation', 'region');
  const inner = query.scan('nation');
  const union: LogicalPlan = {
    kind: 'setOperation',
    operation: 'intersect',
    all: true,
    inputs: [inner, inner],
    columns: inner.columns.map(({ name, type, nullable }) => query.ids.column(name, type, nullable)),
  };
  const lent = query.compare('r_regionkey', '=', 'n_regionkey');
  expect(rows(filter(union, lent))).toBe(10);
  expect(rows(filter(query.groupBy(inner, 'n_name'), lent))).toBe(10);
});
