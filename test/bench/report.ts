import { cpus } from 'node:os';
import { DECODE_TARGETS } from './cases/decode.ts';
import { Comparator } from './duckdb.ts';
import { type Failure, geometricMean, type Measurement } from './measure.ts';
import type { MemoryReport } from './scan-memory.ts';
import type { SpillReport } from './spill-join.ts';

export interface Report {
  readonly date: string;
  readonly cpu: string;
  readonly node: string;
  readonly duckdb: string;
  /** Of both engines. */
  readonly threads: 1;
  readonly runs: number;
  /** By variant. */
  readonly folders: Readonly<Record<string, string>>;
  readonly measurements: readonly Measurement[];
  readonly failures: readonly Failure[];
  readonly memory: MemoryReport | null;
  readonly spill: SpillReport | null;
}

export const environment = () => ({
  date: new Date().toISOString(),
  cpu: cpus()[0]?.model ?? 'unknown',
  node: process.version,
  duckdb: Comparator.version,
  threads: 1 as const,
});

const cell = (text: string, width: number) => text.padStart(width);
const ms = (value: number) => value.toFixed(1);

export function header(report: Pick<Report, 'date' | 'cpu' | 'node' | 'duckdb' | 'runs' | 'folders'>): string {
  return [
    `${report.date} · ${report.cpu} · Node ${report.node} · DuckDB ${report.duckdb}, one thread each, one process`,
    `Medians of ${report.runs} hot runs in turns, after one whose answers were compared. Squall reads Parquet bytes that are in`,
    'memory already, DuckDB the same files from the page cache; Squall is given its physical plan, DuckDB plans its SQL.',
    ...Object.entries(report.folders).map(([variant, folder]) => `${variant}: ${folder}/TABLE.parquet`),
  ].join('\n');
}

export function line({ name, variant, ours, duckdb, ratio, target, modules }: Measurement): string {
  const verdict = target === null ? '' : ratio <= target ? `<= ${target}` : `<= ${target} MISSED`;
  const generated = modules.count === 0 ? '' : `${modules.count} modules, ${ms(modules.ms)} ms`;
  return [
    variant.padEnd(12),
    name.padEnd(42),
    cell(ms(ours), 9),
    cell(ms(duckdb), 9),
    cell(ratio.toFixed(2), 7),
    `  ${verdict.padEnd(16)}`,
    generated,
  ].join(' ');
}

export const COLUMNS = [
  'files'.padEnd(12),
  'case'.padEnd(42),
  cell('Squall ms', 9),
  cell('DuckDB ms', 9),
  cell('ratio', 7),
  `  ${'target'.padEnd(16)}`,
  'generated code',
].join(' ');

/** What is judged over several cases, and what is measured apart. */
export function summary(report: Report): string {
  const lines: string[] = [];
  for (const variant of Object.keys(report.folders)) {
    const of = report.measurements.filter((one) => one.variant === variant);
    const decode = of.filter(({ name }) => name.startsWith('decode '));
    const codec = variant.split('-')[0] as keyof typeof DECODE_TARGETS;
    const rest = of.filter(({ name }) => !name.startsWith('decode '));
    if (decode.length > 0) {
      lines.push(`${variant}: decode, geometric mean ${mean(decode)} (target ${DECODE_TARGETS[codec]})`);
    }
    if (rest.length > 0) lines.push(`${variant}: pipelines, geometric mean ${mean(rest)}`);
  }
  const slowest = report.measurements.toSorted((a, b) => b.modules.ms - a.modules.ms)[0];
  if (slowest && slowest.modules.count > 0) {
    const { name, modules } = slowest;
    lines.push(
      `emit + compile + instantiate at most ${ms(modules.ms)} ms: ${name}, ${modules.bytes} bytes (target 5 ms)`,
    );
  }
  const { memory, spill } = report;
  if (memory) {
    const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
    lines.push(
      `scan of lineitem, ${memory.columns} columns, ${memory.rows} rows: peak ${mebibytes(memory.maxRssBytes)} resident (target 400 MiB), ${mebibytes(memory.linearBytes)} of it linear memory`,
    );
  }
  if (spill) {
    lines.push(
      `join with a build side of ${spill.buildBytes} bytes under a budget of ${spill.operatorBytes}: ${ms(spill.ms)} ms, ${spill.spilledBytes} bytes spilled, answer ${spill.correct ? 'right' : 'WRONG'}`,
    );
  }
  for (const { name, variant, failure } of report.failures) lines.push(`FAILED ${variant} ${name}: ${failure}`);
  return lines.join('\n');
}

const mean = (of: readonly Measurement[]) => geometricMean(of.map(({ ratio }) => ratio)).toFixed(2);

/** The comparator's SQL, once for every case. */
export function comparatorSql(measurements: readonly Measurement[]): string {
  const sqls = new Map(measurements.map(({ name, sql }) => [name, sql]));
  return [...sqls].map(([name, sql]) => `-- ${name}\n${sql};`).join('\n');
}
