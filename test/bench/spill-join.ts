import { MemorySpillSpace } from '../../src/operators/spill/spill-space.ts';
import { countAll, sum } from '../oracle/aggregate-term.ts';
import { Plans } from '../oracle/plan-builder.ts';
import { difference } from './compare-rows.ts';
import type { Comparator } from './duckdb.ts';
import { Engine, memory } from './engine.ts';
import type { Tables } from './tables.ts';

export interface SpillReport {
  /** Of the build side's columns, without any structure over them. */
  readonly buildBytes: number;
  readonly operatorBytes: number;
  readonly spilledBytes: number;
  readonly ms: number;
  readonly correct: boolean;
}

/** Key and decimal(15,2), eight bytes each. */
const BUILD_ROW_BYTES = 16;
const SQL = `SELECT count(*), sum(l_extendedprice), sum(o_totalprice) FROM lineitem JOIN orders ON l_orderkey = o_orderkey`;

/** lineitem join orders with a quarter of what the build side takes. */
export async function spillJoin(tables: Tables, comparator: Comparator): Promise<SpillReport> {
  const plans = new Plans();
  const { plan } = tables
    .scan(plans, 'lineitem', ['l_orderkey', 'l_extendedprice'])
    .join(tables.scan(plans, 'orders', ['o_orderkey', 'o_totalprice']), {
      on: (l, r) => [[l('l_orderkey'), r('o_orderkey')]],
      columns: ['l_extendedprice', 'o_totalprice'],
    })
    .aggregate({
      values: (c) => ({ rows: countAll(), price: sum(c('l_extendedprice')), total: sum(c('o_totalprice')) }),
    });
  const buildBytes = tables.file('orders').footer.rows * BUILD_ROW_BYTES;
  const operatorBytes = Math.floor(buildBytes / 4);
  const spill = new MemorySpillSpace({ memory });
  const start = performance.now();
  const rows = await new Engine(tables, { operatorBytes, spill }).rows(plan);
  const ms = performance.now() - start;
  const correct = difference(rows, await comparator.rows(SQL), true) === null;
  return { buildBytes, operatorBytes, spilledBytes: spill.bytes, ms, correct };
}
