import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Estimator } from '../../src/planner/estimate/estimate.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { AdaptiveQueries } from './adaptive-tpch.ts';
import { byText } from './distribution-tables.ts';

const UNIT = 32 * 1024;
const LIMITS = { taskBytes: 4 * UNIT, replicatedBytes: UNIT, gatheredBytes: UNIT, stageBytes: UNIT };

let folder: string;
let oracle: Oracle;
let queries: AdaptiveQueries;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'squall-skew-'));
  oracle = await Oracle.open();
  // Half of the rows of `facts` have one key.
  const tables = {
    facts:
      'SELECT CASE WHEN i % 2 = 0 THEN 7 ELSE (i * 7919) % 30000 END::BIGINT AS k, i::BIGINT AS n, (i % 97)::BIGINT AS m FROM range(120000) t(i)',
    keys: 'SELECT i::BIGINT AS k, (i * 3)::BIGINT AS w FROM range(30000) t(i)',
  };
  const definitions: Record<string, string> = {};
  for (const [name, query] of Object.entries(tables)) {
    definitions[name] = join(folder, `${name}.parquet`);
    await oracle.run(`CREATE TABLE ${name} AS ${query}`);
    await oracle.run(
      `COPY ${name} TO '${definitions[name]}' (FORMAT parquet, ROW_GROUP_SIZE 6144, COMPRESSION uncompressed)`,
    );
  }
  queries = new AdaptiveQueries(definitions, LIMITS);
}, 60_000);
afterAll(async () => {
  await queries?.close();
  oracle?.close();
  rmSync(folder, { recursive: true });
});

it.each([
  ['an inner join', 'SELECT count(*), sum(n * w), max(m) FROM facts JOIN keys USING (k)'],
  [
    'an outer join',
    'SELECT count(*), sum(n + coalesce(w, 1)) FROM facts LEFT JOIN (SELECT * FROM keys WHERE w % 5 <> 1) USING (k)',
  ],
  ['a semi join', 'SELECT count(*), sum(n) FROM facts WHERE k IN (SELECT k FROM keys WHERE w % 5 <> 3)'],
  ['a sort', 'SELECT k, n, m FROM facts ORDER BY k'],
  ['groups behind a join', 'SELECT m, count(*), sum(w) FROM facts JOIN keys USING (k) GROUP BY m'],
])('%s over rows half of which have one key: no task reads twice the rows of the median one', async (_, sql) => {
  const plan = await queries.optimized(sql);
  const run = await queries.run(plan, (known) => new Estimator(plan, known), true);
  expect(byText(run.rows)).toEqual(byText(await oracle.rows(sql)));
  const divided = run.stages.filter(({ inputs }) => inputs.some(({ route }) => route.kind !== 'all'));
  expect(divided.length).toBeGreaterThan(0);
  for (const { id } of divided) {
    const rows = [...(run.taskRows.get(id) ?? [])].sort((a, b) => a - b);
    expect(rows.at(-1), `rows read by the tasks of stage ${id}: ${rows.join()}`).toBeLessThanOrEqual(
      2 * (rows[Math.floor((rows.length - 1) / 2)] as number),
    );
  }
});
