import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tpchTables } from '../../datasets/tpch.ts';
import { type ConfigOptions, connect, openStorage, type QueryReport, type Value, valueText } from '../../src/index.ts';
import { generate } from '../../tpch/index.ts';
import { type Radosgw, startRadosgw } from '../conformance/radosgw/radosgw.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { createBucket } from '../storage/create-bucket.ts';

const ROOT = join(import.meta.dirname, '../..');
const QUERIES = ['01', '06'] as const;
const SCALES = [0.1, 1] as const;
const WORKERS = 4;

const sqlOf = (query: string) => readFileSync(join(ROOT, `tpch/queries/q${query}.sql`), 'utf8').replace(/;\s*$/, '');

interface Answer {
  readonly rows: readonly (readonly Value[])[];
  readonly text: readonly (readonly string[])[];
  readonly report: QueryReport;
}

/** A query through embedded functions over S3. */
async function ask(storage: ConfigOptions, base: string, query: string): Promise<Answer> {
  const session = await connect({ target: 'local', workers: WORKERS, ...storage, tables: tpchTables(base) });
  try {
    const result = await session.query(sqlOf(query));
    const rows: (readonly Value[])[] = [];
    for await (const row of result.values()) rows.push(row);
    const texts = result.columns.map((column) => valueText(column.type));
    const text = rows.map((row) => row.map((value, index) => (value === null ? 'NULL' : texts[index]!(value))));
    return { rows, text, report: result.report };
  } finally {
    await session.close();
  }
}

/** The official answers are rounded to two places. */
function expectOfficial(text: Answer['text'], query: string): void {
  const lines = readFileSync(join(ROOT, `tpch/answers/q${query}.out`), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1);
  const official = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  expect(text.length).toBe(official.length);
  official.forEach((row, at) => {
    row.forEach((cell, column) => {
      const actual = text[at]![column]!;
      if (/^-?\d+\.\d+$/.test(cell)) expect(Number(actual).toFixed(2), `row ${at}, column ${column}`).toBe(cell);
      else expect(actual, `row ${at}, column ${column}`).toBe(cell);
    });
  });
}

let folder: string;
let gateway: Radosgw;
const storages: Record<'embedded' | 'radosgw', ConfigOptions> = { embedded: {}, radosgw: {} };
const environment = { ...process.env };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squall-e2e-'));
  gateway = await startRadosgw();
  await createBucket(gateway, 'tpch');
  process.env.AWS_ACCESS_KEY_ID = gateway.accessKeyId;
  process.env.AWS_SECRET_ACCESS_KEY = gateway.secretAccessKey;
  storages.embedded = { data: folder };
  storages.radosgw = { endpoint: gateway.endpoint, region: gateway.region };
}, 400_000);

afterAll(async () => {
  process.env = environment;
  await gateway.stop();
  await rm(folder, { recursive: true, force: true });
});

describe.each(['embedded', 'radosgw'] as const)('TPC-H over the %s S3', (server) => {
  describe.each(SCALES)('at scale factor %d', (scale) => {
    const base = `s3://tpch/sf${scale}`;

    beforeAll(async () => {
      const storage = await openStorage(storages[server]);
      try {
        const { store, location } = storage.stores.resolve(`${base}/`);
        await generate({ scale, tables: ['lineitem'], rowsPerFile: 750_000 * scale, store, base: location });
      } finally {
        await storage.close();
      }
    }, 300_000);

    it.each(QUERIES)('answers query %s as DuckDB does, with the requests that were predicted', async (query) => {
      const { rows, text, report } = await ask(storages[server], base, query);
      // The embedded server's objects are plain files below its directory, whichever server the query went to.
      const oracle = await Oracle.open();
      await oracle.run(`create view lineitem as from '${folder}/tpch/sf${scale}/lineitem/*.parquet'`);
      expect(rows).toEqual(await oracle.rows(sqlOf(query)));
      oracle.close();
      if (scale === 1) expectOfficial(text, query);

      const made = Object.entries(report.requests).map(([name, { requests }]) => [name, requests]);
      expect(Object.fromEntries(made)).toEqual(report.predicted.requests);
      expect(report.requests.GET.errors).toBe(0);
      expect(report.stages.map((stage) => stage.tasks)).toEqual([WORKERS, 1]);
      expect(report).toMatchObject({ target: 'local', state: 'finished', retries: 0, invocations: WORKERS + 1 });
      const requests = made.filter(([, count]) => count !== 0).map(([name, count]) => `${count} ${name}`);
      process.stdout.write(
        `q${query} SF ${scale} ${server}: ${requests.join(', ')} as predicted · ${report.ms.run.toFixed(0)} ms · ${report.coldStarts} cold\n`,
      );
    });
  });
});
