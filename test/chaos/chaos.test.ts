import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryText } from '../../tpch/run/query-text.ts';
import { ask } from '../tpch/ask.ts';
import { makeTpch, type TpchData } from '../tpch/data.ts';
import { differenceOf, Reference } from '../tpch/reference.ts';
import { Chaos } from './chaos.ts';

let data: TpchData;
let reference: Reference;
beforeAll(async () => {
  data = await makeTpch({ scale: 0.01, rowGroupRows: 8_000, threads: 1 });
  reference = await Reference.open(data.base);
});
afterAll(async () => {
  reference?.close();
  await data?.remove();
});

it('queries whose functions die answer as if nothing had happened, and leave nothing', async () => {
  const chaos = await Chaos.start({ base: data.base, share: 0.25, seed: 3, workers: 3 });
  let retries = 0;
  for (const query of [3, 13]) {
    const sql = queryText(query);
    const options = { exchange: 'objects', joins: 'partitioned', partitions: 3, compression: 'lz4' } as const;
    const { report, ...answer } = await ask(chaos.session, sql, options);
    expect(differenceOf(answer, await reference.answer(sql)), `query ${query}`).toBeNull();
    expect(report.state).toBe('finished');
    retries += report.retries;
    chaos.expectNoObjects();
  }
  const { invocations, deaths } = chaos.counts();
  expect(deaths, `${invocations} invocations`).toBeGreaterThan(0);
  expect(retries).toBe(deaths);
  await chaos.end();
}, 120_000);
