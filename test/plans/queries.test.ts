import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Oracle } from '../oracle/duckdb.ts';
import { type InlineSession, inlineSession } from './inline-session.ts';

/** Three row groups; ids ascend, digits repeat, every third price is NULL. */
const FILE = './datasets/golden/row-groups.parquet';

/** Meant alike by PostgreSQL, DuckDB and Squall; ordered, so that rows compare one by one. */
const QUERIES = [
  'SELECT * FROM t WHERE id < 30 ORDER BY id LIMIT 5',
  'SELECT id, price FROM t WHERE price IS NULL ORDER BY id DESC LIMIT 4 OFFSET 3',
  `SELECT name, count(*), count(price), sum(price), avg(price), min(day), max(id) FROM t
   WHERE day >= '1992-03-01' AND digit IN (1, 2) GROUP BY 1 HAVING count(*) > 1 ORDER BY sum(price) DESC, name`,
  'SELECT count(*) FROM t',
  'SELECT count(*), sum(id), min(price) FROM t WHERE id < 0',
  'SELECT digit, sum(id) FROM t WHERE id < 0 GROUP BY digit',
  'SELECT count(DISTINCT digit), sum(DISTINCT digit) FROM t',
  'SELECT name, count(DISTINCT price) FROM t GROUP BY name ORDER BY name',
  'SELECT DISTINCT digit FROM t ORDER BY digit DESC LIMIT 3 OFFSET 1',
  'WITH q AS (SELECT id * 2 AS d, price FROM t WHERE id < 100) SELECT d FROM q WHERE d > 190 ORDER BY price, d',
  'SELECT digit AS k, count(*) FILTER (WHERE price > 0.2) AS n FROM t GROUP BY k ORDER BY n DESC, k',
  'SELECT id % 3 = 0, count(*) FROM t GROUP BY id % 3 = 0 ORDER BY 1',
  `SELECT CASE WHEN price < 0.1 THEN 'low' WHEN price IS NULL THEN 'none' ELSE 'high' END AS level, count(*)
   FROM t GROUP BY level ORDER BY level`,
  "SELECT count(*) FROM t WHERE name LIKE 'name 1%' AND NOT (digit = 3 OR price > 0.3)",
  'SELECT coalesce(price, 0), nullif(digit, 5) FROM t WHERE id BETWEEN 10 AND 20 ORDER BY id',
  'SELECT price, id FROM t WHERE id < 7 ORDER BY price NULLS FIRST, id',
  'SELECT price, id FROM t WHERE id < 7 ORDER BY price DESC NULLS LAST, id DESC',
  'SELECT s.n FROM (SELECT digit AS d, count(*) AS n FROM t GROUP BY digit) AS s WHERE s.d = 4',
  'SELECT max(n) FROM (SELECT name, count(*) AS n FROM t GROUP BY name) AS s',
  'SELECT sum(d) FROM (SELECT DISTINCT digit AS d FROM t LIMIT 100) AS s',
  'SELECT count(*) FROM (SELECT id FROM t WHERE id >= 4000 LIMIT 50) AS s',
  'SELECT v.b, v.a FROM (VALUES (1, NULL), (2, 3.5)) AS v(a, b) WHERE v.b > 1 OR v.a = 1 ORDER BY 2',
  "SELECT 1 + 1, 'x' || 'y', date '1998-12-01' - interval '90' day, 3.10 * 2, 7 % 4, NULL IS NULL",
  'SELECT sum(id) FROM t WHERE 1 = 0',
  'SELECT count(*) FROM t WHERE id = 1 AND id = 2',
  'SELECT count(*) FROM t WHERE extract(year FROM day) = 1992 AND extract(month FROM day) = 2',
  'SELECT 1 FROM t LIMIT 2',
  'SELECT count(price) FROM t WHERE price IS DISTINCT FROM 0.05 AND (price > 0.1) IS NOT TRUE',
  'SELECT min(id + 1) - 1 AS a, sum(price * (1 - price)) FROM t WHERE id NOT IN (1, 2, 3)',
] as const;

