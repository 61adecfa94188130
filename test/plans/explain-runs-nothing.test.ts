import { afterEach, beforeEach, expect, it } from 'vitest';
import { Session } from '../../src/driver/session.ts';
import { ParquetCatalog } from '../../src/planner/catalog/parquet-catalog.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import { type FakeCloud, fakeCloud, leftovers } from '../driver/fake-cloud.ts';

const DAYS = 'datasets/golden/row-groups.parquet';
const QUERY = `SELECT digit, count(*) FROM '${DAYS}' GROUP BY digit ORDER BY digit`;

let store: MemoryObjectStore;
let cloud: FakeCloud;
let session: Session;
let asked: string[];

beforeEach(() => {
  store = new MemoryObjectStore();
  asked = [];
  const invoke = async () => {
    asked.push('invoke');
    throw new Error('nothing is to be invoked');
  };
  cloud = fakeCloud({
    store,
    invoke,
    invokeTree: (tasks) => tasks.map(invoke),
    warm: async () => void asked.push('warm'),
  });
  const { stores } = cloud;
  session = new Session({
    catalog: new ParquetCatalog({ stores, tables: {} }),
    stores,
    workers: 4,
    place: async () => {
      asked.push('place');
      return { cloud };
    },
    stopFunctions: () => cloud.close(),
    dispose: () => stores.close(),
  });
});
afterEach(() => session.close());

it.each([
  'EXPLAIN',
  'EXPLAIN (TYPE logical)',
  'EXPLAIN (TYPE optimized)',
  'EXPLAIN (TYPE distributed)',
  'EXPLAIN (TYPE io)',
  'EXPLAIN (FORMAT json)',
  'EXPLAIN (FORMAT mermaid)',
])('%s invokes nothing and writes nothing: it reads the footer', async (explain) => {
  const result = await session.query(`${explain} ${QUERY}`);
  for await (const _ of result.values());
  expect(asked.filter((what) => what !== 'place')).toEqual([]);
  const { GET, HEAD, PUT, LIST, DELETE } = result.report.requests;
  expect([PUT.requests, LIST.requests, DELETE.requests]).toEqual([0, 0, 0]);
  expect([1, 2]).toContain(GET.requests + HEAD.requests);
  expect(result.report).toMatchObject({ invocations: 0, stages: [] });
  expect(await leftovers(store)).toEqual([]);
});

it('the same query without it does', async () => {
  await expect(session.query(QUERY)).rejects.toThrow();
  expect(asked).toContain('invoke');
});
