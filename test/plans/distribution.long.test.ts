import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import type { SquallError } from '../../src/common/errors.ts';
import { Oracle } from '../oracle/duckdb.ts';
import { RandomStatements } from '../oracle/random-statement.ts';
import { statementText } from '../oracle/statement.ts';
import { STATEMENT_TABLES, writeStatementTables } from '../oracle/statement-tables.ts';
import { byText, type Distribution, distributionTables, randomQuery } from './distribution-tables.ts';
import { NO_PAYLOAD, type PlannedRuns, plannedRuns, SPREAD } from './planned-run.ts';

let tables: Distribution;
beforeAll(async () => {
  tables = await distributionTables();
});
afterAll(() => tables?.close());

it('80 random queries give the same rows over one, two and three tasks, those that DuckDB gives', async () => {
  const random = seededRandom(4711);
  for (let i = 0; i < 80; i++) {
    const sql = randomQuery(random);
    expect(byText(await tables.inEveryWay(sql)), sql).toEqual(byText(await tables.oracle.rows(sql)));
  }
});

it('150 random statements give the same rows, or an error, through every exchange there is', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'squall-statements-'));
  const oracle = await Oracle.open();
  await writeStatementTables(oracle, folder, 2);
  oracle.close();
  const definitions = Object.fromEntries(STATEMENT_TABLES.map(({ name }) => [name, `${folder}/${name}/*.parquet`]));
  const [alone, spread] = [plannedRuns(definitions), plannedRuns(definitions, NO_PAYLOAD)];
  const outcome = (runs: PlannedRuns, sql: string, options: Parameters<PlannedRuns['run']>[1]) =>
    runs.run(sql, options).then(
      ({ rows }) => byText(rows.map((row) => row.map(rounded))),
      ({ code }: SquallError) => [`error ${code}`],
    );
  const random = new RandomStatements(seededRandom(11));
  for (let i = 0; i < 150; i++) {
    const sql = statementText(random.next());
    const [one, three] = [
      await outcome(alone, sql, { workers: 1 }),
      await outcome(spread, sql, { workers: 3, limits: SPREAD }),
    ];
    expect(three, sql).toEqual(one);
  }
  await alone.close();
  await spread.close();
  rmSync(folder, { recursive: true });
});

/** Sums of doubles depend on their order. */
const rounded = <T>(value: T): T | string => (typeof value === 'number' ? value.toPrecision(10) : value);
