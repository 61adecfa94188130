import { Scale } from '../scale.ts';
import type { TpchTable } from '../schema.ts';
import type { TpchBatch } from './columns.ts';
import { customer } from './tables/customer.ts';
import { lineitem } from './tables/lineitem.ts';
import { nation } from './tables/nation.ts';
import { orders } from './tables/orders.ts';
import { part } from './tables/part.ts';
import { partsupp } from './tables/partsupp.ts';
import { region } from './tables/region.ts';
import { supplier } from './tables/supplier.ts';
import type { SourceOptions, TableSource } from './tables/table-source.ts';
import { TextPool } from './text-pool.ts';

const SOURCES: Readonly<Record<TpchTable, (options: SourceOptions) => TableSource>> = {
  region,
  nation,
  supplier,
  customer,
  part,
  partsupp,
  orders,
  lineitem,
};

const BATCH_ROWS = 16_384;
const ROWS_PER_UNIT: Partial<Record<TpchTable, number>> = { partsupp: 4, lineitem: 4 };

/** Rows one unit of a table stands for (see `Scale.units`); for lineitem on average. */
export const rowsPerUnit = (table: TpchTable): number => ROWS_PER_UNIT[table] ?? 1;

export interface UnitRange {
  readonly table: TpchTable;
  readonly scale: Scale;
  readonly pool: TextPool;
  /** From 0, in the table's units. */
  readonly firstUnit: number;
  readonly units: number;
}

/** Any consecutive units of a table, without those before. */
export function* unitBatches({ table, scale, pool, firstUnit, units }: UnitRange): Generator<TpchBatch, void, void> {
  const next = SOURCES[table]({ scale, pool, firstUnit });
  const most = BATCH_ROWS / rowsPerUnit(table);
  for (let left = units; left > 0; left -= most) yield next(Math.min(left, most));
}

export interface GenerateTableOptions {
  readonly table: TpchTable;
  /** Scale factor: 1 is about 1 GB of text. */
  readonly scale: number;
  /** Which part of the table, from 0; all by default. */
  readonly part?: number;
  /** How many parts the table is cut into; an order's lines stay together. */
  readonly parts?: number;
  /** Share one between calls: its 300 MiB of text take a processor two seconds to make. */
  readonly pool?: TextPool;
}

/** The rows of one table, or of one part of it, as the reference dbgen 2.14 makes them, in batches of about 16,384. */
export function generateTable(options: GenerateTableOptions): Generator<TpchBatch, void, void> {
  const { table, part = 0, parts = 1, pool = new TextPool() } = options;
  if (!Number.isInteger(part) || !Number.isInteger(parts) || part < 0 || part >= parts) {
    throw new RangeError(`there is no part ${part} of ${parts}`);
  }
  const scale = new Scale(options.scale);
  const total = scale.units(table);
  const firstUnit = Math.floor((total * part) / parts);
  const units = Math.floor((total * (part + 1)) / parts) - firstUnit;
  return unitBatches({ table, scale, pool, firstUnit, units });
}
