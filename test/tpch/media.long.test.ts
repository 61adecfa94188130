import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tpchTables } from '../../datasets/tpch.ts';
import { connect, type QueryOptions, type Session } from '../../src/index.ts';
import { TPCH_QUERIES } from '../../tpch/index.ts';
import { queryText } from '../../tpch/run/query-text.ts';
import { type Asked, ask } from './ask.ts';
import { makeTpch, type TpchData } from './data.ts';
import { differenceOf, Reference } from './reference.ts';

/** How every partitioned edge of a query is made to run. */
const MEDIA: readonly (readonly [string, QueryOptions])[] = [
  ['objects at one level', { exchange: 'objects', levels: 1, partitions: 4, joins: 'partitioned' }],
  ['objects at two levels', { exchange: 'objects', levels: 2, partitions: 4, joins: 'partitioned' }],
  ['objects at three levels', { exchange: 'objects', levels: 3, partitions: 8, joins: 'partitioned' }],
  ['direct links', { exchange: 'direct', partitions: 3, joins: 'partitioned' }],
  ['joins that broadcast', { joins: 'broadcast', partitions: 3 }],
  ['joins that partition', { joins: 'partitioned', partitions: 3 }],
];

let data: TpchData;
let reference: Reference;
let session: Session;
const answers = new Map<number, Awaited<ReturnType<Reference['answer']>>>();
beforeAll(async () => {
  data = await makeTpch({ scale: 1 });
  reference = await Reference.open(data.base);
  for (const query of TPCH_QUERIES) answers.set(query, await reference.answer(queryText(query)));
  session = await connect({
    target: 'local',
    workers: 3,
    concurrency: 64,
    data: data.folder,
    tables: tpchTables('s3://tpch'),
  });
}, 400_000);
afterAll(async () => {
  await session?.close();
  reference?.close();
  await data?.remove();
});

function facts({ report: { requests, ms, invocations, links, edges } }: Asked): string {
  const direct = edges.filter(({ medium }) => medium === 'direct').length;
  const linked = links
    ? `, ${direct} edges over ${links.connected} link ends, at most ${links.descriptorsPeak} descriptors a function`
    : '';
  const levels = Math.max(1, ...edges.map((edge) => edge.levels));
  return `${ms.total.toFixed(0)} ms, ${invocations} invocations, ${requests.PUT.requests} PUT, ${requests.GET.requests} GET, levels ${levels}${linked}`;
}

/** Every exchange ran by the medium that was asked for. */
function checkMedia({ report: { edges, links } }: Asked, { exchange, levels }: QueryOptions): void {
  if (exchange === 'objects') {
    expect(Math.max(1, ...edges.map((edge) => edge.levels))).toBeLessThanOrEqual(levels ?? 1);
    for (const { actual } of edges) expect(['objects', '']).toContain(actual.media.join());
  }
  for (const { medium, actual } of edges) if (medium === 'direct') expect(actual.media).toEqual(['direct']);
  expect(links?.fellBack ?? []).toEqual([]);
}

describe.each(MEDIA)('TPC-H at scale factor 1 through %s', (_, options) => {
  it.each(TPCH_QUERIES)('answers query %d as it always does', async (query) => {
    const answer = await ask(session, queryText(query), options);
    const expected = answers.get(query);
    if (!expected) throw new Error(`no answer of query ${query}`);
    expect(differenceOf(answer, expected)).toBeNull();
    expect(answer.report).toMatchObject({ target: 'local', state: 'finished' });
    expect(answer.report.requests.HEAD.requests).toBe(0);
    checkMedia(answer, options);
    process.stdout.write(`q${query}: ${facts(answer)}\n`);
  });
});
