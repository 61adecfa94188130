import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tpchTables } from '../../datasets/tpch.ts';
import { connect, type Session } from '../../src/index.ts';
import { TPCH_QUERIES } from '../../tpch/index.ts';
import { differenceFromOfficial } from '../../tpch/run/official-answer.ts';
import { queryText } from '../../tpch/run/query-text.ts';
import { substitutedText } from '../../tpch/run/substitution.ts';
import { ask } from './ask.ts';
import { makeTpch, type TpchData } from './data.ts';
import { differenceOf, Reference } from './reference.ts';

const WORKERS = 2;

let data: TpchData;
let reference: Reference;
let session: Session;
beforeAll(async () => {
  data = await makeTpch({ scale: 1 });
  reference = await Reference.open(data.base);
  session = await connect({ target: 'local', workers: WORKERS, data: data.folder, tables: tpchTables('s3://tpch') });
}, 400_000);
afterAll(async () => {
  await session?.close();
  reference?.close();
  await data?.remove();
});

describe('TPC-H at scale factor 1, through functions', () => {
  it.each(TPCH_QUERIES)('query %d answers as the specification and as DuckDB do', async (query) => {
    const sql = queryText(query);
    const { rows, columns, report, ...answer } = await ask(session, sql);
    expect(differenceOf(answer, await reference.answer(sql))).toBeNull();
    expect(differenceFromOfficial(query, columns, rows)).toBeNull();
    expect(report).toMatchObject({ target: 'local', state: 'finished' });
    process.stdout.write(`q${query}: ${report.ms.total.toFixed(0)} ms, ${report.invocations} invocations\n`);
  });

  it.each(TPCH_QUERIES)('query %d answers other parameters as DuckDB does', async (query) => {
    const sql = substitutedText(query, { seed: 2, scale: 1 });
    expect(differenceOf(await ask(session, sql), await reference.answer(sql))).toBeNull();
  });
});
