import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { LinearMemory } from '../../../src/wasm/linear-memory.ts';
import { median } from '../measure.ts';
import { environment } from '../report.ts';
import { DuckDB, openWithArrow, writeWithArrow } from './others.ts';
import { Exchange } from './ours.ts';
import { makeRows, valuesOf } from './rows.ts';

/** apache-arrow's builders are given this share of the rows. */
const ARROW_SHARE = 8;

interface Step {
  readonly name: string;
  /** Bytes of Arrow data that it is about. */
  readonly bytes: number;
  run(): unknown;
}

interface Measured {
  readonly name: string;
  /** Medians. */
  readonly ms: number;
  /** Of the whole process: what is measured is alone in it. */
  readonly cpuMs: number;
  readonly mbPerSecond: number;
  readonly mbPerCpuSecond: number;
  readonly runs: readonly number[];
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
const duckdb = await DuckDB.open(allValues());
const bytes = rows.arrowBytes;
const results = [];
try {
  for (const partitions of values.partitions.split(',').map(Number)) results.push(await measure(partitions));
} finally {
  duckdb.close();
}
const report = { ...environment(), rows: rows.rows, arrowBytes: bytes, runs: Number(values.runs), results };
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);

function* allValues() {
  for (const batch of rows.batches) yield valuesOf(memory, batch);
}

async function measure(partitions: number) {
  let plain = await exchange.write(partitions);
  if ((await exchange.read(plain)) !== rows.rows) throw new Error('rows are missing');
  let packed = await exchange.write(partitions, 'lz4', 'packed');
  const lz4Bytes = packed.body.kind === 'object' ? packed.body.size : 0;
  const part = rows.batches.slice(0, Math.ceil(rows.batches.length / ARROW_SHARE)).map((one) => valuesOf(memory, one));
  const partBytes = (bytes / rows.rows) * part.reduce((sum, { orderkey }) => sum + orderkey.length, 0);
  let streams: Uint8Array[] = [];
  const run = memory.allocateRun(bytes * 2);
  const writePlain = async () => {
    plain = await exchange.write(partitions);
  };
  const writePacked = async () => {
    packed = await exchange.write(partitions, 'lz4', 'packed');
  };
  const writeArrow = () => {
    streams = writeWithArrow(part, partitions);
  };
  const steps: readonly Step[] = [
    {
      name: 'memcpy',
      bytes,
      run: () => memory.bytes(run.pointer + bytes, bytes).set(memory.bytes(run.pointer, bytes)),
    },
    { name: 'partition', bytes, run: () => exchange.partition(partitions) },
    { name: 'to bytes of the object', bytes, run: () => exchange.encode(partitions) },
    { name: 'write path, memory store', bytes, run: writePlain },
    { name: 'read path', bytes, run: () => exchange.read(plain) },
    {
      name: 'write path, lz4',
      bytes,
      run: writePacked,
    },
    { name: 'read path, lz4', bytes, run: () => exchange.read(packed) },
    {
      name: 'apache-arrow builders + writer',
      bytes: partBytes,
      run: writeArrow,
    },
    { name: 'apache-arrow tableFromIPC', bytes: partBytes, run: () => openWithArrow(streams) },
    { name: 'DuckDB COPY to Parquet', bytes, run: () => duckdb.copy() },
    { name: 'DuckDB scan of Parquet', bytes, run: () => duckdb.scan() },
  ];
  const times = new Map(steps.map(({ name }) => [name, [] as number[]]));
  const cpu = new Map(steps.map(({ name }) => [name, [] as number[]]));
  for (let turn = 0; turn < Number(values.runs); turn++) {
    for (const step of steps) {
      const [start, before] = [performance.now(), process.cpuUsage()];
      await step.run();
      times.get(step.name)?.push(performance.now() - start);
      const { user, system } = process.cpuUsage(before);
      cpu.get(step.name)?.push((user + system) / 1e3);
    }
  }
  memory.freeRun(run);
  const measured = steps.map(({ name, bytes: about }): Measured => {
    const [ms, cpuMs] = [median(times.get(name) as number[]), median(cpu.get(name) as number[])];
    return {
      name,
      ms,
      cpuMs,
      mbPerSecond: about / 1e3 / ms,
      mbPerCpuSecond: about / 1e3 / cpuMs,
      runs: times.get(name) as number[],
    };
  });
  print(partitions, measured);
  console.log(`lz4: ${(lz4Bytes / 1e6).toFixed(1)} MB, ratio ${(bytes / lz4Bytes).toFixed(2)}`);
  return { partitions, lz4Bytes, measured };
}

function print(partitions: number, measured: readonly Measured[]): void {
  console.log(
    `\n${rows.rows} rows, ${(bytes / 1e6).toFixed(1)} MB as Arrow, ${partitions} partitions; medians of ${values.runs}; memcpy over it by time and by CPU time`,
  );
  const [memcpy] = measured as [Measured];
  for (const { name, ms, cpuMs, mbPerSecond, mbPerCpuSecond } of measured) {
    const cells = [
      name.padEnd(32),
      `${ms.toFixed(1).padStart(9)} ms`,
      `${mbPerSecond.toFixed(0).padStart(7)} MB/s`,
      `memcpy / ${(memcpy.mbPerSecond / mbPerSecond).toFixed(1).padEnd(6)}`,
      `CPU ${cpuMs.toFixed(1).padStart(8)} ms`,
      `memcpy / ${(memcpy.mbPerCpuSecond / mbPerCpuSecond).toFixed(1)}`,
    ];
    console.log(cells.join('  '));
  }
}
