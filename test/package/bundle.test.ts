import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const WORKER = join(ROOT, 'dist/worker');

/** Unzipped, the kernels' and decoders' Wasm included. */
const BUDGET_BYTES = 8_000_000;

it('the function bundle is the code and the kernels, within its budget', () => {
  const files = readdirSync(WORKER, { recursive: true, encoding: 'utf8' }).toSorted();
  const kernels = readdirSync(join(ROOT, 'dist/kernels')).filter((file) => file.endsWith('.wasm'));
  expect(files).toEqual(['index.mjs', 'kernels', ...kernels.map((file) => `kernels/${file}`), 'lambda-client.mjs']);
  const index = readFileSync(join(WORKER, 'index.mjs'), 'utf8');
  expect(index).toContain('import("./lambda-client.mjs")');
  expect(files.reduce((sum, file) => sum + statSync(join(WORKER, file)).size, 0)).toBeLessThan(BUDGET_BYTES);
});

it('every dependency is pinned, and nothing of ours runs at install', () => {
  const { dependencies, devDependencies, scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
    scripts: Record<string, string>;
  };
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  }
  expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
});

it('the lockfile names no registry', () => {
  expect(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"|https?:\/\/registry/);
});
