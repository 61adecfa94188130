import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONFIG, type ConfigEntry, envName, flagName, offFlagName } from '../../src/common/config.ts';
import { functionEntries } from '../../src/operators/expr/functions.ts';
import { valueText } from '../../src/operators/expr/value-text.ts';
import { evaluateSql } from '../functions/evaluate-sql.ts';
import { FUNCTION_EXAMPLES } from './function-examples.ts';

const DOCS = join(import.meta.dirname, '../../docs');

// Written by `npx vitest run --project unit -u test/docs`; the test fails while a page is behind its registry.

it('docs/functions.md lists the registry', async () => {
  const entries = [...functionEntries()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const lines: string[] = [];
  for (const { name, doc } of entries) {
    const [signature = '', ...meaning] = doc.split(': ');
    lines.push(`| \`${cell(signature)}\` | ${cell(meaning.join(': '))} | ${cell(await example(name))} |`);
  }
  const page = [
    '# Scalar functions and operators',
    '',
    'Generated from the registry in `src/operators/expr/functions.ts`. Arguments are converted to the types of a function where no value',
    'can be lost. Functions are NULL when an argument is NULL, unless the table says otherwise. Lists are written `ARRAY[1, 2]` or',
    '`[1, 2]`; maps have no literals: they come from columns and `map`. Regular expressions are written in the syntax of RE2 and run in time linear in the text;',
    'their options are `i` (no regard to case), `s` (`.` matches line ends), `l` (a plain text) and `g` (every match).',
    '',
    'Refused: `random()`, since no two attempts at a task would give the same rows.',
    '',
    '| call | what it gives | example |',
    '| --- | --- | --- |',
    ...lines,
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot(join(DOCS, 'functions.md'));
});

it('every example is of a function', () => {
  const names = new Set(functionEntries().map(({ name }) => name));
  expect(Object.keys(FUNCTION_EXAMPLES).filter((name) => !names.has(name))).toEqual([]);
});

/** Functions without an example are other names of one that has one, or fields of EXTRACT. */
async function example(name: string): Promise<string> {
  const sql = FUNCTION_EXAMPLES[name];
  if (sql === undefined) return '';
  const { type, value } = await evaluateSql(sql);
  return `\`${sql}\` → \`${value === null ? 'NULL' : valueText(type)(value)}\``;
}

it('docs/settings.md lists the settings', async () => {
  const lines = (CONFIG as readonly ConfigEntry[]).map(
    (entry) =>
      `| \`${entry.key}\` | \`${entry.default === true ? offFlagName(entry.key) : flagName(entry.key)}\` | \`${envName(entry.key)}\` | ${entry.default ?? ''} | ${cell(entry.doc)} |`,
  );
  const page = [
    '# Settings',
    '',
    'Generated from the registry in `src/common/config.ts`. A flag (or an option of `connect`) comes before a variable, a variable before',
    'the default.',
    '',
    '| option | flag | variable | default | what it does |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot(join(DOCS, 'settings.md'));
});

const cell = (text: string): string => text.replaceAll('|', '\\|');
