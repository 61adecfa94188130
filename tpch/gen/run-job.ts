import { assertNever, throwIfAborted } from '../../src/common/errors.ts';
import { writeParquet } from '../../src/parquet/write/write-parquet.ts';
import { Scale } from '../scale.ts';
import { TPCH_SCHEMA, type TpchTable } from '../schema.ts';
import { arrowBatch } from './arrow-batch.ts';
import type { TpchBatch } from './columns.ts';
import { unitBatches } from './generate-table.ts';
import type { Job } from './plan.ts';
import { OrderStreams } from './tables/order-streams.ts';
import { SUPPLIERS_PER_PART } from './tables/partsupp.ts';
import { tblBytes } from './tbl.ts';
import type { TextPool } from './text-pool.ts';

/** Some bytes of a job's file. */
export interface JobPart {
  readonly bytes: Uint8Array;
  /** Rows made since the part before. */
  readonly rows: number;
}

/** Columns whose values hardly repeat within a row group: a dictionary would only be in the way. */
const PLAIN_COLUMNS: Readonly<Record<TpchTable, readonly string[]>> = {
  region: [],
  nation: [],
  supplier: ['s_suppkey', 's_name', 's_address', 's_phone', 's_acctbal', 's_comment'],
  customer: ['c_custkey', 'c_name', 'c_address', 'c_phone', 'c_acctbal', 'c_comment'],
  part: ['p_partkey', 'p_name', 'p_comment'],
  partsupp: ['ps_comment'],
  orders: ['o_orderkey', 'o_custkey', 'o_totalprice', 'o_comment'],
  lineitem: ['l_orderkey', 'l_extendedprice', 'l_comment'],
};

/** Does one job, part by part as the consumer pulls. */
export async function* runJob(job: Job, pool: TextPool, signal?: AbortSignal): AsyncGenerator<JobPart, void, void> {
  const scale = new Scale(job.scale);
  const batches = unitBatches({ table: job.table, scale, pool, firstUnit: job.firstUnit, units: job.units });
  switch (job.format) {
    case 'tbl':
      for (const batch of batches) {
        throwIfAborted(signal);
        yield { bytes: tblBytes(batch), rows: batch.rows };
      }
      return;
    case 'parquet':
      yield* parquetParts(job, scale, batches, signal);
      return;
    default:
      assertNever(job.format);
  }
}

async function* parquetParts(job: Job, scale: Scale, batches: Iterable<TpchBatch>, signal?: AbortSignal) {
  let rows = 0;
  function* arrowBatches() {
    for (const batch of batches) {
      rows += batch.rows;
      yield arrowBatch(batch);
    }
  }
  const bytes = writeParquet(TPCH_SCHEMA[job.table].schema, arrowBatches(), {
    compression: job.compression,
    rowGroupRows: evenRowGroups(rowsOf(job, scale), job.rowGroupRows),
    plainColumns: PLAIN_COLUMNS[job.table],
    ...(signal && { signal }),
  });
  for await (const part of bytes) {
    const made = rows;
    rows = 0;
    yield { bytes: part, rows: made };
  }
}

/** As few row groups as `most` allows, as even as can be: no last one of a few rows. */
export function evenRowGroups(rows: number, most: number): number {
  return Math.ceil(rows / Math.ceil(rows / most));
}

function rowsOf({ table, firstUnit, units }: Job, scale: Scale): number {
  if (table === 'partsupp') return units * SUPPLIERS_PER_PART;
  if (table !== 'lineitem') return units;
  const orders = new OrderStreams(scale, firstUnit);
  let lines = 0;
  for (let i = 0; i < units; i++) {
    orders.startOrder();
    lines += orders.lineCount;
    orders.finishOrder();
  }
  return lines;
}
