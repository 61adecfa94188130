import { beforeAll, describe, expect, it } from 'vitest';
import { tpchTables } from '../../../datasets/tpch.ts';
import { generate } from '../../../tpch/gen/generate.ts';
import type { Value } from '../../common/types.ts';
import type { QueryReport } from '../../driver/report.ts';
import { Session } from '../../driver/session.ts';
import { ParquetCatalog } from '../../planner/catalog/parquet-catalog.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import { simCloud } from './sim-cloud.ts';

const Q6 = `select sum(l_extendedprice * l_discount) as revenue from lineitem
  where l_shipdate >= date '1994-01-01' and l_shipdate < date '1994-01-01' + interval '1' year
    and l_discount between 0.06 - 0.01 and 0.06 + 0.01 and l_quantity < 24`;

const objects = new MemoryObjectStore();

beforeAll(async () => {
  await generate({
    scale: 0.01,
    tables: ['lineitem'],
    rowsPerFile: 15_000,
    rowGroupRows: 5_000,
    store: objects,
    base: { bucket: 'data', key: 'tpch/' },
    threads: 1,
  });
});

interface Run {
  readonly trace: string;
  readonly rows: readonly (readonly Value[])[];
  readonly report: QueryReport;
}

/** Q6 through the unchanged driver and worker. */
async function simulate(seed: number): Promise<Run> {
  const cloud = await simCloud({ seed, objects });
  const { stores } = cloud;
  await using session = new Session({
    catalog: new ParquetCatalog({ stores, tables: tpchTables('s3://data/tpch') }),
    stores,
    workers: 6,
    place: async () => ({ cloud }),
    stopFunctions: () => cloud.close(),
    dispose: async () => undefined,
  });
  const result = await session.query(Q6);
  const rows: (readonly Value[])[] = [];
  for await (const row of result.values()) rows.push(row);
  return { trace: cloud.trace.text, rows, report: result.report };
}

describe('Q6 under virtual time', () => {
  it('has the same trace, byte for byte, for the same seed', async () => {
    const first = await simulate(1);
    const second = await simulate(1);
    expect(second.trace).toBe(first.trace);
    expect(second.report).toEqual(first.report);
    expect(first.trace.split('\n').length).toBeGreaterThan(50);
  });

  it('has another trace and the same answer for another seed', async () => {
    const [one, two] = [await simulate(1), await simulate(2)];
    expect(two.trace).not.toBe(one.trace);
    expect(two.rows).toEqual(one.rows);
    expect(one.rows).toEqual([[11930532253n]]);
  });

  it('needs the requests that the plan predicts, and modelled time', async () => {
    const { report } = await simulate(3);
    expect(report.target).toBe('sim');
    expect(report.requests.GET.requests).toBe(report.predicted.requests.GET);
    expect(report.requests.LIST.requests).toBe(report.predicted.requests.LIST);
    expect(report.stages.map((stage) => stage.tasks)).toEqual([6, 1]);
    expect(report.ms.total).toBeGreaterThan(300);
    expect(report.dollars?.total).toBeGreaterThan(0);
  });
});
