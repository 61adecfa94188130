import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { Chance } from '../oracle/chance.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { type InlineSession, inlineSession } from './inline-session.ts';

const STATEMENTS = 50;

let folder: string;
let oracle: Oracle;
let sessions: readonly InlineSession[];

/** a and b lie in the files, c (text), d (date) and y (whole number, or NULL) in their paths. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squall-partitions-'));
  oracle = await Oracle.open();
  await oracle.run(`COPY (
    SELECT i AS a, chr((97 + i % 5)::int) || i % 3 AS b,
      CASE i % 7 WHEN 0 THEN NULL WHEN 1 THEN 'x/y=z' WHEN 2 THEN '100 %' WHEN 3 THEN '01' WHEN 4 THEN 'ümlaut' ELSE 'plain' END AS c,
      DATE '2024-01-31' + (i % 2)::int AS d, nullif(i % 3, 0) * 1000 AS y
    FROM range(200) r(i)
  ) TO '${folder}/t' (FORMAT parquet, PARTITION_BY (y, c, d))`);
  sessions = [1, 3].map((workers) => inlineSession({}, workers));
});
afterAll(async () => {
  for (const session of sessions) await session.close();
  oracle.close();
  await rm(folder, { recursive: true });
});

/** A condition over the columns of files and of paths of the table that `t` names. */
function predicate(chance: Chance, t: string, depth: number): string {
  if (depth > 0 && chance.int(5) < 3) {
    const operator = chance.pick([' AND ', ' OR ']);
    const parts = Array.from({ length: 2 + chance.int(2) }, () => predicate(chance, t, depth - 1));
    return `${chance.rarely(7) ? 'NOT ' : ''}(${parts.join(operator)})`;
  }
  const compare = chance.pick(['=', '<>', '<', '<=', '>', '>=', 'IS DISTINCT FROM']);
  const year = chance.int(4) * 1000;
  const text = chance.pick(["'plain'", "'x/y=z'", "'01'", "'100 %'", "'ümlaut'", "'none'"]);
  const date = `DATE '2024-0${1 + chance.int(2)}-0${1 + chance.int(3)}'`;
  return chance.pick([
    `${t}.y ${compare} ${year}`,
    `${t}.c ${compare} ${text}`,
    `${t}.d ${compare} ${date}`,
    `${t}.a ${compare} ${chance.int(200)}`,
    `${t}.y IN (${year}, 1000)`,
    `${t}.c NOT IN (${text}, '01')`,
    `${t}.${chance.pick(['y', 'c', 'd', 'b'])} IS ${chance.pick(['', 'NOT '])}NULL`,
    `${t}.c LIKE '%${chance.pick(['a', '1', '%', 'z'])}%'`,
    `extract(month FROM ${t}.d) = ${1 + chance.int(2)}`,
    `${t}.y + ${t}.a ${compare} ${year}`,
    `${t}.c || ${t}.y ${compare} 'plain${year}'`,
    `CASE WHEN ${t}.y = ${year} THEN ${t}.c = ${text} ELSE ${t}.d > ${date} END`,
    `coalesce(${t}.y, 0) = ${year}`,
    `${t}.b = 'a${chance.int(3)}'`,
  ]);
}

function statement(seed: number): string {
  const chance = new Chance(seededRandom(seed));
  const files = `'${folder}/t/**/*.parquet'`;
  const where = predicate(chance, 't', 2);
  return chance.pick([
    `SELECT * FROM ${files} t WHERE ${where} ORDER BY a`,
    `SELECT y, c, count(*) AS n, sum(a) AS s FROM ${files} t WHERE ${where} GROUP BY y, c ORDER BY y NULLS LAST, c NULLS LAST`,
    `SELECT count(*), min(d), max(c), count(DISTINCT y) FROM ${files} t WHERE ${where}`,
    `SELECT t.a, q.y FROM ${files} t JOIN ${files} q ON t.y = q.y AND t.a = q.a + 5 WHERE ${where} ORDER BY 1, 2`,
    `SELECT a FROM ${files} WHERE y IN (SELECT y FROM ${files} t WHERE ${where}) ORDER BY a`,
    `SELECT DISTINCT c, d FROM ${files} t WHERE ${where} ORDER BY c NULLS LAST, d`,
  ]);
}

it(`answers ${STATEMENTS} statements over partitions as DuckDB does`, async () => {
  let pruned = 0;
  for (let seed = 0; seed < STATEMENTS; seed++) {
    const sql = statement(seed);
    const expected = await oracle.rows(sql);
    for (const session of sessions) expect([seed, sql, await session.rows(sql)]).toEqual([seed, sql, expected]);
    const { stages } = await (sessions[0] as InlineSession).plan(sql);
    const scans = stages.stages.flatMap((stage) => stage.scans);
    if (scans.some(({ files }) => files.selected < files.total)) pruned++;
  }
  expect(pruned).toBeGreaterThan(STATEMENTS / 3);
});
