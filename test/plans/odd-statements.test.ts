import { expect, it } from 'vitest';
import { InternalError, SquallError, UnsupportedError } from '../../src/common/errors.ts';
import { renderError } from '../../src/common/render-error.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { TPCH_SCHEMA } from '../../tpch/schema.ts';
import { FakeCatalog } from './fake-catalog.ts';
import { ODD_STATEMENTS } from './odd-statements.ts';

const catalog = new FakeCatalog(
  Object.fromEntries(Object.entries(TPCH_SCHEMA).map(([name, { schema }]) => [name, { schema }])),
);

/** The error as a user sees it, or that there is none. */
async function answer(sql: string): Promise<string> {
  try {
    await planQuery(sql, { catalog });
    return 'is planned';
  } catch (error) {
    if (!(error instanceof SquallError) || error instanceof InternalError) throw error;
    expect(error instanceof UnsupportedError, sql).toBe(error.code.startsWith('SQ2'));
    // What stands at a place in the text says so.
    if (sql.trim() !== '' && error.span) expect(error.span.end).toBeLessThanOrEqual(sql.length);
    return renderError(error, sql);
  }
}

it('odd and wrong statements say what is wrong with them', async () => {
  expect(ODD_STATEMENTS.length).toBeGreaterThanOrEqual(100);
  const answers: string[] = [];
  for (const sql of ODD_STATEMENTS) answers.push(`${sql}\n=> ${(await answer(sql)).replaceAll('\n', '\n   ')}`);
  await expect(`${answers.join('\n\n')}\n`).toMatchFileSnapshot('odd-statements.txt');
});
