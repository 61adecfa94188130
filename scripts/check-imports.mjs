// The import law of docs/design/architecture.md, checked: which part of src/ may import which.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

const LAW = {
  common: [],
  wasm: ['common'],
  storage: ['common'],
  parquet: ['common', 'wasm', 'storage'],
  operators: ['common', 'wasm', 'storage', 'parquet'],
  exchange: ['common', 'wasm', 'storage', 'parquet', 'operators'],
  invoke: ['common', 'wasm', 'storage', 'parquet', 'operators'],
  worker: ['common', 'wasm', 'storage', 'parquet', 'operators', 'exchange', 'invoke'],
  planner: ['common', 'wasm', 'storage', 'parquet', 'operators'],
  driver: ['common', 'wasm', 'storage', 'parquet', 'operators', 'exchange', 'invoke', 'planner'],
  'cloud/local': ['common', 'wasm', 'storage', 'exchange', 'invoke', 'operators', 'driver'],
  'cloud/aws': ['common', 'wasm', 'storage', 'exchange', 'invoke', 'operators', 'driver'],
  'cloud/inline': ['common', 'wasm', 'storage', 'exchange', 'invoke', 'operators', 'driver', 'worker'],
  'cloud/sim': [
    'common',
    'wasm',
    'storage',
    'parquet',
    'exchange',
    'invoke',
    'operators',
    'driver',
    'worker',
    'cloud/inline',
  ],
  // The library is the product: the command line uses nothing of ours but the public entry points.
  cli: ['index.ts', 'tpch', 'datasets'],
};

/** The part a file belongs to: `planner`, `cloud/local`, or the file itself at the top of src/. */
function partOf(file) {
  const path = relative(src, file);
  if (path.startsWith('..')) return relative(root, file).split('/')[0];
  const [first, second] = path.split('/');
  return first === 'cloud' && second && path.split('/').length > 2 ? `${first}/${second}` : first;
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.m?ts$/.test(entry.name) && !/\.test\.ts$|\.as\.ts$|\.test-d\.ts$/.test(entry.name)) yield path;
  }
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?:[^'";]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;
const wrong = [];
for (const file of sources(src)) {
  const part = partOf(file);
  const allowed = LAW[part];
  for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
    const specifier = match[1] ?? match[2];
    if (!specifier.startsWith('.')) continue;
    const target = partOf(resolve(dirname(file), specifier));
    if (target === part || part.endsWith('.ts')) continue;
    if (!allowed) wrong.push(`${relative(root, file)}: src/${part} has no place in the import law`);
    else if (!allowed.includes(target))
      wrong.push(`${relative(root, file)}: ${part} may not import ${target} (${specifier})`);
  }
}
for (const line of wrong) console.error(line);
console.log(`import law: ${wrong.length === 0 ? 'kept' : `${wrong.length} violations`}`);
process.exit(wrong.length === 0 ? 0 : 1);
