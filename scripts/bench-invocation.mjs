// Time until the last task starts, flat against a tree: npm run bench:invocation
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { buildKernels } from './build.mjs';

const root = resolve(import.meta.dirname, '..');
const outfile = join(root, 'build/bench/invocation.mjs');
mkdirSync(join(root, 'build/bench'), { recursive: true });
await buildKernels();
await build({
  entryPoints: [join(root, 'test/bench/invocation/main.ts')],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
});
await import(pathToFileURL(outfile).href);
