import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { artifacts } from './artifacts.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'squall-artifacts-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const from = () => pathToFileURL(join(root, 'dist/src/cloud/local/artifacts.js')).href;

it('finds the build of this repository', () => {
  const built = artifacts();
  expect(existsSync(join(built.worker, 'index.mjs'))).toBe(true);
  expect(existsSync(built.bootstrap)).toBe(true);
});

it('finds dist/ above an installed file', () => {
  writeFileSync(join(root, 'package.json'), '{}');
  mkdirSync(join(root, 'dist/worker'), { recursive: true });
  mkdirSync(join(root, 'dist/bootstrap'), { recursive: true });
  writeFileSync(join(root, 'dist/worker/index.mjs'), '');
  writeFileSync(join(root, 'dist/bootstrap/bootstrap.mjs'), '');
  expect(artifacts(from())).toEqual({
    worker: join(root, 'dist/worker'),
    bootstrap: join(root, 'dist/bootstrap/bootstrap.mjs'),
  });
});

it('says that a build is missing', () => {
  writeFileSync(join(root, 'package.json'), '{}');
  expect(() => artifacts(from())).toThrow(
    `the function bundle is not built: ${join(root, 'dist/worker/index.mjs')} is missing`,
  );
});

it('says that it is outside of any package', () => {
  expect(() => artifacts('file:///nowhere/at/all.js')).toThrow('no package.json above /nowhere/at');
});
