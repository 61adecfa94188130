// A query that mostly moves rows, over every medium of exchange, through functions and an S3 server with S3's latency:
// npm run bench:media [-- options]
//   --tasks LIST     tasks of each stage; default 4,8,16
//   --runs N         runs of each medium, by turns; default 5
//   --data FOLDER    whose folder tpch holds the tables; default build/bench/tpch-s3, made at scale factor 1 when missing
import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runBundled } from './run-bundled.mjs';

const root = resolve(import.meta.dirname, '..');
const cache = join(root, 'build/bench');
const generated = join(cache, 'tpch-s3');

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: '5' },
    tasks: { type: 'string', default: '4,8,16' },
  },
});

mkdirSync(cache, { recursive: true });
await import('./ensure-ready.mjs');
if (values.data === undefined && !existsSync(join(generated, 'tpch', 'complete'))) {
  console.log('generating TPC-H SF 1');
  const { generate } = await import('../dist/tpch/index.js');
  const { FileObjectStore } = await import('../dist/src/storage/file.js');
  await generate({ scale: 1, store: new FileObjectStore(), base: { bucket: '', key: `${generated.slice(1)}/tpch/` } });
  mkdirSync(join(generated, 'tpch', 'complete'));
}
await runBundled('test/bench/media/main.ts', [
  ...['--data', resolve(values.data ?? generated), '--runs', values.runs, '--tasks', values.tasks],
]);
