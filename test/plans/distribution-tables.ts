import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Random } from '../../src/common/clock.ts';
import type { Value } from '../../src/common/types.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { NO_PAYLOAD, plannedRuns, SPREAD } from './planned-run.ts';

type Rows = readonly (readonly Value[])[];

export const byText = (rows: Rows) => rows.map((row) => row.map(String).join('|')).sort();

export interface Distribution {
  readonly oracle: Oracle;
  /** In one task, then over two and three with every exchange there is, small outputs inside messages and none of them. */
  inEveryWay(sql: string, ordered?: boolean): Promise<Rows>;
  readonly inline: ReturnType<typeof plannedRuns>;
  close(): Promise<void>;
}

const TABLES: Readonly<Record<string, string>> = {
  a: `SELECT CASE WHEN i % 13 = 0 THEN NULL ELSE (i * 7) % 900 END::INTEGER AS k, (i % 17)::BIGINT AS g,
      CASE WHEN i % 5 = 0 THEN NULL ELSE 't' || (i % 31) END AS s, (i * 1.25)::DECIMAL(12,2) AS d, i::BIGINT AS n FROM range(5000) t(i)`,
  b: `SELECT CASE WHEN i % 19 = 0 THEN NULL ELSE (i * 3) % 1100 END::BIGINT AS k, (i % 11)::BIGINT AS g,
      CASE WHEN i % 7 = 0 THEN NULL ELSE 't' || (i % 37) END AS s, i::BIGINT AS n FROM range(4200) t(i)`,
  c: "SELECT i::INTEGER AS k, 'name ' || i AS name FROM range(40) t(i)",
  e: 'SELECT (i % 300)::BIGINT AS src, ((i * 7 + 1) % 320)::BIGINT AS dst FROM range(4500) t(i)',
};

/** Tables of several row groups, with NULLs and keys that come often, in files that DuckDB and we read. */
export async function distributionTables(): Promise<Distribution> {
  const folder = mkdtempSync(join(tmpdir(), 'squall-distribution-'));
  const oracle = await Oracle.open();
  const definitions: Record<string, string> = {};
  for (const [name, query] of Object.entries(TABLES)) {
    const path = join(folder, `${name}.parquet`);
    await oracle.run(`CREATE TABLE ${name} AS ${query}`);
    await oracle.run(`COPY ${name} TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
    definitions[name] = path;
  }
  const inline = plannedRuns(definitions);
  const stored = plannedRuns(definitions, NO_PAYLOAD);
  return {
    oracle,
    inline,
    inEveryWay: async (sql, ordered = false) => {
      const text = ordered ? (rows: Rows) => rows.map(String) : byText;
      const alone = await inline.run(sql, { workers: 1 });
      for (const [runs, workers] of [
        [inline, 2],
        [stored, 3],
      ] as const) {
        const spread = await runs.run(sql, { workers, limits: SPREAD });
        expect(text(spread.rows), sql).toEqual(text(alone.rows));
      }
      expect(text((await inline.run(sql, { workers: 3 })).rows), sql).toEqual(text(alone.rows));
      return alone.rows;
    },
    close: async () => {
      await inline.close();
      await stored.close();
      oracle.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A join of two or three tables with whatever above it. */
export function randomQuery(random: Random): string {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;
  const keys = ['k', 'g', 's'] as const;
  const on = (left: string, right: string) => {
    const first = `${left}.${pick(keys)}`;
    const key = first.slice(-1);
    const second = random.next() < 0.3 ? ` AND ${left}.n ${pick(['<', '>', '<>'])} ${right}.n` : '';
    return `${first} = ${right}.${key}${random.next() < 0.4 ? ` AND ${left}.k = ${right}.k` : ''}${second}`;
  };
  const kind = () => pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN']);
  const small = (name: string) => `(SELECT * FROM ${name} WHERE n % ${pick([3, 7, 11])} = 1) `;
  let from = `${small('a')}x ${kind()} ${small('b')}y ON ${on('x', 'y')}`;
  if (random.next() < 0.5) from += ` ${kind()} ${small(pick(['a', 'b']))}z ON ${on(pick(['x', 'y']), 'z')}`;
  const where = pick([
    '',
    ' WHERE x.g < 9',
    ' WHERE y.k IS NOT NULL',
    ' WHERE x.k IN (SELECT k FROM b WHERE g = 1)',
    ' WHERE NOT EXISTS (SELECT 1 FROM e WHERE e.src = y.k)',
  ]);
  const key = pick(['x.k', 'y.k', 'x.s', 'y.g', 'x.g, y.s']);
  return pick([
    `SELECT ${key}, count(*), sum(x.n), max(y.n) FROM ${from}${where} GROUP BY ${key}`,
    `SELECT ${key}, count(DISTINCT y.n) FROM ${from}${where} GROUP BY ${key}`,
    `SELECT DISTINCT ${key} FROM ${from}${where}`,
    `SELECT count(*), sum(x.n - y.n) FROM ${from}${where}`,
    `SELECT ${key}, x.n, y.n, row_number() OVER (PARTITION BY ${key} ORDER BY x.n, y.n) AS r FROM ${from}${where} QUALIFY r < 3`,
    `SELECT ${key} FROM ${from}${where} ${pick(['UNION', 'EXCEPT'])} SELECT ${key.replaceAll('x.', '').replaceAll('y.', '')} FROM b`,
  ]);
}
