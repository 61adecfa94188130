import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseSlt } from './slt.ts';

const FEWEST = 10;

/** The rows of the table in docs/sql.md: feature, status, topic. */
const rows = readFileSync(join(import.meta.dirname, '../../docs/sql.md'), 'utf8')
  .split('## Support')[1]!
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (feature|---)/.test(line))
  .map((line) => line.slice(2, -2).split(' | ') as [string, string, string]);

const casesOf = (topic: string) => parseSlt(readFileSync(join(import.meta.dirname, `${topic}.slt`), 'utf8'));

it.each(rows)('%s: %s', (feature, _status, topic) => {
  expect(existsSync(join(import.meta.dirname, `${topic}.slt`)), topic).toBe(true);
  const cases = casesOf(topic).length;
  process.stdout.write(`${String(cases).padStart(4)} cases: ${feature}\n`);
  expect(cases).toBeGreaterThanOrEqual(FEWEST);
});

it('every topic is a row, and every row has a topic of its own', () => {
  const topics = readdirSync(import.meta.dirname).flatMap((file) => (file.endsWith('.slt') ? [file.slice(0, -4)] : []));
  expect(rows.map(([, , topic]) => topic).toSorted()).toEqual(topics.toSorted());
});

it('nothing is left out of what DuckDB is asked without a reason', () => {
  for (const [, , topic] of rows) {
    for (const { skipped } of casesOf(topic)) expect(skipped ?? 'says something').toMatch(/^\w+ \w+/);
  }
});
