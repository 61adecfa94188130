import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { DECODE_CASES } from './cases/decode.ts';
import { OPERATOR_CASES, SHUFFLED } from './cases/operators.ts';
import { TPCH_CASES } from './cases/tpch.ts';
import { Comparator } from './duckdb.ts';
import { type Failure, type Measurement, measure } from './measure.ts';
import { COLUMNS, comparatorSql, environment, header, line, type Report, summary } from './report.ts';
import { scanMemory } from './scan-memory.ts';
import { spillJoin } from './spill-join.ts';
import { Tables } from './tables.ts';

const TABLES = ['lineitem', 'orders', 'customer', SHUFFLED];

/** From the working directory, where that is shorter: a report names no machine's folders. */
function shortest(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith('..') ? path : from;
}

/** `--data FOLDER` holds a folder per variant; `--smoke` sets no targets, which are for SF 1. See scripts/bench-engine.mjs. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      variants: { type: 'string' },
      only: { type: 'string' },
      runs: { type: 'string', default: '5' },
      json: { type: 'string' },
      smoke: { type: 'boolean', default: false },
    },
  });
  if (values.data === undefined || values.variants === undefined) throw new Error('--data and --variants are needed');
  const runs = Number(values.runs);
  const folders = Object.fromEntries(
    values.variants.split(',').map((variant) => [variant, `${shortest(values.data as string)}/${variant}`]),
  );
  const wanted = values.only?.toLowerCase();
  const isWanted = (name: string) => wanted === undefined || name.toLowerCase().includes(wanted);
  const cases = [...DECODE_CASES, ...TPCH_CASES, ...OPERATOR_CASES]
    .filter(({ name }) => isWanted(name))
    .map((one) => (values.smoke ? { ...one, target: null } : one));

  const about = { ...environment(), runs, folders };
  console.log(`${header(about)}\n\n${COLUMNS}`);
  const measurements: Measurement[] = [];
  const failures: Failure[] = [];
  const comparator = await Comparator.open();
  for (const [variant, path] of Object.entries(folders)) {
    const tables = new Tables(path);
    await comparator.use(Object.fromEntries(TABLES.map((table) => [table, tables.path(table)])));
    for (const one of cases) {
      try {
        const measured = await measure(one, { tables, comparator, variant, runs });
        measurements.push(measured);
        console.log(line(measured));
      } catch (error) {
        failures.push({ name: one.name, variant, failure: String(error) });
        console.log(`${variant.padEnd(12)} ${one.name.padEnd(42)} FAILED: ${error}`);
      }
    }
  }
  const first = Object.values(folders)[0] as string;
  const memory = isWanted('scan memory') ? scanMemory(first) : null;
  const spill = isWanted('spill join') ? await spillJoin(new Tables(first), comparator) : null;
  comparator.close();
  const report: Report = { ...about, measurements, failures, memory, spill };
  console.log(`\n${summary(report)}\n\nThe comparator's SQL\n${comparatorSql(measurements)}`);
  if (values.json !== undefined) {
    mkdirSync(dirname(values.json), { recursive: true });
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (failures.length > 0 || spill?.correct === false) process.exitCode = 1;
}

await main();
