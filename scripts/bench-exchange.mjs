// What an exchange does to rows in linear memory, against memcpy, apache-arrow and DuckDB, one thread, one process:
// npm run bench:exchange [-- options]
//   --rows N         default 1048576
//   --partitions L   numbers of partitions; default 16,64,256
//   --runs N         hot runs; default 5
//   --json FILE      the report for machines
// Exit code 1 when what is read back differs from what was written.
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildKernels } from './build.mjs';

const root = resolve(import.meta.dirname, '..');
const bundles = join(root, `build/bench/exchange-${process.pid}`);
await buildKernels();
mkdirSync(bundles, { recursive: true });
await build({
  entryPoints: [join(root, 'test/bench/exchange/main.ts')],
  outfile: join(bundles, 'main.mjs'),
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  sourcemap: true,
  logLevel: 'warning',
});
try {
  await import(pathToFileURL(join(bundles, 'main.mjs')).href);
} finally {
  rmSync(bundles, { recursive: true });
}
