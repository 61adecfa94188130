import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONFIG, type ConfigEntry, envName, flagName } from '../../src/common/config.ts';
import { functionEntries } from '../../src/operators/expr/functions.ts';

const DOCS = join(import.meta.dirname, '../../docs');

// Written by `npx vitest run --project unit -u test/docs`; the test fails while a page is behind its registry.

it('docs/functions.md lists the registry', async () => {
  const lines = [...functionEntries()]
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, doc }) => `| \`${cell(name)}\` | ${cell(doc)} |`);
  const page = [
    '# Scalar functions and operators',
    '',
    'Generated from the registry in `src/operators/expr/functions.ts`. Operators are listed by their name in plans.',
    '',
    '| name | what it gives |',
    '| --- | --- |',
    ...lines,
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot(join(DOCS, 'functions.md'));
});

it('docs/settings.md lists the settings', async () => {
  const lines = (CONFIG as readonly ConfigEntry[]).map(
    (entry) =>
      `| \`${entry.key}\` | \`${flagName(entry.key)}\` | \`${envName(entry.key)}\` | ${entry.default ?? ''} | ${cell(entry.doc)} |`,
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
