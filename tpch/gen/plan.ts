import type { ParquetCompression } from '../../src/parquet/write/write-parquet.ts';
import type { Scale } from '../scale.ts';
import type { TpchTable } from '../schema.ts';
import { rowsPerUnit } from './generate-table.ts';

export type TpchFormat = 'parquet' | 'tbl';

/** What one thread does in one go: consecutive units of a table as bytes. Plain data. */
export interface Job {
  readonly table: TpchTable;
  readonly scale: number;
  readonly firstUnit: number;
  readonly units: number;
  readonly format: TpchFormat;
  readonly compression: ParquetCompression;
  /** Most rows of a row group. */
  readonly rowGroupRows: number;
}

/** A file is its jobs' bytes, one after the other. */
export interface FilePlan {
  readonly table: TpchTable;
  /** Below the base location. */
  readonly path: string;
  readonly jobs: readonly Job[];
}

export interface PlanOptions {
  readonly scale: Scale;
  readonly tables: readonly TpchTable[];
  readonly format: TpchFormat;
  readonly compression: ParquetCompression;
  readonly rowGroupRows: number;
  /** Most rows of a Parquet file; of lineitem on average. */
  readonly rowsPerFile: number;
}

/** A `.tbl` file is one object, made by many jobs of so many rows. */
const TBL_JOB_ROWS = 32_768;

/** Which files there will be and who makes what of them. */
export function planFiles(options: PlanOptions): FilePlan[] {
  return options.tables.flatMap((table) =>
    options.format === 'tbl' ? tblFile(table, options) : parquetFiles(table, options),
  );
}

function tblFile(table: TpchTable, options: PlanOptions): FilePlan {
  return { table, path: `${table}.tbl`, jobs: jobs(table, TBL_JOB_ROWS, options) };
}

function parquetFiles(table: TpchTable, options: PlanOptions): FilePlan[] {
  return jobs(table, options.rowsPerFile, options).map((job, i) => ({
    table,
    path: `${table}/${table}-${String(i).padStart(5, '0')}.parquet`,
    jobs: [job],
  }));
}

/** Evenly sized, so that no last one is tiny. */
function jobs(table: TpchTable, mostRows: number, { scale, format, compression, rowGroupRows }: PlanOptions): Job[] {
  const total = scale.units(table);
  const count = Math.ceil((total * rowsPerUnit(table)) / mostRows);
  return Array.from({ length: count }, (_, i) => {
    const firstUnit = Math.floor((total * i) / count);
    const units = Math.floor((total * (i + 1)) / count) - firstUnit;
    return { table, scale: scale.factor, firstUnit, units, format, compression, rowGroupRows };
  });
}
