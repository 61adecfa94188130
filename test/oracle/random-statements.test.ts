import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { StatementComparer } from './compare-statements.ts';
import { RandomStatements } from './random-statement.ts';
import { reduceStatement } from './reduce-statement.ts';
import { statementText } from './statement.ts';

let comparer: StatementComparer;
beforeAll(async () => {
  comparer = await StatementComparer.open(1);
});
afterAll(() => comparer.close());

it('random statements are answered as DuckDB does', async () => {
  const { statements, skipped, rows, differences } = await comparer.compare(
    Number(process.env.SEED ?? 1),
    Number(process.env.COUNT ?? 120),
  );
  expect(differences.join('\n\n')).toBe('');
  expect(skipped).toBeLessThan(statements / 5);
  expect(rows).toBeGreaterThan(100);
}, 120_000);

it('a statement that fails is reduced to what fails', async () => {
  const random = new RandomStatements(seededRandom(3));
  const reduced = new Set<string>();
  for (let n = 0; n < 40; n++) {
    const statement = random.next();
    const fails = async (candidate: typeof statement) => statementText(candidate).includes('FULL JOIN');
    if (await fails(statement))
      reduced.add(statementText(await reduceStatement(statement, fails)).replace(/\d+/g, 'n'));
  }
  expect(reduced.size).toBeGreaterThan(0);
  for (const text of reduced) expect(text.length).toBeLessThan(300);
});
