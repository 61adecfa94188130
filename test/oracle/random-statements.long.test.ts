import { afterAll, beforeAll, expect, it } from 'vitest';
import { StatementComparer } from './compare-statements.ts';

const STATEMENTS = 2500;
/** Three are enough where nothing else runs. */
const MINUTES = 8;

let comparer: StatementComparer;
beforeAll(async () => {
  comparer = await StatementComparer.open(2);
});
afterAll(() => comparer.close());

it(`answers ${STATEMENTS} random statements, or as many as ${MINUTES} minutes take, as DuckDB does`, async () => {
  const end = Date.now() + MINUTES * 60_000;
  const { statements, skipped, rows, allowed, differences } = await comparer.compare(
    7000,
    STATEMENTS,
    () => Date.now() > end,
  );
  process.stdout.write(
    `${statements} compared, ${skipped} that DuckDB does not answer, ${rows} rows, allowed: ${JSON.stringify([...allowed])}\n`,
  );
  expect(differences.join('\n\n')).toBe('');
  expect(statements).toBeGreaterThanOrEqual(2000);
});
