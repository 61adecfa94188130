// Links between functions against objects, on loopback, from one run:
// node test/bench/direct/run.mjs [--mb N, bytes of the shuffle, default 256] [--tasks N, default 16] [--latency MS, default 27]
import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '../../..');
const bundles = join(root, `build/bench/direct-${process.pid}`);
mkdirSync(bundles, { recursive: true });
await build({
  entryPoints: ['main', 'objects-process'].map((name) => join(import.meta.dirname, `${name}.ts`)),
  outdir: bundles,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
try {
  await import(pathToFileURL(join(bundles, 'main.mjs')).href);
} finally {
  rmSync(bundles, { recursive: true });
}
