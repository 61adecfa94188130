// Runs a TypeScript program of the benchmarks as one bundle with its own arguments; the bundle is removed behind it.
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');

/**
 * @param {string} entry from the project's root, a file main.ts @param {readonly string[]} args
 * @param {readonly string[]} others programs in its folder that it starts, by name
 */
export async function runBundled(entry, args, others = []) {
  const bundle = join(root, 'build/bench', `run-${process.pid}`);
  await build({
    entryPoints: [join(root, entry), ...others.map((name) => join(root, dirname(entry), `${name}.ts`))],
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
