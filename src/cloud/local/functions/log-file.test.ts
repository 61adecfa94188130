import { existsSync, mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LogFile } from './log-file.ts';

let folder: string;
let log: LogFile;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'squall-log-'));
  log = new LogFile(join(folder, 'log'));
});
afterEach(() => {
  log.close();
  rmSync(folder, { recursive: true });
});

it('keeps lines apart', () => {
  log.appendLine('one');
  writeSync(log.fd, 'no end');
  log.appendLine('two');
  expect(log.take().toString()).toBe('one\nno end\ntwo\n');
});

it('begins anew', () => {
  log.appendLine('one');
  log.take();
  log.appendLine('two');
  expect(log.take().toString()).toBe('two\n');
  expect(log.take()).toHaveLength(0);
});

it('gives the last 4 KB', () => {
  for (let i = 0; i < 1000; i++) log.appendLine(`line ${i}`);
  const tail = log.take();
  expect(tail).toHaveLength(4096);
  expect(tail.toString().endsWith('line 998\nline 999\n')).toBe(true);
});

it('is removed when closed', () => {
  log.close();
  expect(existsSync(join(folder, 'log'))).toBe(false);
});
