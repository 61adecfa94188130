import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BIGINT, INTEGER, typeName } from '../../../common/types.ts';
import { MemoryObjectStore } from '../../../storage/memory.ts';
import type { ByteRange, GetOptions, GetResult, ObjectLocation } from '../../../storage/object-store.ts';
import { Stores } from '../../../storage/stores.ts';
import { explainText, type PlannedQuery, planQuery } from '../../plan-query.ts';
import { ParquetCatalog, type TableDefinitions } from '../parquet-catalog.ts';

/** Remembers what was read. */
class WatchedStore extends MemoryObjectStore {
  reads: string[] = [];

  override getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult> {
    this.reads.push(location.key);
    return super.getRange(location, range, options);
  }
}

const store = new WatchedStore();
const stores = new Stores({}, { transports: { memory: store } });

const YEARS = [2020, 2021, 2022, 2023];
const MONTHS = ['01', '02', '03'];

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'squall-partitions-'));
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const put = async (key: string, query: string) => {
    const path = join(folder, 'x.parquet');
    await connection.run(`copy (${query}) to '${path}' (format parquet)`);
    await store.put({ bucket: 'b', key }, await readFile(path));
  };
  for (const year of YEARS) {
    for (const month of MONTHS) {
      await put(
        `t/year=${year}/month=${month}/x.parquet`,
        `select ${year}::integer + i::integer as n from range(10) t(i)`,
      );
      // Between the first and the last there is a file with another column, and one with a wider one.
      const more = year === 2021 && month === '02' ? ", 'more' as extra" : '';
      const type = year === 2022 && month === '02' ? 'bigint' : 'integer';
      await put(`drift/year=${year}/month=${month}/x.parquet`, `select ${year}::${type} as n${more}`);
    }
  }
  await put('mixed/year=2024/x.parquet', 'select 1 as n');
  await put('mixed/x.parquet', 'select 2 as n');
  for (const year of [1, 2, 3]) await put(`bad/year=${year}/x.parquet`, 'select 1 as n');
  await store.put({ bucket: 'b', key: 'bad/year=2/x.parquet' }, new TextEncoder().encode('this is no Parquet file'));
  await put('both/year=1/x.parquet', "select 'file' as year, 1 as n");
  await put('both/year=2/x.parquet', "select 'file' as year, 2 as n");
  await put('beside/year=1/x.parquet', 'select 1 as n');
  for (const key of ['beside/_SUCCESS', 'beside/_temporary/0/x.parquet', 'only/_SUCCESS']) {
    await store.put({ bucket: 'b', key }, new Uint8Array(0));
  }
  connection.closeSync();
  instance.closeSync();
  await rm(folder, { recursive: true });
});
afterAll(() => stores.close());

