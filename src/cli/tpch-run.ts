import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { tpchTables } from '../../datasets/tpch.ts';
import { type QueryRuns, runQueries, scaleOf, TPCH_QUERIES } from '../../tpch/index.ts';
import { CONFIG, connect, type QueryReport, VERSION } from '../index.ts';
import { EXIT, fail } from './exit.ts';
import { listenForInterrupt } from './interrupt.ts';
import { addConfigOptions, configOptions, wholeNumber, wholeNumberFrom } from './options.ts';
import { bytesText } from './units.ts';

interface RunFlags {
  readonly data: string;
  readonly queries: readonly number[];
  readonly runs: number;
  readonly seed?: number;
  readonly json?: string;
}

/** The directory behind an embedded S3 is SQUALL_DATA here: --data says where the tables are. */
const KEYS = CONFIG.map(({ key }) => key).filter((key) => key !== 'data');

export function tpchRunCommand(): Command {
  const command = new Command('run')
    .description('run the queries, check their answers at scale factor 1, print what they took')
    .requiredOption('--data <uri>', 'directory or s3://bucket/prefix with the tables, as gen writes them')
    .addOption(
      new Option('--queries <list>', 'numbers and ranges: 1-22 or 1,3,10-12')
        .argParser(queryNumbers)
        .default(TPCH_QUERIES, '1-22'),
    )
    .option('--runs <n>', 'how often each query is run', wholeNumberFrom(1), 1)
    .option(
      '--seed <n>',
      "draw random substitution parameters; default: the specification's validation parameters",
      wholeNumber,
    )
    .option('--json <file>', 'write the results for machines')
    .optionsGroup('Where and how it runs:');
  return addConfigOptions(command, KEYS).action(run);
}

async function run(flags: RunFlags): Promise<void> {
  const { data, queries, runs, seed = null, json } = flags;
  const interrupt = listenForInterrupt();
  const { signal } = interrupt;
  const { data: _tables, ...settings } = configOptions(flags as unknown as Record<string, unknown>);
  try {
    await using session = await connect({ ...settings, tables: tpchTables(data) });
    const scale = await scaleOf(session, signal);
    console.log(`TPC-H SF ${scale} in ${data} · ${parametersText(seed)} · best of ${runs}`);
    console.log(COLUMNS);
    const onQuery = (result: QueryRuns) => console.log(line(result));
    const results = await runQueries({ session, queries, runs, seed, signal, onQuery });
    console.log(summary(results));
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report(results, { data, scale, seed }), null, 2)}\n`);
    if (results.some(({ answer }) => answer?.right === false)) process.exitCode = EXIT.internal;
  } catch (error) {
    fail(error);
  }
  interrupt.stop();
}

const parametersText = (seed: number | null) =>
  seed === null ? 'validation parameters' : `parameters of seed ${seed}`;

const COLUMNS = `query   seconds   plan ms       rows  requests      read   cold    dollars  answer`;

const total = ({ ms }: QueryReport) => ms.total;
const best = ({ runs }: QueryRuns): QueryReport => runs.reduce((a, b) => (total(b) < total(a) ? b : a));
const requestsOf = ({ requests }: QueryReport) =>
  Object.values(requests).reduce((sum, { requests: made }) => sum + made, 0);

function line(result: QueryRuns): string {
  const { query, rows, answer } = result;
  const report = best(result);
  return [
    `q${String(query).padStart(2, '0')}`.padEnd(5),
    (total(report) / 1000).toFixed(3).padStart(9),
    report.ms.plan.toFixed(1).padStart(9),
    String(rows).padStart(10),
    String(requestsOf(report)).padStart(9),
    bytesText(report.requests.GET.bytes).padStart(9),
    String(report.coldStarts).padStart(6),
    (report.dollars === null ? '-' : report.dollars.total.toFixed(6)).padStart(10),
    ` ${answer === null ? 'not checked' : answer.right ? 'right' : `WRONG: ${answer.difference}`}`,
  ].join(' ');
}

function summary(results: readonly QueryRuns[]): string {
  const seconds = results.map((result) => total(best(result)) / 1000);
  const checked = results.filter(({ answer }) => answer !== null);
  const right = checked.filter(({ answer }) => answer?.right);
  return [
    `${results.length} queries`,
    `${seconds.reduce((sum, one) => sum + one, 0).toFixed(3)} s`,
    `geometric mean ${geometricMean(seconds).toFixed(3)} s`,
    checked.length === 0 ? 'answers not checked' : `${right.length} of ${checked.length} answers right`,
  ].join(' · ');
}

const geometricMean = (values: readonly number[]) =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

function report(results: readonly QueryRuns[], about: { data: string; scale: number; seed: number | null }): object {
  const seconds = results.map((result) => total(best(result)) / 1000);
  return {
    ...about,
    version: VERSION,
    node: process.version,
    date: new Date().toISOString(),
    geometricMeanSeconds: geometricMean(seconds),
    queries: results.map((result, i) => ({ ...result, seconds: seconds[i] })),
  };
}

/** `1-22`, `1,3,10-12`. */
export function queryNumbers(text: string): readonly number[] {
  const numbers = text.split(',').flatMap((part) => {
    const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part.trim()) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first >= 1 && first <= last && last <= TPCH_QUERIES.length)) {
      throw new InvalidArgumentError(
        `numbers and ranges from 1 to ${TPCH_QUERIES.length} are wanted, such as 1,3,10-12.`,
      );
    }
    return TPCH_QUERIES.slice(first - 1, last);
  });
  return [...new Set(numbers)];
}
