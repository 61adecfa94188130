import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Oracle } from '../oracle/duckdb.ts';

/** Files of each table. */
const FILES = 4;
const ORDERS_PER_FILE = 1_500;

const COLUMNS = {
  orders: `i AS o_orderkey, (i * 7919) % 600 AS o_custkey, DATE '1995-01-01' + (i % 900)::INTEGER AS o_orderdate`,
  lineitem: `i AS l_orderkey, n::INTEGER AS l_linenumber, ((i * 31 + n * 17) % 50)::DECIMAL(15, 2) AS l_quantity, md5((i * 8 + n)::VARCHAR) AS l_comment,
    CASE (i + n) % 3 WHEN 0 THEN 'A' WHEN 1 THEN 'N' ELSE 'R' END AS l_returnflag`,
} as const;
const LINES_OF = { orders: '1', lineitem: '1 + i % 7' } as const;

/** Two tables like those of TPC-H, which take less time to make than its comments do. */
export interface Tables {
  /** Table to the pattern of its files. */
  readonly files: Readonly<Record<keyof typeof COLUMNS, string>>;
  /** DuckDB with the same tables. */
  readonly oracle: Oracle;
  remove(): void;
}

/** 6,000 orders with 24,000 lines, in four files each. */
export async function makeTables(): Promise<Tables> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-tables-'));
  const oracle = await Oracle.open();
  const files = { orders: join(folder, 'orders/*.parquet'), lineitem: join(folder, 'lineitem/*.parquet') };
  for (const table of ['orders', 'lineitem'] as const) {
    mkdirSync(join(folder, table));
    for (let file = 0; file < FILES; file++) {
      const [from, to] = [file * ORDERS_PER_FILE, (file + 1) * ORDERS_PER_FILE];
      const rows = `range(${from}, ${to}) orders(i), range(1, 1 + ${LINES_OF[table]}) lines(n)`;
      await oracle.run(`COPY (SELECT ${COLUMNS[table]} FROM ${rows})
        TO '${join(folder, table, `${file}.parquet`)}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    }
    await oracle.run(`CREATE VIEW ${table} AS SELECT * FROM read_parquet('${files[table]}')`);
  }
  return {
    files,
    oracle,
    remove: () => {
      oracle.close();
      rmSync(folder, { recursive: true });
    },
  };
}