describe('queries give what DuckDB gives', () => {
  let oracle: Oracle;
  let session: InlineSession;

  beforeAll(async () => {
    oracle = await Oracle.open();
    await oracle.run(`CREATE VIEW t AS FROM '${FILE}'`);
    session = inlineSession({ t: FILE }, 3);
  });

  afterAll(async () => {
    await session.close();
    oracle.close();
  });

  it.each(QUERIES)('%s', async (sql) => {
    expect(await session.rows(sql)).toEqual(await oracle.rows(sql));
  });

  it.each([
    'SELECT count(*) FROM t',
    'SELECT sum(price) FROM t WHERE id > 4400',
    'SELECT * FROM t ORDER BY id LIMIT 1',
    'SELECT 1',
    'EXPLAIN SELECT * FROM t',
  ])('asks for what was predicted: %s', async (sql) => {
    const { requests, predicted } = await session.report(sql);
    const made = Object.fromEntries(Object.entries(requests).map(([kind, totals]) => [kind, totals.requests]));
    expect(made).toEqual(predicted.requests);
  });

  it('takes no more than fits for operands that are written twice', async () => {
    const nested = (levels: number) =>
      `SELECT ${'coalesce('.repeat(levels)}id${', 1)'.repeat(levels)} AS x FROM t WHERE id = 7`;
    expect(await session.rows(nested(5))).toEqual([[7n]]);
    const sixty = (open: string) => `SELECT count(*) FROM t WHERE ${open.repeat(60)}id > 7${', false)'.repeat(60)}`;
    expect(await session.rows(sixty('coalesce('))).toEqual([[4492n]]);
    await expect(session.rows(sixty('nullif('))).rejects.toThrow(/^the expression has more than 250,000 parts$/);
  });

  it('filters above computations that would grow too large in the filter', async () => {
    const tables = Array.from({ length: 40 }, () => '(SELECT a + a - a AS a FROM ');
    const sql = `SELECT count(*) FROM ${tables.join('')}(SELECT id AS a FROM t) AS q${') AS q'.repeat(40)} WHERE a > 5`;
    expect(await session.rows(sql)).toEqual([[4494n]]);
  });

  it('EXPLAIN delivers the plan as rows and reads nothing', async () => {
    const rows = await session.rows('EXPLAIN SELECT count(*) FROM t');
    expect(rows[0]).toEqual(['Project count(*)  ~1 row']);
    expect(rows.at(-2)).toEqual([
      expect.stringMatching(/^Predicted: 1 HEAD · 0 B read · \d+ ms on functions of 1 769 MB$/),
    ]);
    expect(rows.at(-1)).toEqual([
      expect.stringMatching(/^Predicted bill: \$[\d.]+ \(functions \$[\d.]+, requests \$[\d.]+; /),
    ]);
  });
});

describe('files whose schemas have drifted', () => {
  let oracle: Oracle;
  let session: InlineSession;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'squall-drift-'));
    oracle = await Oracle.open();
    const parts = [
      "SELECT i::integer AS n, (i / 10)::decimal(9, 1) AS m, 'a' AS s FROM range(50) t(i)",
      "SELECT DATE '2020-01-01' + i::integer AS d, i * 3000000000 AS n, (i / 100)::decimal(18, 3) AS m FROM range(50) t(i)",
    ];
    for (const [i, part] of parts.entries()) {
      await oracle.run(`COPY (${part}) TO '${join(folder, `${i}.parquet`)}' (FORMAT parquet)`);
    }
    await oracle.run(
      `CREATE VIEW drift AS SELECT n, m, s, d FROM read_parquet('${folder}/*.parquet', union_by_name = true)`,
    );
    session = inlineSession({ drift: `${folder}/*.parquet` }, 2);
  });

  afterAll(async () => {
    await session.close();
    oracle.close();
    await rm(folder, { recursive: true });
  });

  it.each([
    'SELECT n, s, d FROM drift ORDER BY n, d NULLS FIRST',
    'SELECT count(*), count(s), count(d), sum(n) FROM drift',
    'SELECT n FROM drift WHERE d IS NULL AND n > 40 ORDER BY n',
    "SELECT n FROM drift WHERE d >= '2020-02-01' ORDER BY n",
    "SELECT count(*) FROM drift WHERE s = 'a'",
    'SELECT CAST(m AS varchar), n FROM drift WHERE m > 0.4 AND n < 100 ORDER BY n',
  ])('%s', async (sql) => {
    expect(await session.rows(sql)).toEqual(await oracle.rows(sql));
  });
});
