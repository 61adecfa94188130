import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'datasets/example/*.parquet');

let folder: string;
const run = (command: string, args: readonly string[], cwd = folder) =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const squall = (...args: string[]) => run(join(folder, 'node_modules/.bin/squall'), args);

/** The package as a user gets it: packed, installed without the sources and without the development dependencies. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'squall-package-'));
  run('npm', ['pack', '--pack-destination', folder, '--ignore-scripts', '--silent'], ROOT);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent', './squall-0.1.0.tgz']);
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

it('runs from the command line, in process and on functions', () => {
  expect(squall('--version')).toBe('0.1.0\n');
  for (const target of ['inline', 'local']) {
    expect(squall('--target', target, `select count(*) as n, sum(cups) as cups from '${EXAMPLE}'`)).toBe(
      'n,cups\n10000,16087\n',
    );
  }
});

it('generates TPC-H with threads and queries it by name', () => {
  squall('tpch', 'gen', '--sf', '0.01', '--out', 'tpch');
  expect(squall('--tpch', 'tpch', 'select count(*) as n from lineitem')).toBe('n\n60175\n');
});

it('is a library', async () => {
  const program = `import { connect } from 'squall';
    import { TPCH_TABLES } from 'squall/tpch';
    import { tpchTables } from 'squall/datasets';
    const session = await connect({ target: 'inline', tables: tpchTables('tpch') });
    const result = await session.query('select count(*) from orders');
    for await (const batch of result) console.log(batch.numRows, TPCH_TABLES.length);
    await session.close();`;
  await writeFile(join(folder, 'program.mjs'), program);
  expect(run(process.execPath, ['program.mjs'])).toBe('1 8\n');
});
