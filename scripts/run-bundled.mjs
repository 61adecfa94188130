// Runs a TypeScript program of the benchmarks as one bundle with its own arguments; the bundle is removed behind it.
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/** @param {string} entry from the project's root @param {readonly string[]} args */
export async function runBundled(entry, args) {
  const bundle = join(root, 'build/bench', `run-${process.pid}`);
  await build({
    entryPoints: [join(root, entry)],
    outdir: bundle,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    logLevel: 'warning',
  });
  try {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...args);
    await import(pathToFileURL(join(bundle, 'main.mjs')).href);
  } finally {
    rmSync(bundle, { recursive: true });
  }
}
