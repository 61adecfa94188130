// What has to be built: the function bundle, the bootstrap of the embedded functions, the generator's threads, the kernels, and
// dist/ for npm.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

const root = resolve(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

// Bundled CommonJS packages call require(): an ES module has to bring its own.
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);";

const CHUNK = 'lambda-client';

/**
 * The Lambda client is a file of its own, which only a function loads that invokes others: no other start pays for it. Its name does
 * not change, so that instances of the embedded cloud find it after another build.
 */
const ownChunk = {
  name: 'own-chunk',
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`/invoke/${CHUNK}\\.ts$`) }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${CHUNK}.mjs`, external: true } : undefined,
    ),
};

/** The function bundle: what Lambda gets and what the embedded functions run, byte for byte. After the kernels. */
export async function buildWorker() {
  const result = await build({
    entryPoints: {
      index: join(root, 'src/worker/handler.ts'),
      [CHUNK]: join(root, `src/invoke/${CHUNK}.ts`),
    },
    plugins: [ownChunk],
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
  rmSync(join(root, 'dist/worker/kernels'), { recursive: true, force: true });
  mkdirSync(join(root, 'dist/worker/kernels'), { recursive: true });
  for (const file of readdirSync(join(root, 'dist/kernels')).filter((name) => name.endsWith('.wasm'))) {
    copyFileSync(join(root, 'dist/kernels', file), join(root, 'dist/worker/kernels', file));
  }
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

/**
 * AssemblyScript kernels: src/wasm/kernels/NAME.as.ts -> dist/kernels/NAME.wasm, and with their bounds assertions, for tests,
 * dist/kernels/debug/NAME.wasm. Kernels share their memory with everything else: none may bring data of its own.
 */
export async function buildKernels() {
  const folder = join(root, 'src/wasm/kernels');
  const out = join(root, 'dist/kernels');
  mkdirSync(join(out, 'debug'), { recursive: true });
  const shared = modifiedAt(join(folder, 'lib'));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.as.ts'))) {
    const source = join(folder, file);
    const changed = Math.max(shared, statSync(source).mtimeMs);
    for (const [target, flags] of [
      [join(out, file.replace('.as.ts', '.wasm')), ['-O3', '--noAssert']],
      [join(out, 'debug', file.replace('.as.ts', '.wasm')), ['-O1', '--debug', '--use', 'abort=']],
    ]) {
      if (existsSync(target) && statSync(target).mtimeMs > changed) continue;
      await compileKernel(source, target, flags);
    }
  }
}

/** When the newest file of a folder was changed, ms since the Unix epoch. */
const modifiedAt = (folder) =>
  Math.max(0, ...readdirSync(folder, { recursive: true }).map((name) => statSync(join(folder, name)).mtimeMs));

async function compileKernel(source, target, flags) {
  const asc = await import('assemblyscript/asc');
  const partial = `${target}.${process.pid}`;
  const common = ['--runtime', 'stub', '--importMemory', '--enable', 'simd'];
  const { error, stderr } = await asc.main([source, ...flags, ...common, '-o', partial], {
    readFile: (name, base) => (existsSync(resolve(base, name)) ? readFileSync(resolve(base, name), 'utf8') : null),
  });
  if (error) throw new Error(`${source}: ${error.message}\n${stderr}`);
  if (hasData(readFileSync(partial)))
    throw new Error(`${source} has static data, which would overwrite the memory it imports`);
  renameSync(partial, target);
}

/** Whether a WebAssembly module has a data section. */
function hasData(module) {
  let at = 8;
  while (at < module.length) {
    const id = module[at++];
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      more = module[at] >= 128;
      length += (module[at++] & 127) * 2 ** shift;
    }
    if (id === 11) return true;
    at += length;
  }
  return false;
}

/** dist/src, dist/tpch, dist/datasets: JavaScript and declarations, one file per source file. Tests need no types. */
export function buildLibrary({ types = true } = {}) {
  const flags = types ? [] : ['--noCheck', '--declaration', 'false'];
  execFileSync(bin('tsc'), ['-p', join(root, 'tsconfig.build.json'), ...flags], { stdio: 'inherit' });
  const main = join(root, 'dist/src/cli/main.js');
  if (existsSync(main)) chmodSync(main, 0o755);
}

if (process.argv[1] === import.meta.filename) {
  await buildKernels();
  await Promise.all([buildWorker(), buildBootstrap(), buildTpchWorker()]);
  buildLibrary();
}
