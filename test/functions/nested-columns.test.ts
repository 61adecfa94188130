import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Oracle } from '../oracle/duckdb.ts';
import { inlineSession } from '../plans/inline-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'nested-'));
const file = join(folder, 'nested.parquet');
const oracle = await Oracle.open();
const session = inlineSession({}, 2);

beforeAll(() =>
  oracle.run(`COPY (
    SELECT i::integer AS i,
      CASE WHEN i % 5 = 0 THEN NULL ELSE [i, NULL, i + 1] END AS l,
      {'a': i, 'b': CASE WHEN i % 3 = 0 THEN NULL ELSE i::varchar END} AS s,
      map {i::varchar: i * 2, 'x': NULL} AS m,
      [[i], NULL, []] AS ll,
      [{'d': DATE '2020-01-01' + i::integer}] AS ls
    FROM range(3000) t(i)
  ) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`),
);

afterAll(async () => {
  await session.close();
  oracle.close();
  rmSync(folder, { recursive: true });
});

/** The same text on both engines. */
it.each([
  `SELECT i, l, s, m, ll, ls FROM '${file}' WHERE i % 7 < 3 ORDER BY i`,
  `SELECT i, l::varchar, s::varchar, m::varchar, ll::varchar, ls::varchar FROM '${file}' WHERE i < 100 ORDER BY i`,
  `SELECT i, len(l), list_extract(l, -1), list_contains(l, 2), array_to_string(l, '-') FROM '${file}' ORDER BY i`,
  `SELECT i, map_keys(m), map_values(m), map_extract(m, '7'), cardinality(m)::bigint FROM '${file}' ORDER BY i`,
  `SELECT i FROM '${file}' WHERE list_extract(l, 1) = 17 OR l IS NULL ORDER BY i`,
  `SELECT list_extract(l, 1) % 4 AS k, count(*), sum(len(l)) FROM '${file}' GROUP BY 1 ORDER BY 1 NULLS LAST`,
])('%s', async (sql) => {
  const text = (rows: unknown) => JSON.stringify(rows, (_, part) => (typeof part === 'bigint' ? Number(part) : part));
  expect(text(await session.rows(sql))).toBe(text(await oracle.rows(sql)));
});
