import type { Expr } from '../../../src/operators/expr/expr.ts';
import { max, min, sum } from '../../oracle/aggregate-term.ts';
import type { BenchCase } from '../bench-case.ts';

const AGGREGATES = { sum, min, max } as const;

/** `sum l_quantity, min l_shipdate`: what DuckDB computes over the columns, so that it has to read them. */
function decodeCase(name: string, table: string, terms: string): BenchCase {
  const calls = terms.split(', ').map((term) => term.split(' ') as [keyof typeof AGGREGATES, string]);
  const columns = calls.map(([, column]) => column);
  return {
    name: `decode ${name}`,
    target: null,
    sql: `SELECT ${calls.map(([call, column]) => `${call}(${column})`).join(', ')} FROM ${table}`,
    ours: {
      kind: 'decode',
      table,
      columns,
      check: (scan) =>
        scan(table, columns).aggregate({
          values: (c) =>
            Object.fromEntries(calls.map(([call, column]) => [column, AGGREGATES[call](c(column) as Expr)])),
        }),
    },
  };
}

/** The column sets whose geometric mean is judged. */
export const DECODE_CASES: readonly BenchCase[] = [
  decodeCase(
    'Q1 columns',
    'lineitem',
    'min l_returnflag, min l_linestatus, sum l_quantity, sum l_extendedprice, sum l_discount, sum l_tax, min l_shipdate',
  ),
  decodeCase('Q6 columns', 'lineitem', 'sum l_quantity, sum l_extendedprice, sum l_discount, min l_shipdate'),
  decodeCase('l_shipinstruct, l_shipmode', 'lineitem', 'min l_shipinstruct, min l_shipmode'),
  decodeCase('l_comment', 'lineitem', 'min l_comment'),
  decodeCase('o_comment', 'orders', 'min o_comment'),
  decodeCase('l_orderkey', 'lineitem', 'sum l_orderkey'),
  decodeCase('l_partkey, l_suppkey', 'lineitem', 'sum l_partkey, sum l_suppkey'),
  decodeCase('o_orderkey, o_custkey', 'orders', 'sum o_orderkey, sum o_custkey'),
];

/** How far the targets are reached is judged over all of them together, by codec. */
export const DECODE_TARGETS = { snappy: 0.8, zstd: 1.1 } as const;
