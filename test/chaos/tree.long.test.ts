import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const SQL = `select o_orderdate, l_returnflag, sum(l_quantity) as quantity
  from orders join lineitem on o_orderkey = l_orderkey group by 1, 2 order by quantity desc, 1, 2 limit 20`;

/** A session whose very first function, which invokes others before it runs its own task, is killed; the answer is right. */
async function answered(firstMs: number, eventRetryDelaysMs: readonly number[]) {
  const chaos = await Chaos.start({ tables: tables.files, workers: 4, firstMs, eventRetryDelaysMs });
  const options = { exchange: 'objects', joins: 'partitioned', partitions: 4, invocation: 'tree' } as const;
  const { report, ...answer } = await ask(chaos.session, SQL, options);
  expect(differenceOf(answer, await duckdbAnswer(tables.oracle, SQL))).toBeNull();
  expect(chaos.counts().deaths).toBe(1);
  return { chaos, report };
}

describe('a function that was to invoke others is killed', { timeout: 60_000 }, () => {
  it('before it has: its tasks are lost, the driver invokes them itself', async () => {
    const { chaos, report } = await answered(0, []);
    expect(report.retries).toBe(2);
    // For all the driver knows they may still run until their time is over: that is what closing the session makes sure of.
    await chaos.end();
  });

  it('before it has, and its event comes again: nothing is lost, and nothing is left at once', async () => {
    const { chaos, report } = await answered(0, [100]);
    expect(report.retries).toBe(0);
    chaos.expectNoObjects();
    await chaos.end();
  });

  it('at some time, and its event comes again: whoever ran twice counts once', async () => {
    const { chaos } = await answered(60, [100]);
    // Of the two that ran the same task one may still run.
    await chaos.end();
  });
});
