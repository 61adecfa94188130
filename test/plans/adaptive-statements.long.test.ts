import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Random, seededRandom } from '../../src/common/clock.ts';
import { EXCHANGE_OPTIONS, type ExchangeOptions } from '../../src/common/config.ts';
import { SquallError } from '../../src/common/errors.ts';
import type { Value } from '../../src/common/types.ts';
import type { Manifest } from '../../src/operators/task.ts';
import type { RowBounds } from '../../src/planner/estimate/bounds.ts';
import { Estimator } from '../../src/planner/estimate/estimate.ts';
import type { LogicalPlan } from '../../src/planner/logical/logical-plan.ts';
import type { Estimates } from '../../src/planner/physical/physical-context.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { RandomStatements } from '../oracle/random-statement.ts';
import { statementText } from '../oracle/statement.ts';
import { STATEMENT_TABLES, writeStatementTables } from '../oracle/statement-tables.ts';
import { AdaptiveQueries } from './adaptive-tpch.ts';
import { byText } from './distribution-tables.ts';
import { NO_PAYLOAD, type PlannedRuns, plannedRuns, SPREAD } from './planned-run.ts';

let folder: string;
let definitions: Record<string, string>;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'squall-adaptive-'));
  const oracle = await Oracle.open();
  await writeStatementTables(oracle, folder, 2);
  oracle.close();
  definitions = Object.fromEntries(STATEMENT_TABLES.map(({ name }) => [name, `${folder}/${name}/*.parquet`]));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Sums of doubles depend on their order. */
const rounded = (value: Value): Value => (typeof value === 'number' ? value.toPrecision(10) : value);

async function outcome(rows: Promise<readonly (readonly Value[])[]>): Promise<readonly string[]> {
  try {
    return byText((await rows).map((row) => row.map(rounded)));
  } catch (error) {
    if (error instanceof SquallError && error.code !== 'SQ9000') return [`error ${error.code}`];
    throw error;
  }
}

const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;

const FACTORS = [0.001, 0.1, 1, 10, 1000] as const;

/** Whatever comes to mind: an estimate for each node, the same one until something is known. */
function wildEstimates(optimized: LogicalPlan, random: Random) {
  const factors = new Map<LogicalPlan, number>();
  return (known: ReadonlyMap<LogicalPlan, RowBounds>): Estimates => {
    const base = new Estimator(optimized, known);
    const factor = (node: LogicalPlan) => {
      const found = factors.get(node) ?? oneOf(random, FACTORS);
      factors.set(node, found);
      return found;
    };
    return {
      rows: (node) => base.rows(node) * factor(node),
      bytes: (node) => base.bytes(node) * factor(node),
      distinct: (node, expr) => base.distinct(node, expr),
    };
  };
}

/** The same pieces with other sizes. Rows stay: how many there are is taken for certain. */
function wildSizes(outputs: readonly Manifest[], random: Random): readonly Manifest[] {
  return outputs.map((manifest) => {
    const partitions = manifest.partitions?.map((slice) => ({
      ...slice,
      length: slice.length * oneOf(random, FACTORS),
    }));
    return { ...manifest, ...(partitions && { partitions }) };
  });
}

it('200 random statements give the same rows whatever is estimated and measured, and in whatever order stages end', async () => {
  const alone = plannedRuns(definitions);
  const random = seededRandom(23);
  const statements = new RandomStatements(random);
  const kinds = new Map<string, number>();
  for (const taskBytes of [1000, 20_000]) {
    const queries = new AdaptiveQueries(definitions, { ...SPREAD, taskBytes });
    for (let i = 0; i < 100; i++) {
      const sql = statementText(statements.next());
      const expected = await outcome(alone.run(sql, { workers: 1 }).then(({ rows }) => rows));
      const plan = await queries.optimized(sql);
      const found = queries
        .run(plan, wildEstimates(plan, random), true, {
          pick: (stages) => oneOf(random, stages),
          shown: (_, outputs) => wildSizes(outputs, random),
        })
        .then(({ rows, decisions }) => {
          for (const { kind } of decisions) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          return rows;
        });
      expect(await outcome(found), sql).toEqual(expected);
    }
    await queries.close();
  }
  process.stdout.write(`${[...kinds].map(([kind, times]) => `${kind} ${times}`).join(' · ')}\n`);
  for (const kind of ['join', 'partitions', 'plan']) expect(kinds.get(kind) ?? 0, kind).toBeGreaterThan(20);
  await alone.close();
}, 600_000);

const CHOICES: readonly Partial<ExchangeOptions>[] = [
  {},
  { levels: 2 },
  { levels: 3, exchange: 'objects' },
  { optimize: 'latency' },
  { optimize: 'latency', exchange: 'objects', compression: 'lz4' },
  { partitions: 5 },
  { joins: 'partitioned' },
];

it('150 random statements give the same rows through the scheduler, whatever is chosen', async () => {
  const [alone, spread] = [plannedRuns(definitions), plannedRuns(definitions, NO_PAYLOAD)];
  const random = seededRandom(31);
  const statements = new RandomStatements(random);
  const run = (runs: PlannedRuns, sql: string, options: Parameters<PlannedRuns['run']>[1]) =>
    outcome(runs.run(sql, options).then(({ rows }) => rows));
  for (let i = 0; i < 150; i++) {
    const sql = statementText(statements.next());
    const choices = { ...EXCHANGE_OPTIONS, ...oneOf(random, CHOICES) };
    const limits = { ...SPREAD, taskBytes: oneOf(random, [1000, 20_000]) };
    const expected = await run(alone, sql, { workers: 1 });
    expect(await run(spread, sql, { adaptive: true, choices, limits }), `${JSON.stringify(choices)} ${sql}`).toEqual(
      expected,
    );
  }
  await alone.close();
  await spread.close();
}, 600_000);
