import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableDefinitions } from '../../src/planner/catalog/parquet-catalog.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { type InlineSession, inlineSession } from '../plans/inline-session.ts';
import { plannedRuns, SPREAD } from '../plans/planned-run.ts';

export interface SpreadSession extends Pick<InlineSession, 'query' | 'close'> {
  /** Stages so far whose rows were read by ranges. */
  ranges(): number;
}

const GOLDEN = 'datasets/golden';
const FILES = 3;

const GOLDEN_TABLES = {
  types: `${GOLDEN}/types-snappy.parquet`,
  days: `${GOLDEN}/row-groups.parquet`,
  empty: `${GOLDEN}/empty.parquet`,
} as const;

const SETUP = readFileSync(join(import.meta.dirname, 'tables.sql'), 'utf8');
const NAMES = [...SETUP.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name!);

/** Tables that lie in folders of these columns. */
const PARTITIONED: Readonly<Record<string, string>> = { visits: 'year, place, day' };

/** The tables of `tables.sql` as Parquet files below a folder of their own. */
export class SltTables {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async write(): Promise<SltTables> {
    const folder = await mkdtemp(join(tmpdir(), 'squall-slt-'));
    const oracle = await Oracle.open();
    await oracle.run(SETUP);
    for (const name of NAMES) {
      const columns = PARTITIONED[name];
      if (columns) {
        await oracle.run(`COPY ${name} TO '${folder}/${name}' (FORMAT parquet, PARTITION_BY (${columns}))`);
        continue;
      }
      await mkdir(join(folder, name));
      for (let file = 0; file < FILES; file++) {
        const rows = `SELECT * FROM ${name} WHERE rowid % ${FILES} = ${file}`;
        await oracle.run(`COPY (${rows}) TO '${folder}/${name}/${file}.parquet' (FORMAT parquet)`);
      }
    }
    oracle.close();
    return new SltTables(folder);
  }

  /** Nothing that a file's statements leave behind is seen by another's. */
  session(workers: number): InlineSession {
    return inlineSession(this.#definitions(), workers);
  }

  /** For queries alone, with every exchange that a plan can have, though the tables are small. */
  spread(workers: number): SpreadSession {
    const runs = plannedRuns(this.#definitions());
    let ranges = 0;
    return {
      query: async (sql) => {
        const { rows, planned } = await runs.run(sql, { workers, limits: SPREAD });
        ranges += planned.stages.stages.filter(({ output }) => output.kind === 'range').length;
        return { rows, columns: planned.columns };
      },
      ranges: () => ranges,
      close: () => runs.close(),
    };
  }

  #definitions(): TableDefinitions {
    const files = Object.fromEntries(
      NAMES.map((name) => [name, `${this.#folder}/${name}/${PARTITIONED[name] ? '' : '*.parquet'}`]),
    );
    return { ...files, ...GOLDEN_TABLES };
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true });
  }
}

/** DuckDB with the same tables, and with the settings that make it mean what PostgreSQL does. */
export async function duckdbSession(): Promise<Oracle> {
  const oracle = await Oracle.open();
  await oracle.run("SET integer_division = true; SET default_null_order = 'nulls_last_on_asc_first_on_desc'");
  await oracle.run(SETUP);
  for (const [name, file] of Object.entries(GOLDEN_TABLES)) {
    await oracle.run(`CREATE VIEW ${name} AS SELECT * FROM read_parquet('${file}')`);
  }
  return oracle;
}
