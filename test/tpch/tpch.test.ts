import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tpchTables } from '../../datasets/tpch.ts';
import { connect, type Session } from '../../src/index.ts';
import { TPCH_QUERIES } from '../../tpch/index.ts';
import { queryText } from '../../tpch/run/query-text.ts';
import { substitutedText } from '../../tpch/run/substitution.ts';
import { ask } from './ask.ts';
import { makeTpch, type TpchData } from './data.ts';
import { differenceOf, Reference } from './reference.ts';

const SCALE = 0.01;
/** Through functions: a scan, joins, an outer join, a subquery that is met twice. */
const THROUGH_FUNCTIONS = [1, 5, 13, 18, 21];

let data: TpchData;
let reference: Reference;
beforeAll(async () => {
  data = await makeTpch({ scale: SCALE, rowsPerFile: 15_000, rowGroupRows: 4_000, threads: 1 });
  reference = await Reference.open(data.base);
});
afterAll(async () => {
  reference?.close();
  await data?.remove();
});

describe.each([1, 3])('TPC-H at scale factor 0.01, inline, %d workers', (workers) => {
  let session: Session;
  beforeAll(async () => {
    session = await connect({ target: 'inline', workers, tables: tpchTables(data.base) });
  });
  afterAll(() => session.close());

  it.each(TPCH_QUERIES)('query %d', async (query) => {
    const sql = queryText(query);
    expect(differenceOf(await ask(session, sql), await reference.answer(sql))).toBeNull();
    if (workers === 1) return;
    const other = substitutedText(query, { seed: 1, scale: SCALE });
    expect(differenceOf(await ask(session, other), await reference.answer(other))).toBeNull();
  });
});

describe('TPC-H at scale factor 0.01, through functions', () => {
  let session: Session;
  beforeAll(async () => {
    session = await connect({ target: 'local', workers: 2, data: data.folder, tables: tpchTables('s3://tpch') });
  });
  afterAll(() => session.close());

  it.each(THROUGH_FUNCTIONS)('query %d', async (query) => {
    const sql = queryText(query);
    expect(differenceOf(await ask(session, sql), await reference.answer(sql))).toBeNull();
  });
});
