import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from '../oracle/duckdb.ts';
import { type InlineSession, inlineSession } from './inline-session.ts';

/** Small tables with NULLs, duplicates and rows without a partner. */
const TABLES = {
  a: `(VALUES (1, 10, 'one'), (2, 20, 'two'), (2, 21, 'two'), (3, NULL, NULL), (NULL, 40, 'none'), (5, 50, 'five'))
      AS t(k, x, s)`,
  b: "(VALUES (1, 100, 'one'), (2, 200, 'zwei'), (2, NULL, 'two'), (4, 400, NULL), (NULL, 500, 'none')) AS t(k, y, s)",
  c: '(VALUES (1, [1, 2, NULL]), (2, []), (3, NULL), (4, [7])) AS t(k, l)',
  edges: '(VALUES (1, 2), (2, 3), (3, 4), (4, 2), (5, 6)) AS t(src, dst)',
  nothing: '(SELECT 1 AS k, 2 AS z WHERE false) AS t',
} as const;

interface SmallTables {
  readonly session: InlineSession;
  readonly oracle: Oracle;
  close(): Promise<void>;
}

/** The tables as files, for us and for DuckDB. */
async function smallTables(workers: number): Promise<SmallTables> {
  const folder = await mkdtemp(join(tmpdir(), 'squall-small-'));
  const oracle = await Oracle.open();
  const files = Object.fromEntries(Object.keys(TABLES).map((name) => [name, join(folder, `${name}.parquet`)]));
  for (const [name, rows] of Object.entries(TABLES)) {
    await oracle.run(`COPY (SELECT * FROM ${rows}) TO '${files[name]}' (FORMAT parquet)`);
    await oracle.run(`CREATE VIEW ${name} AS FROM '${files[name]}'`);
  }
  const session = inlineSession(files, workers);
  return {
    session,
    oracle,
    close: async () => {
      await session.close();
      oracle.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Tests of the block that this is called in: each query gives what DuckDB gives. The tables are there while tests of the block run. */
export function answersAsDuckDb(queries: readonly string[]): () => SmallTables {
  let tables: SmallTables;

  beforeAll(async () => {
    tables = await smallTables(2);
  });

  afterAll(() => tables.close());

  it.each(queries)('%s', async (sql) => {
    expect(await tables.session.rows(sql)).toEqual(await tables.oracle.rows(sql));
  });
  return () => tables;
}
