import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LinearMemory } from '../../../src/wasm/linear-memory.ts';
import { median } from '../measure.ts';
import { environment } from '../report.ts';
import { DuckDB, openWithArrow, writeWithArrow } from './others.ts';
import { Exchange } from './ours.ts';
import { makeRows } from './rows.ts';

/** apache-arrow's builders are given this share of the rows. */
const ARROW_SHARE = 8;

interface Step {
  readonly name: string;
  /** Bytes of Arrow data that it is about. */
  readonly bytes: number;
  run(): unknown;
}

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: String(1 << 20) },
    partitions: { type: 'string', default: '16,64,256' },
    runs: { type: 'string', default: '5' },
    json: { type: 'string' },
  },
});
const memory = new LinearMemory();
const rows = makeRows(memory, Number(values.rows));
const exchange = new Exchange(memory, rows);
const duckdb = await DuckDB.open(rows.columns);
const bytes = rows.arrowBytes;
const results = [];
try {
  for (const partitions of values.partitions.split(',').map(Number)) results.push(await measure(partitions));
} finally {
  duckdb.close();
}
const report = { ...environment(), rows: rows.rows, arrowBytes: bytes, runs: Number(values.runs), results };
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);

async function measure(partitions: number) {
  const plain = await exchange.write(partitions);
  if ((await exchange.read(plain)) !== rows.rows) throw new Error('rows are missing');
  const packed = await exchange.write(partitions, 'lz4');
  const lz4Bytes = packed.body.kind === 'object' ? packed.body.size : 0;
  const partOfRows = Math.floor(rows.rows / ARROW_SHARE);
  let streams: Uint8Array[] = [];
  const run = memory.allocateRun(bytes * 2);
  const steps: readonly Step[] = [
    {
      name: 'memcpy',
      bytes,
      run: () => memory.bytes(run.pointer + bytes, bytes).set(memory.bytes(run.pointer, bytes)),
    },
    { name: 'partition', bytes, run: () => exchange.partition(partitions) },
    { name: 'to bytes of the object', bytes, run: () => exchange.encode(partitions) },
    { name: 'write path, memory store', bytes, run: () => exchange.write(partitions) },
    { name: 'read path', bytes, run: () => exchange.read(plain) },
    {
      name: 'write path, lz4',
      bytes,
      run: () => exchange.write(partitions, 'lz4').then(() => exchange.write(partitions)),
    },
    {
      name: 'apache-arrow builders + writer',
      bytes: bytes / ARROW_SHARE,
      run: () => (streams = writeWithArrow(rows.columns, partOfRows, partitions)),
    },
    { name: 'apache-arrow tableFromIPC', bytes: bytes / ARROW_SHARE, run: () => openWithArrow(streams) },
    { name: 'DuckDB COPY to Parquet', bytes, run: () => duckdb.copy() },
    { name: 'DuckDB scan of Parquet', bytes, run: () => duckdb.scan() },
  ];
  const times = new Map(steps.map(({ name }) => [name, [] as number[]]));
  for (let turn = 0; turn < Number(values.runs); turn++) {
    for (const step of steps) {
      const start = performance.now();
      await step.run();
      times.get(step.name)?.push(performance.now() - start);
    }
  }
  memory.freeRun(run);
  const rate = (step: Step) => step.bytes / 1e3 / median(times.get(step.name) as number[]);
  const memcpy = rate(steps[0] as Step);
  console.log(
    `\n${rows.rows} rows, ${(bytes / 1e6).toFixed(1)} MB as Arrow, ${partitions} partitions; medians of ${values.runs}`,
  );
  const measured = steps.map((step) => {
    const ms = median(times.get(step.name) as number[]);
    const rateOf = rate(step);
    console.log(
      `${step.name.padEnd(34)} ${ms.toFixed(1).padStart(9)} ms ${rateOf.toFixed(0).padStart(7)} MB/s   memcpy / ${(memcpy / rateOf).toFixed(1)}`,
    );
    return { name: step.name, ms, mbPerSecond: rateOf, memcpyOver: memcpy / rateOf, runs: times.get(step.name) };
  });
  console.log(`lz4: ${(lz4Bytes / 1e6).toFixed(1)} MB, ratio ${(bytes / lz4Bytes).toFixed(2)}`);
  return { partitions, lz4Bytes, measured };
}
