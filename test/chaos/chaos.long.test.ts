import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tpchTables } from '../../datasets/tpch.ts';
import type { QueryOptions } from '../../src/index.ts';
import { TPCH_QUERIES } from '../../tpch/index.ts';
import { queryText } from '../../tpch/run/query-text.ts';
import { ask } from '../tpch/ask.ts';
import { makeTpch, type TpchData } from '../tpch/data.ts';
import { differenceOf, Reference } from '../tpch/reference.ts';
import { Chaos } from './chaos.ts';

let data: TpchData;
let reference: Reference;
beforeAll(async () => {
  data = await makeTpch({ scale: 0.1, rowGroupRows: 60_000 });
  reference = await Reference.open(data.base);
}, 120_000);
afterAll(async () => {
  reference?.close();
  await data?.remove();
});

const WAYS: Readonly<Record<string, QueryOptions>> = {
  'as it is planned': {},
  'through objects': { exchange: 'objects', joins: 'partitioned', partitions: 4, compression: 'lz4' },
  'over two levels, started early': {
    exchange: 'objects',
    joins: 'partitioned',
    partitions: 4,
    levels: 2,
    optimize: 'latency',
  },
};

describe.each(Object.entries(WAYS))('TPC-H with every twentieth function killed, %s', (way, options) => {
  let chaos: Chaos;
  let retries = 0;
  beforeAll(async () => {
    chaos = await Chaos.start({ tables: tpchTables(data.base), share: 0.05, seed: 20 + way.length, workers: 3 });
  });

  it.each(TPCH_QUERIES)('query %d answers as DuckDB does', async (query) => {
    const sql = queryText(query);
    const { report, ...answer } = await ask(chaos.session, sql, options);
    expect(differenceOf(answer, await reference.answer(sql))).toBeNull();
    expect(report.state).toBe('finished');
    retries += report.retries;
    // Readers that were started early can have all rows before those who delivered them have answered: these may still run. Otherwise
    // every function has ended when the rows are there, and nothing is left at once.
    if (options.optimize === 'latency') await chaos.session.cleaned();
    chaos.expectNoObjects();
  });

  it('functions have died, and nothing is left', async () => {
    const { invocations, deaths } = chaos.counts();
    expect(deaths).toBeGreaterThan(0);
    expect(retries).toBeGreaterThan(0);
    process.stdout.write(`${way}: ${deaths} of ${invocations} invocations killed, ${retries} retries\n`);
    await chaos.end();
  });
});