/** What planning a query has read, and what it has planned; each time by a session of its own. */
async function planned(sql: string, tables: TableDefinitions = {}) {
  store.reads = [];
  const plan = await planQuery(sql, { catalog: new ParquetCatalog({ stores, tables }) });
  return { plan, reads: store.reads.map((key) => key.replace(/\/x\.parquet$/, '').replace(/^\w+\//, '')) };
}

const filesOf = ({ stages }: PlannedQuery) =>
  stages.stages
    .flatMap(({ tasks }) => tasks.flatMap(({ scans }) => Object.values(scans).flat()))
    .map(({ uri }) => uri.replace('memory://b/', '').replace(/\/x\.parquet$/, ''));

const columnsOf = ({ columns }: PlannedQuery) => columns.map(({ name, type }) => `${name} ${typeName(type)}`);

const [FIRST, LAST] = ['year=2020/month=01', 'year=2023/month=03'];

describe('a partitioned table', () => {
  it('is read where the query wants it, by footers and by tasks', async () => {
    const { plan, reads } = await planned("select sum(n) from 'memory://b/t/' where year = 2021 and month = '02'");
    expect(reads).toEqual([FIRST, LAST, 'year=2021/month=02']);
    expect(filesOf(plan)).toEqual(['t/year=2021/month=02']);
    expect(plan.predicted.requests).toMatchObject({ LIST: 1, GET: 4, HEAD: 0 });
    expect(explainText(plan)).toContain('memory://b/t/: files 1/12 · row groups 1/1 · rows 10/10 · ');
  });

  it.each([
    ['year > 2022', ['year=2023/month=01', 'year=2023/month=02', 'year=2023/month=03']],
    ["year = 2020 and month in ('02', '03')", ['year=2020/month=02', 'year=2020/month=03']],
    ["year || '-' || month = '2022-03'", ['year=2022/month=03']],
    ['cast(month as integer) = 2 and year < 2021', ['year=2020/month=02']],
    [
      "(year = 2020 and n = 5) or (year = 2022 and month = '01')",
      [1, 2, 3, 0].map((m) => (m ? `year=2020/month=0${m}` : 'year=2022/month=01')),
    ],
    ['year = 1999', []],
    ['year is null', []],
    ['year + n = 4040 and year * 2 = 4040', MONTHS.map((month) => `year=2020/month=${month}`)],
    ["case when month = '01' then year = 2021 else false end", ['year=2021/month=01']],
  ])('is pruned by %s', async (predicate, files) => {
    const { plan, reads } = await planned(`select count(*) from 'memory://b/t/**/*.parquet' where ${predicate}`);
    expect(reads).toEqual([FIRST, LAST, ...files.filter((file) => file !== FIRST && file !== LAST)]);
    expect(filesOf(plan)).toEqual(files.map((file) => `t/${file}`));
  });

  it('is read whole by a predicate that other columns decide', async () => {
    const { reads } = await planned("select count(*) from 'memory://b/t/' where year = 2020 or n = 5");
    expect(reads).toHaveLength(12);
    const all = await planned("select count(*) from 'memory://b/t/'");
    expect([all.reads.length, filesOf(all.plan).length]).toEqual([12, 12]);
  });

  it('is pruned by what a join says, and for each of its readings', async () => {
    const { plan, reads } = await planned(
      "select count(*) from 'memory://b/t/' a join 'memory://b/t/' b on a.year = b.year where a.year = 2021 and a.month = '01'",
    );
    expect(reads).toEqual([FIRST, LAST, ...MONTHS.map((month) => `year=2021/month=${month}`)]);
    expect(filesOf(plan).sort()).toEqual([
      't/year=2021/month=01',
      't/year=2021/month=01',
      't/year=2021/month=02',
      't/year=2021/month=03',
    ]);
  });

  it('is pruned inside a common table and a subquery', async () => {
    const { reads } = await planned(`with w as (select * from 'memory://b/t/')
      select (select max(n) from w where year = 2022 and month = '01') as m`);
    expect(reads).toEqual([FIRST, LAST, 'year=2022/month=01']);
  });

  it('is not looked into for a query that wants nothing of it', async () => {
    const { plan, reads } = await planned("select * from 'memory://b/t/' where year = 2021 and false");
    expect([reads, columnsOf(plan)]).toEqual([
      [FIRST, LAST],
      ['n integer', 'month varchar', 'year bigint'],
    ]);
  });

  it('costs no footer twice in a session', async () => {
    const catalog = new ParquetCatalog({ stores, tables: {} });
    const sql = "select count(*) from 'memory://b/t/' where year = 2021";
    const first = await planQuery(sql, { catalog });
    const again = await planQuery(sql, { catalog });
    expect([first.predicted.requests.GET, again.predicted.requests.GET]).toEqual([5, 0]);
    expect(again.predicted.requests).toMatchObject({ LIST: 1, HEAD: 0 });
  });

  it('tells the planner what its partitions hold', async () => {
    const table = await new ParquetCatalog({ stores, tables: {} }).resolve({ kind: 'files', uris: ['memory://b/t/'] });
    const read = await table?.unread?.read(([, year]) => year !== 2020n, {});
    expect(read?.partitionColumns).toEqual([1, 2]);
    expect(read?.rows).toBe(90);
    expect(read?.statistics?.(1)).toEqual({ min: '01', max: '03', nullCount: 0, distinct: 3, unique: false, bytes: 2 });
    expect(read?.statistics?.(2)).toEqual({ min: 2021n, max: 2023n, nullCount: 0, distinct: 3, unique: false });
    const chosen = read?.splits({
      columns: [2, 0],
      constraints: [{ column: 2, kind: 'range', min: { value: 2022n, inclusive: false } }],
    });
    expect(chosen?.files.map(({ uri }) => uri.slice('memory://b/t/'.length, -'/x.parquet'.length))).toEqual(
      MONTHS.map((month) => `year=2023/month=${month}`),
    );
    expect(chosen?.files[0]?.rowGroups[0]?.chunks[0]).toEqual({ constant: 2023n });
    expect(chosen?.totals).toMatchObject({ files: 12, rowGroups: 9, rows: 90 });
  });
});

describe('files that differ', () => {
  const wanted = async (sql: string) => {
    const { plan, reads } = await planned(sql);
    return [columnsOf(plan), reads.length];
  };

  it('do not matter while the query leaves them out', async () => {
    expect(await wanted("select * from 'memory://b/drift/' where year = 2020")).toEqual([
      ['n integer', 'month varchar', 'year bigint'],
      4,
    ]);
  });

  it('are found out by what they have more, and then all are looked into', async () => {
    const all = ['n bigint', 'extra varchar', 'month varchar', 'year bigint'];
    expect(await wanted("select * from 'memory://b/drift/' where year = 2021")).toEqual([all, 12]);
    expect(await wanted("select * from 'memory://b/drift/' where year = 2022")).toEqual([all, 12]);
    expect(await wanted("select * from 'memory://b/drift/'")).toEqual([all, 12]);
  });

  it('are looked into for a column that none of the few has', async () => {
    expect(await wanted("select extra from 'memory://b/drift/' where year = 2020")).toEqual([['extra varchar'], 12]);
    await expect(planned("select nothing from 'memory://b/drift/' where year = 2020")).rejects.toMatchObject({
      code: 'SQ1102',
    });
  });
});

it('says where the query asks for a file that cannot be read, and only when it does', async () => {
  const sql = "select count(*) from 'memory://b/bad/' where year";
  expect((await planned(`${sql} <> 2`)).reads).toHaveLength(2);
  await expect(planned(`${sql} = 2`)).rejects.toMatchObject({ code: 'SQ3101', span: { start: 21, end: 38 } });
  await expect(planned(`${sql} = 2`)).rejects.toThrow('memory://b/bad/year=2/x.parquet: not a Parquet file: ');
});

it('ends with the signal, and leaves nothing under way', async () => {
  const controller = new AbortController();
  const catalog = new ParquetCatalog({ stores, tables: {} });
  const planning = planQuery("select * from 'memory://b/t/'", {
    catalog,
    signal: controller.signal,
  });
  const table = await catalog.resolve({ kind: 'files', uris: ['memory://b/t/'] });
  controller.abort(new Error('enough'));
  await expect(planning).rejects.toMatchObject({ code: 'SQ7000' });
  await expect(table?.unread?.read(() => true, { signal: controller.signal })).rejects.toMatchObject({
    code: 'SQ7000',
  });
});

describe('the folders of files', () => {
  it('mean nothing when not all files have them, or when they are not to', async () => {
    const columns = async (from: string) => columnsOf((await planned(`select * from ${from}`)).plan);
    expect(await columns("'memory://b/mixed/'")).toEqual(['n integer']);
    expect(await columns("read_parquet('memory://b/t/', hive_partitioning => false)")).toEqual(['n integer']);
    expect(await columns("read_parquet('memory://b/t/', hive_types_autocast => false)")).toEqual([
      'n integer',
      'month varchar',
      'year varchar',
    ]);
    await expect(columns("read_parquet('memory://b/mixed/', hive_partitioning => true)")).rejects.toMatchObject({
      code: 'SQ1116',
      message:
        'memory://b/mixed/x.parquet lies in folders of no partition, but memory://b/mixed/year=2024/x.parquet in folders of "year"',
      span: { start: 14 },
    });
  });

  it('are believed rather than a column of the same name, which keeps its place', async () => {
    expect(columnsOf((await planned("select * from 'memory://b/both/'")).plan)).toEqual(['year bigint', 'n integer']);
    expect(columnsOf((await planned("select * from 'memory://b/both/year=1/x.parquet'")).plan)).toEqual([
      'year bigint',
      'n integer',
    ]);
  });

  it('have the types of a declared schema', async () => {
    const schema = [
      { name: 'year', type: INTEGER, nullable: false },
      { name: 'n', type: BIGINT, nullable: true },
    ];
    const tables = {
      t: { files: 'memory://b/t/', schema },
      plain: { files: 'memory://b/t/', hivePartitioning: false },
    };
    const { plan, reads } = await planned('select * from t where year = 2022', tables);
    expect([columnsOf(plan), reads.length]).toEqual([['year integer', 'n bigint'], 5]);
    expect(columnsOf((await planned('select * from plain', tables)).plan)).toEqual(['n integer']);
  });
});

it('leaves out what writers leave beside the data', async () => {
  const { plan } = await planned("select * from 'memory://b/beside/'");
  expect(filesOf(plan)).toEqual(['beside/year=1']);
  await expect(planned("select * from 'memory://b/only/'")).rejects.toMatchObject({
    code: 'SQ5011',
    message: 'there is no data below memory://b/only/: the names of all files begin with _',
  });
});
