// `npm run demo`: TPC-H data generated into the embedded S3 server, then queries 1 and 6 answered by embedded functions.
// Runs the command line as a user would; every command is printed first.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const cli = join(root, 'dist/src/cli/main.js');
const data = join(root, '.squall/demo');

function squall(...args) {
  console.log(`\n$ squall ${args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg}'`)).join(' ')}`);
  const startedAt = performance.now();
  const { status, error } = spawnSync(process.execPath, [cli, ...args], { cwd: root, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
  console.log(`(${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
}

const startedAt = performance.now();
rmSync(data, { recursive: true, force: true });
squall('tpch', 'gen', '--sf', '0.1', '--rows-per-file', '150000', '--data', '.squall/demo', '--out', 's3://tpch/sf0.1');
const query = [
  '--target',
  'local',
  '--workers',
  '4',
  '--data',
  '.squall/demo',
  '--tpch',
  's3://tpch/sf0.1',
  '--format',
  'table',
  '--stats',
];
squall(...query, '-f', 'tpch/queries/q01.sql');
squall(...query, '-f', 'tpch/queries/q06.sql');
rmSync(data, { recursive: true, force: true });
console.log(`\nthe demo took ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
