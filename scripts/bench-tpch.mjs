// The 22 queries of TPC-H beside DuckDB, one thread each, same files, one process: npm run bench:tpch [-- options]
//   --queries LIST   numbers and ranges, such as 1,3,10-12; default all
//   --runs N         hot runs per query and engine; default 3
//   --data FOLDER    with TABLE.parquet or TABLE/*.parquet for each table; default build/bench/tpch-sf1, made when missing
//   --json FILE      the report for machines
// Exit code 1 when an answer differs from DuckDB's or a query fails.
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildKernels, buildLibrary, buildTpchWorker } from './build.mjs';
import { runBundled } from './run-bundled.mjs';

const root = resolve(import.meta.dirname, '..');
const cache = join(root, 'build/bench');
const generated = join(cache, 'tpch-sf1');

const { values } = parseArgs({
  options: {
    queries: { type: 'string', default: '1-22' },
    runs: { type: 'string', default: '3' },
    data: { type: 'string' },
    json: { type: 'string' },
  },
});

const queries = values.queries.split(',').flatMap((part) => {
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
  const [first, last] = [Number(from), Number(to)];
  if (!(first >= 1 && first <= last && last <= 22))
    throw new Error(`--queries: "${part}" is no number or range of 1-22`);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
});

await buildKernels();
mkdirSync(cache, { recursive: true });
if (values.data === undefined && !existsSync(join(generated, 'complete'))) {
  console.log('generating TPC-H SF 1');
  await buildTpchWorker();
  if (!existsSync(join(root, 'dist/tpch/index.js'))) buildLibrary({ types: false });
  const { generate } = await import('../dist/tpch/index.js');
  const { FileObjectStore } = await import('../dist/src/storage/file.js');
  await generate({ scale: 1, store: new FileObjectStore(), base: { bucket: '', key: `${generated.slice(1)}/` } });
  mkdirSync(join(generated, 'complete'));
}
await runBundled('test/bench/tpch/main.ts', [
  ...['--data', resolve(values.data ?? generated), '--queries', queries.join(','), '--runs', values.runs],
  ...(values.json === undefined ? [] : ['--json', resolve(values.json)]),
]);
