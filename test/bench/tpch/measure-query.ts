import type { Session, Value } from '../../../src/index.ts';
import { difference } from '../compare-rows.ts';
import type { Comparator } from '../duckdb.ts';
import { median } from '../measure.ts';

export interface QueryMeasurement {
  readonly query: number;
  /** Medians, ms: from the text to the last row, planning included. */
  readonly ours: number;
  readonly duckdb: number;
  readonly ratio: number;
  /** The median of our planning, ms. */
  readonly planMs: number;
  readonly rows: number;
  readonly runs: { readonly ours: readonly number[]; readonly duckdb: readonly number[] };
}

/**
 * Both engines once, answers compared; then `runs` times each, in turns, whoever began last time going second. Throws when the
 * answers differ.
 */
export async function measureQuery(
  query: number,
  sql: string,
  { session, comparator, runs }: { session: Session; comparator: Comparator; runs: number },
): Promise<QueryMeasurement> {
  const plans: number[] = [];
  const ask = async () => {
    const result = await session.query(sql);
    const rows: (readonly Value[])[] = [];
    for await (const row of result.values()) rows.push(row);
    plans.push(result.report.ms.plan);
    return rows;
  };
  const first = await ask();
  const wrong = difference(first, await comparator.rows(sql), true);
  if (wrong !== null) throw new Error(`the answers differ: ${wrong}`);
  plans.length = 0;
  const times = { ours: [] as number[], duckdb: [] as number[] };
  for (let run = 0; run < runs; run++) {
    const turns = [
      async () => void times.ours.push(await timed(ask)),
      async () => void times.duckdb.push(await timed(() => comparator.rows(sql))),
    ];
    for (const turn of run % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const [ours, duckdb] = [median(times.ours), median(times.duckdb)];
  return { query, ours, duckdb, ratio: ours / duckdb, planMs: median(plans), rows: first.length, runs: times };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}
