import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import type { Value } from '../../src/common/types.ts';
import type { LogicalPlan } from '../../src/planner/logical/logical-plan.ts';
import { TPCH_QUERIES, TPCH_TABLES } from '../../tpch/index.ts';
import { queryText } from '../../tpch/run/query-text.ts';
import { makeTpch, type TpchData } from '../tpch/data.ts';
import { AdaptiveQueries, forcedEstimates } from './adaptive-tpch.ts';

const SCALE = 0.1;
/** As at a scale factor of 6.4 with the limits as they are. */
const UNIT = 1024 * 1024;
const LIMITS = { taskBytes: UNIT, replicatedBytes: UNIT / 64, gatheredBytes: UNIT / 8, stageBytes: UNIT / 8 };
const WRONG = 100;

let data: TpchData;
let queries: AdaptiveQueries;
beforeAll(async () => {
  data = await makeTpch({ scale: SCALE, rowGroupRows: 20_000, threads: 1 });
  queries = new AdaptiveQueries(
    Object.fromEntries(TPCH_TABLES.map((name) => [name, `${data.base}/${name}/*.parquet`])),
    LIMITS,
  );
}, 600_000);
afterAll(async () => {
  await queries?.close();
  await data?.remove();
});

const text = (rows: readonly (readonly Value[])[]) =>
  rows
    .map((row) => row.map((value) => (typeof value === 'number' ? value.toPrecision(9) : String(value))).join('|'))
    .sort();

/** Each node is over- or underestimated, by the seed. */
function alternating(seed: number): (node: LogicalPlan) => number {
  const random = seededRandom(seed);
  const factors = new Map<LogicalPlan, number>();
  return (node) => {
    const known = factors.get(node) ?? (random.next() < 0.5 ? WRONG : 1 / WRONG);
    factors.set(node, known);
    return known;
  };
}

it('the 22 queries of TPC-H move at most 1.3 times what they move by true estimates when these are wrong by 100', async () => {
  const sums = new Map<string, number>();
  for (const query of TPCH_QUERIES) {
    const plan = await queries.optimized(queryText(query));
    const truth = await queries.trueRows(plan);
    const perfect = await queries.run(
      plan,
      forcedEstimates(plan, truth, () => 1),
      false,
    );
    const least = perfect.written + perfect.read;
    sums.set('true', (sums.get('true') ?? 0) + least);
    const line: string[] = [];
    for (const [name, factor] of [
      ['over', () => WRONG],
      ['under', () => 1 / WRONG],
      ['alternating', alternating(query)],
    ] as const) {
      for (const isAdaptive of [false, true]) {
        const { rows, written, read } = await queries.run(plan, forcedEstimates(plan, truth, factor), isAdaptive);
        expect(text(rows), `query ${query}, ${name}`).toEqual(text(perfect.rows));
        const key = `${name}${isAdaptive ? ', adaptive' : ''}`;
        sums.set(key, (sums.get(key) ?? 0) + written + read);
        if (least > 0) line.push(`${key} ${((written + read) / least).toFixed(2)}`);
        else expect(written + read, `query ${query}, ${key}`).toBe(0);
      }
    }
    process.stdout.write(`q${query}: ${(least / 1e6).toFixed(2)} MB; ${line.join(' · ')}\n`);
  }
  const least = sums.get('true') as number;
  for (const [name, bytes] of sums) process.stdout.write(`${name}: ${(bytes / least).toFixed(3)}\n`);
  for (const name of ['over', 'under', 'alternating']) {
    expect((sums.get(`${name}, adaptive`) as number) / least, name).toBeLessThanOrEqual(1.3);
  }
}, 3_600_000);
