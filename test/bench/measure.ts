import type { GeneratedModule } from '../../src/operators/execution.ts';
import { Plans } from '../oracle/plan-builder.ts';
import type { BenchCase, Scan } from './bench-case.ts';
import { difference } from './compare-rows.ts';
import type { Comparator } from './duckdb.ts';
import { Engine } from './engine.ts';
import type { Tables } from './tables.ts';

export interface Measurement {
  readonly name: string;
  /** Codec and row group size of the files. */
  readonly variant: string;
  /** Medians, ms. */
  readonly ours: number;
  readonly duckdb: number;
  readonly ratio: number;
  readonly target: number | null;
  readonly runs: { readonly ours: readonly number[]; readonly duckdb: readonly number[] };
  /** Modules generated in a run, their bytes, and the median of the ms to emit, compile and instantiate them. */
  readonly modules: { readonly count: number; readonly bytes: number; readonly ms: number };
  readonly sql: string;
}

/** A case that could not be measured, and why: an answer that differs, an error. */
export interface Failure {
  readonly name: string;
  readonly variant: string;
  readonly failure: string;
}

/**
 * Both engines once, answers compared; then `runs` times each, in turns, whoever began last time going second.
 * Throws when the answers differ.
 */
export async function measure(
  of: BenchCase,
  { tables, comparator, variant, runs }: { tables: Tables; comparator: Comparator; variant: string; runs: number },
): Promise<Measurement> {
  const modules: GeneratedModule[] = [];
  const engine = new Engine(tables, { onModule: (module) => modules.push(module) });
  const built = (build: (scan: Scan, plans: Plans) => ReturnType<Scan>) => {
    const plans = new Plans();
    return build((table, columns) => tables.scan(plans, table, columns), plans).plan;
  };
  const { ours, streamed } = of;
  const check = built(streamed?.build ?? (ours.kind === 'plan' ? ours.build : ours.check));
  const wrong = difference(
    await engine.rows(check),
    await comparator.rows(streamed?.sql ?? of.sql),
    of.ordered ?? false,
  );
  if (wrong !== null) throw new Error(`the answers differ: ${wrong}`);

  const runOurs = async () => {
    if (ours.kind === 'decode') return engine.decode(ours.table, ours.columns);
    const plan = built(ours.build);
    return streamed ? engine.drain(plan) : (await engine.rows(plan)).length;
  };
  const runTheirs = async () => (streamed ? comparator.drain(of.sql) : (await comparator.rows(of.sql)).length);
  if (streamed && (await runOurs()) !== (await runTheirs())) throw new Error('the numbers of rows differ');

  const times = { ours: [] as number[], duckdb: [] as number[] };
  const generating: number[] = [];
  for (let run = 0; run < runs; run++) {
    modules.length = 0;
    const turns: readonly (() => Promise<void>)[] = [
      async () => void times.ours.push(await timed(runOurs)),
      async () => void times.duckdb.push(await timed(runTheirs)),
    ];
    for (const turn of run % 2 === 0 ? turns : turns.toReversed()) await turn();
    generating.push(modules.reduce((total, { ms }) => total + ms, 0));
  }
  const [mine, other] = [median(times.ours), median(times.duckdb)];
  return {
    name: of.name,
    variant,
    ours: mine,
    duckdb: other,
    ratio: mine / other,
    target: of.target,
    runs: times,
    modules: {
      count: modules.length,
      bytes: modules.reduce((total, { bytes }) => total + bytes, 0),
      ms: median(generating),
    },
    sql: of.sql,
  };
}

async function timed(run: () => Promise<number>): Promise<number> {
  const start = performance.now();
  await run();
  return performance.now() - start;
}

export function median(values: readonly number[]): number {
  const ascending = values.toSorted((a, b) => a - b);
  const middle = ascending.length >> 1;
  const upper = ascending[middle] as number;
  return ascending.length % 2 === 1 ? upper : (upper + (ascending[middle - 1] as number)) / 2;
}

export const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((total, value) => total + Math.log(value), 0) / values.length);
