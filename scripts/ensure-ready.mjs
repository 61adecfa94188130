// Runs before `npm run demo` and the tests: installs from the lockfile when it must, builds what is out of date.
// Uses nothing but Node, since nothing may be installed yet.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const at = (path) => join(root, path);
const changed = (path) => (existsSync(at(path)) ? statSync(at(path)).mtimeMs : 0);

function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(at(folder), { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : changed(path));
  }
  return latest;
}

const run = (command, args) => execFileSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

if (changed('package-lock.json') > changed('node_modules/.package-lock.json')) {
  console.error('squall: installing dependencies from the lockfile');
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund']);
}
const sources = Math.max(...['src', 'tpch', 'datasets', 'scripts'].map(newest), changed('tsconfig.build.json'));
if (sources > changed('dist/.built')) {
  console.error('squall: building');
  run(process.execPath, [at('scripts/build.mjs')]);
  writeFileSync(at('dist/.built'), '');
}
