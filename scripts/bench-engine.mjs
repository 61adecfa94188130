// Squall's engine against DuckDB on one thread, same files, one process: npm run bench:engine [-- options]
//   --quick          a smoke of a minute: SF 0.01, one variant, two runs, no targets
//   --only NAME      cases whose name contains NAME; also "scan memory", "spill join"
//   --variants LIST  of snappy-120k, snappy-1m, zstd-120k, zstd-1m; default all
//   --runs N         hot runs per case and engine; default 5
//   --data FOLDER    a folder with one per variant, with one TABLE.parquet per table; default build/bench/sf1, made when missing
//   --json FILE      the report for machines
// Exit code 1 when an answer differs from DuckDB's or a case fails. Targets are printed, and missed ones marked.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { buildKernels, buildLibrary, buildTpchWorker } from './build.mjs';
import { runBundled } from './run-bundled.mjs';

const VARIANTS = {
  'snappy-120k': { codec: 'snappy', rows: 122_880 },
  'snappy-1m': { codec: 'snappy', rows: 1_000_000 },
  'zstd-120k': { codec: 'zstd', rows: 122_880 },
  'zstd-1m': { codec: 'zstd', rows: 1_000_000 },
};
const TABLES = ['lineitem', 'orders', 'customer'];
const root = resolve(import.meta.dirname, '..');
const cache = join(root, 'build/bench');

/** TPC-H by our own generator, rewritten by DuckDB: an independent writer, with the codecs and row groups to measure. */
async function prepare(folder, scale, variants) {
  const missing = variants.filter((variant) =>
    [...TABLES, 'lineitem_shuffled'].some((table) => !existsSync(join(folder, variant, `${table}.parquet`))),
  );
  if (missing.length === 0) return;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const generated = join(tmpdir(), `squall-bench-${process.pid}`);
  const sources = {};
  try {
    const given = Object.keys(VARIANTS).map((variant) => join(folder, variant));
    const ready = given.find((path) => TABLES.every((table) => existsSync(join(path, `${table}.parquet`))));
    if (ready) for (const table of TABLES) sources[table] = `${ready}/${table}.parquet`;
    else {
      console.log(`generating TPC-H SF ${scale}`);
      await buildTpchWorker();
      if (!existsSync(join(root, 'dist/tpch/index.js'))) buildLibrary({ types: false });
      const { generate } = await import('../dist/tpch/index.js');
      const { FileObjectStore } = await import('../dist/src/storage/file.js');
      const base = { bucket: '', key: `${generated.slice(1)}/` };
      await generate({ scale, store: new FileObjectStore(), base });
      for (const table of TABLES) sources[table] = `${generated}/${table}/*.parquet`;
    }
    for (const variant of missing) {
      const { codec, rows } = VARIANTS[variant];
      mkdirSync(join(folder, variant), { recursive: true });
      for (const [table, path] of Object.entries(sources)) {
        await copy(`SELECT * FROM read_parquet('${path}')`, table);
      }
      const columns = 'l_orderkey, l_extendedprice';
      const shuffled = `SELECT ${columns} FROM read_parquet('${sources.lineitem}')`;
      await copy(`${shuffled} ORDER BY hash(l_orderkey, l_linenumber)`, 'lineitem_shuffled');
      async function copy(query, table) {
        const target = join(folder, variant, `${table}.parquet`);
        if (existsSync(target)) return;
        console.log(`writing ${target}`);
        const options = `FORMAT parquet, CODEC '${codec}', ROW_GROUP_SIZE ${rows}`;
        await connection.run(`COPY (${query}) TO '${target}.part' (${options})`);
        renameSync(`${target}.part`, target);
      }
    }
  } finally {
    connection.closeSync();
    rmSync(generated, { recursive: true, force: true });
  }
}

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    variants: { type: 'string' },
    runs: { type: 'string' },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});
const scale = values.quick ? 0.01 : 1;
const folder = resolve(values.data ?? join(cache, `sf${scale}`));
const variants = (values.variants ?? (values.quick ? 'snappy-120k' : Object.keys(VARIANTS).join(','))).split(',');
const unknown = variants.find((variant) => !Object.hasOwn(VARIANTS, variant));
if (unknown) throw new Error(`--variants: no "${unknown}" among ${Object.keys(VARIANTS).join(', ')}`);

await buildKernels();
await prepare(folder, scale, variants);
mkdirSync(cache, { recursive: true });
const optional = [
  ['--only', values.only],
  ['--json', values.json],
].filter(([, value]) => value !== undefined);
await runBundled(
  'test/bench/main.ts',
  [
    ...['--data', folder, '--variants', variants.join(','), '--runs', values.runs ?? (values.quick ? '2' : '5')],
    ...optional.flat(),
    ...(values.quick ? ['--smoke'] : []),
  ],
  ['scan-child'],
);
