// What has to be built: the function bundle, the bootstrap of the embedded functions, the generator's threads, the kernels, and
// dist/ for npm.
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

// Bundled CommonJS packages call require(): an ES module has to bring its own.
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

/** The function bundle: what Lambda gets and what the embedded functions run, byte for byte. */
export async function buildWorker() {
  const result = await build({
    entryPoints: { index: join(root, 'src/worker/handler.ts') },
    outdir: join(root, 'dist/worker'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    minify: true,
    keepNames: true,
    metafile: true,
    // The AWS SDK's ES modules: 134 KB less than its CommonJS.
    mainFields: ['module', 'main'],
    banner: { js: REQUIRE_BANNER },
    logLevel: 'warning',
  });
  const wasm = join(root, 'node_modules/parquet-wasm/esm/parquet_wasm_bg.wasm');
  copyFileSync(wasm, join(root, 'dist/worker/parquet_wasm_bg.wasm'));
  const strays = Object.keys(result.metafile.inputs).filter((path) => /^src\/(planner|driver|cloud|cli)\//.test(path));
  if (strays.length > 0) throw new Error(`the function bundle contains ${strays.join(', ')}`);
  writeFileSync(join(root, 'dist/worker.meta.json'), JSON.stringify(result.metafile));
}

/** The embedded functions' runtime: asks the Runtime API for work and calls the bundle's handler. */
export async function buildBootstrap() {
  await build({
    entryPoints: { bootstrap: join(root, 'src/cloud/local/functions/bootstrap/main.ts') },
    outdir: join(root, 'dist/bootstrap'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
}

/** The TPC-H generator's threads: from the sources under test too, since a worker thread cannot run TypeScript. */
export async function buildTpchWorker() {
  await build({
    entryPoints: { thread: join(root, 'tpch/gen/thread.ts') },
    outdir: join(root, 'dist/tpch'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
}

/** AssemblyScript kernels: src/wasm/kernels/NAME.as.ts -> dist/kernels/NAME.wasm. */
export function buildKernels() {
  const folder = join(root, 'src/wasm/kernels');
  mkdirSync(join(root, 'dist/kernels'), { recursive: true });
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.as.ts'))) {
    const target = join(root, 'dist/kernels', file.replace('.as.ts', '.wasm'));
    if (existsSync(target) && statSync(target).mtimeMs > statSync(join(folder, file)).mtimeMs) continue;
    const flags = ['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd', '-o', target];
    execFileSync(process.execPath, [bin('asc'), join(folder, file), ...flags], { stdio: 'inherit' });
  }
}

/** dist/src, dist/tpch, dist/datasets: JavaScript and declarations, one file per source file. Tests need no types. */
export function buildLibrary({ types = true } = {}) {
  const flags = types ? [] : ['--noCheck', '--declaration', 'false'];
  execFileSync(bin('tsc'), ['-p', join(root, 'tsconfig.build.json'), ...flags], { stdio: 'inherit' });
  const main = join(root, 'dist/src/cli/main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
}

if (process.argv[1] === import.meta.filename) {
  buildKernels();
  await Promise.all([buildWorker(), buildBootstrap(), buildTpchWorker()]);
  buildLibrary();
}
