import type { Session } from '../../../src/index.ts';
import { median } from '../measure.ts';

export interface PlanMeasurement {
  readonly shape: string;
  /** The first time, and the median of those after it. */
  readonly firstMs: number;
  readonly planMs: number;
}

const TABLES = 20;
const KEYS: readonly (readonly [table: string, key: string])[] = [
  ['orders', 'o_custkey'],
  ['customer', 'c_custkey'],
  ['nation', 'n_nationkey'],
  ['supplier', 's_nationkey'],
];

/** Which table before it the i-th is joined with. */
const SHAPES: Readonly<Record<string, (i: number) => number>> = {
  chain: (i) => i - 1,
  star: () => 0,
  tree: (i) => Math.floor((i - 1) / 2),
};

/** Plans joins of twenty tables; nothing runs. */
export async function planJoins(session: Session, runs: number): Promise<readonly PlanMeasurement[]> {
  const measurements: PlanMeasurement[] = [];
  for (const [shape, partner] of Object.entries(SHAPES)) {
    const sql = joinOf(partner);
    const times: number[] = [];
    for (let run = 0; run <= runs; run++) {
      const start = performance.now();
      await session.plan(sql);
      times.push(performance.now() - start);
    }
    const [firstMs, ...others] = times as [number, ...number[]];
    measurements.push({ shape, firstMs, planMs: median(others) });
  }
  return measurements;
}

function joinOf(partner: (i: number) => number): string {
  const tables = Array.from({ length: TABLES }, (_, i) => KEYS[i % KEYS.length] as (typeof KEYS)[number]);
  const key = (i: number) => `t${i}.${tables[i]?.[1]}`;
  const conditions = tables.slice(1).map((_, i) => `${key(partner(i + 1))} = ${key(i + 1)}`);
  return `SELECT count(*) FROM ${tables.map(([table], i) => `${table} t${i}`).join(', ')} WHERE ${conditions.join(' AND ')}`;
}
