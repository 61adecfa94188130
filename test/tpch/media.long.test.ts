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
  ['objects at one level', { exchange: 'objects', levels: 1, partitions: 4 }],
  ['objects at two levels', { exchange: 'objects', levels: 2, partitions: 4 }],
  ['objects at three levels', { exchange: 'objects', levels: 3, partitions: 8 }],
  ['direct links', { exchange: 'direct', partitions: 3 }],
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

const facts = ({ report: { requests, ms, invocations } }: Asked) =>
  `${ms.total.toFixed(0)} ms, ${invocations} invocations, ${requests.PUT.requests} PUT, ${requests.GET.requests} GET`;

describe.each(MEDIA)('TPC-H at scale factor 1 through %s', (_, options) => {
  it.each(TPCH_QUERIES)('answers query %d as it always does', async (query) => {
    const answer = await ask(session, queryText(query), options);
    const expected = answers.get(query);
    if (!expected) throw new Error(`no answer of query ${query}`);
    expect(differenceOf(answer, expected)).toBeNull();
    expect(answer.report).toMatchObject({ target: 'local', state: 'finished' });
    expect(answer.report.requests.HEAD.requests).toBe(0);
    process.stdout.write(`q${query}: ${facts(answer)}\n`);
  });
});
