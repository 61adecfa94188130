import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { connect } from '../../../src/index.ts';
import { queryText } from '../../../tpch/run/query-text.ts';
import { Comparator } from '../duckdb.ts';
import { geometricMean } from '../measure.ts';
import { measureQuery, type QueryMeasurement } from './measure-query.ts';
import { planJoins } from './plan-joins.ts';
import { tableFiles } from './table-files.ts';

/** Largest ratio of a query, and of the geometric mean, that is good enough. */
const TARGETS = { query: 2, mean: 1 } as const;

const COLUMNS = ['query', 'Squall s', 'of it plan', 'DuckDB s', 'ratio'] as const;
const WIDTHS = [6, 10, 11, 10, 8] as const;
const row = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(WIDTHS[i] ?? 0)).join(' ');

function line({ query, ours, planMs, duckdb, ratio }: QueryMeasurement): string {
  const cells = [
    `q${query}`,
    (ours / 1000).toFixed(3),
    (planMs / 1000).toFixed(3),
    (duckdb / 1000).toFixed(3),
    ratio.toFixed(2),
  ];
  return `${row(cells)}${ratio > TARGETS.query ? `  > ${TARGETS.query}` : ratio > 1 ? '  > 1' : ''}`;
}

/** See scripts/bench-tpch.mjs. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      queries: { type: 'string' },
      runs: { type: 'string', default: '3' },
      json: { type: 'string' },
    },
  });
  if (values.data === undefined || values.queries === undefined) throw new Error('--data and --queries are needed');
  const runs = Number(values.runs);
  const files = tableFiles(values.data);
  const about = {
    date: new Date().toISOString(),
    cpu: cpus()[0]?.model ?? 'unknown',
    node: process.version,
    duckdb: Comparator.version,
    threads: 1,
    runs,
  };
  console.log(
    `${about.date} · ${about.cpu} · Node ${about.node} · DuckDB ${about.duckdb}, one thread each, one process`,
  );
  console.log(
    `Medians of ${runs} hot runs in turns, after one whose answers were compared. Both plan and read the same files.\n`,
  );
  console.log(row(COLUMNS));

  const comparator = await Comparator.open();
  await comparator.use(files.duckdb);
  const session = await connect({ target: 'inline', workers: 1, tables: files.squall });
  const measurements: QueryMeasurement[] = [];
  const failures: { readonly query: number; readonly failure: string }[] = [];
  for (const query of values.queries.split(',').map(Number)) {
    try {
      const measured = await measureQuery(query, queryText(query), { session, comparator, runs });
      measurements.push(measured);
      console.log(line(measured));
    } catch (error) {
      failures.push({ query, failure: String(error) });
      console.log(`${row([`q${query}`])}  FAILED: ${error}`);
    }
  }
  const planned = await planJoins(session, runs);
  await session.close();
  comparator.close();
  const mean = geometricMean(measurements.map(({ ratio }) => ratio));
  const seconds = (of: 'ours' | 'duckdb') => measurements.reduce((sum, one) => sum + one[of], 0) / 1000;
  console.log(
    `\n${measurements.length} queries: ${seconds('ours').toFixed(3)} s against ${seconds('duckdb').toFixed(3)} s, geometric mean of the ratios ${mean.toFixed(3)} (target ${TARGETS.mean})`,
  );
  const joins = planned.map(
    ({ shape, planMs, firstMs }) => `${shape} ${planMs.toFixed(0)} ms (first ${firstMs.toFixed(0)} ms)`,
  );
  console.log(`Planning a join of 20 tables: ${joins.join(', ')}`);
  if (values.json !== undefined) {
    mkdirSync(dirname(values.json), { recursive: true });
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...about, geometricMean: mean, measurements, failures, planned }, null, 2)}\n`,
    );
  }
  if (failures.length > 0) process.exitCode = 1;
}

await main();
