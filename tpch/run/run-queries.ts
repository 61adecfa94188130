import type { QueryReport, Session } from '../../src/index.ts';
import { differenceFromOfficial } from './official-answer.ts';
import { queryText } from './query-text.ts';
import { substitutedText } from './substitution.ts';

export interface RunQueriesOptions {
  readonly session: Session;
  readonly queries: readonly number[];
  /** How often each is run. */
  readonly runs: number;
  /** Of random substitution parameters; null for those of validation. */
  readonly seed: number | null;
  readonly signal?: AbortSignal;
  /** Called when all runs of a query have ended. */
  readonly onQuery?: (result: QueryRuns) => void;
}

export interface QueryRuns {
  readonly query: number;
  readonly sql: string;
  readonly rows: number;
  readonly runs: readonly QueryReport[];
  /** Null where there is no official answer: another scale factor, other parameters. */
  readonly answer: Verdict | null;
}

export type Verdict = { readonly right: true } | { readonly right: false; readonly difference: string };

/** The scale factor of the data below the session's TPC-H tables, by its suppliers: 10,000 at 1. */
export async function scaleOf(session: Session, signal?: AbortSignal): Promise<number> {
  const result = await session.query('select count(*) from supplier', signal ? { signal } : {});
  for await (const [count] of result.values()) return Number(count) / 10_000;
  throw new Error('count(*) delivered no row');
}

/**
 * Runs queries of the benchmark one after the other and checks the answers of validation parameters at scale factor 1 against
 * the official ones. Throws what a query throws.
 */
export async function runQueries(options: RunQueriesOptions): Promise<readonly QueryRuns[]> {
  const { session, queries, runs, seed, signal, onQuery } = options;
  const scale = await scaleOf(session, signal);
  const done: QueryRuns[] = [];
  for (const query of queries) {
    const sql = seed === null ? queryText(query) : substitutedText(query, { seed, scale });
    const reports: QueryReport[] = [];
    let answer: Verdict | null = null;
    for (let run = 0; run < runs; run++) {
      const result = await session.query(sql, signal ? { signal } : {});
      const rows = [];
      for await (const row of result.values()) rows.push(row);
      reports.push(result.report);
      if (seed !== null || scale !== 1 || answer?.right === false) continue;
      const difference = differenceFromOfficial(query, result.columns, rows);
      answer = difference === null ? { right: true } : { right: false, difference };
    }
    const result = { query, sql, rows: reports[0]?.rows ?? 0, runs: reports, answer };
    onQuery?.(result);
    done.push(result);
  }
  return done;
}
