import { afterAll, beforeAll, expect, it } from 'vitest';
import { duckdbAnswer } from '../slt/answers.ts';
import { ask } from '../tpch/ask.ts';
import { differenceOf } from '../tpch/reference.ts';
import { Chaos } from './chaos.ts';
import { makeTables, type Tables } from './tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await makeTables();
});
afterAll(() => tables?.remove());

const QUERIES = [
  `select o_orderdate, l_returnflag, sum(l_quantity) as quantity from orders join lineitem on o_orderkey = l_orderkey
   where l_linenumber > 1 group by 1, 2 order by quantity desc, 1, 2 limit 20`,
  `select lines, count(*) as customers
   from (select o_custkey, count(l_orderkey) as lines
         from orders left join lineitem on o_orderkey = l_orderkey and l_quantity < 10 group by 1)
   group by 1 order by 2 desc, 1`,
];

it('queries whose functions die answer as if nothing had happened, and leave nothing', async () => {
  const chaos = await Chaos.start({ tables: tables.files, share: 0.25, seed: 3, workers: 3 });
  let retries = 0;
  for (const sql of QUERIES) {
    const options = { exchange: 'objects', joins: 'partitioned', partitions: 3, compression: 'lz4' } as const;
    const { report, ...answer } = await ask(chaos.session, sql, options);
    expect(differenceOf(answer, await duckdbAnswer(tables.oracle, sql))).toBeNull();
    expect(report.state).toBe('finished');
    retries += report.retries;
    chaos.expectNoObjects();
  }
  const { invocations, deaths } = chaos.counts();
  expect(deaths, `${invocations} invocations`).toBeGreaterThan(0);
  expect(retries).toBe(deaths);
  await chaos.end();
}, 120_000);
