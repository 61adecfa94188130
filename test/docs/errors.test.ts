import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode, type ErrorCodeEntry } from '../../src/common/error-codes.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Throw {
  readonly code: string;
  readonly class: string;
}

/** Functions that make an error of a code that they are given. */
const HELPERS: Readonly<Record<string, string>> = {
  storageError: 'StorageError',
  parquetError: 'ExecutionError',
  unsupportedParquet: 'UnsupportedError',
};

/** Every place of a source file where an error gets its code. */
function throwsIn(source: string): readonly Throw[] {
  const base = /class \w+ extends (\w+) /.exec(source)?.[1] ?? 'nothing';
  return [
    ...source.matchAll(/(?:new (\w+)|\b(super|storageError|parquetError|unsupportedParquet))\(\s*'(SQ\d{4})'/g),
  ].map(([, made, called = '', code = '']) => ({ code, class: made ?? HELPERS[called] ?? base }));
}

const misfits = (throws: readonly Throw[]) =>
  throws.filter(({ code, class: name }) => ERROR_CODES[code as ErrorCode]?.class !== name);

const sources = ['src', 'tpch', 'datasets'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|(^|\/)fixtures\//.test(name))
    .map((name) => join(ROOT, folder, name)),
);
const thrown = sources
  .filter((path) => !path.endsWith('src/common/errors.ts'))
  .flatMap((path) => throwsIn(readFileSync(path, 'utf8')));

describe('the codes of errors', () => {
  it('belong to one class each', () => {
    expect(thrown.length).toBeGreaterThan(100);
    expect(misfits(thrown)).toEqual([]);
  });

  it('are found wherever an error is made', () => {
    const source = [
      "throw new BindError('SQ1101', 'm');",
      "throw new StorageError(\n  'SQ1101',",
      "return storageError('SQ5001', m);",
      "parquetError('SQ5001', uri, why)",
      "if (error.code === 'SQ9999') return;",
    ].join('\n');
    expect(throwsIn(source)).toEqual([
      { code: 'SQ1101', class: 'BindError' },
      { code: 'SQ1101', class: 'StorageError' },
      { code: 'SQ5001', class: 'StorageError' },
      { code: 'SQ5001', class: 'ExecutionError' },
    ]);
    expect(throwsIn("class A extends InvokeError {\n  super('SQ6021', m);")).toEqual([
      { code: 'SQ6021', class: 'InvokeError' },
    ]);
    expect(misfits(throwsIn(source))).toEqual([
      { code: 'SQ1101', class: 'StorageError' },
      { code: 'SQ5001', class: 'ExecutionError' },
    ]);
  });

  it('are all in use, but for those of common/errors.ts', () => {
    const used = new Set([...thrown.map(({ code }) => code), 'SQ7000', 'SQ9000']);
    expect(Object.keys(ERROR_CODES).filter((code) => !used.has(code))).toEqual([]);
  });

  it('have a meaning of their own', () => {
    const meanings = Object.values(ERROR_CODES).map(({ meaning }) => meaning);
    expect(meanings.filter((meaning, index) => meanings.indexOf(meaning) !== index)).toEqual([]);
  });

  it('ascend in the table', () => {
    const codes = Object.keys(ERROR_CODES);
    expect(codes).toEqual(codes.toSorted());
  });
});

// Written by `npx vitest run --project unit -u test/docs`; the test fails while the page is behind the table.
it('docs/errors.md lists the codes', async () => {
  const rows = (Object.entries(ERROR_CODES) as readonly (readonly [string, ErrorCodeEntry])[]).map(
    ([code, entry]) => `| ${code} | \`${entry.class}\` | ${entry.meaning} | ${entry.action} |`,
  );
  const page = [
    '# Error codes',
    '',
    'Generated from the table in `src/common/error-codes.ts`. Codes are stable; the text of a message is not. SQ1xxx is about the query text',
    'and settings, SQ2xxx about what is not supported, SQ3xxx data, SQ4xxx resources, SQ5xxx storage, SQ6xxx functions; SQ7xxx means cancelled,',
    'SQ9xxx a bug in Squall.',
    '',
    '| code | class | meaning | what to do |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot(join(ROOT, 'docs/errors.md'));
});
