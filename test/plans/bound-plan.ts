import { BIGINT, INTEGER, VARCHAR } from '../../src/common/types.ts';
import { ColumnIds } from '../../src/planner/bind/bind-context.ts';
import { bindQuery } from '../../src/planner/bind/bind-query.ts';
import { bindSession } from '../../src/planner/bind/bind-session.ts';
import { formatLogical } from '../../src/planner/logical/format-logical.ts';
import type { LogicalPlan } from '../../src/planner/logical/logical-plan.ts';
import { verifyPlan } from '../../src/planner/logical/verify-plan.ts';
import { parseStatement } from '../../src/planner/parse/parse.ts';
import type { Views } from '../../src/planner/statements/views.ts';
import { FakeCatalog, field } from './fake-catalog.ts';

/** The tables of small-tables.ts, without rows. */
export const catalog = new FakeCatalog({
  a: { schema: [field('k', INTEGER), field('x', INTEGER), field('s', VARCHAR)] },
  b: { schema: [field('k', INTEGER), field('y', INTEGER), field('s', VARCHAR)] },
  c: { schema: [field('k', INTEGER), field('l', { kind: 'list', element: INTEGER })] },
  edges: { schema: [field('src', INTEGER, false), field('dst', BIGINT, false)] },
});

/** A query as it is bound, before any rule; what every plan has to keep is checked. */
export async function boundPlan(sql: string, views?: Views): Promise<LogicalPlan> {
  const statement = await parseStatement(sql);
  if (statement.kind !== 'select') throw new Error('not a query');
  const plan = await bindQuery(statement.query, {
    sql,
    catalog,
    signal: undefined,
    ids: new ColumnIds(),
    scans: { next: 0 },
    session: bindSession({ now: 0n, ...(views && { views }) }),
  });
  verifyPlan(plan);
  return plan;
}

/** The plans of queries, one below the other. */
export async function boundTexts(queries: readonly string[]): Promise<string> {
  const texts: string[] = [];
  for (const sql of queries) texts.push(`${sql}\n\n${formatLogical(await boundPlan(sql))}\n`);
  return texts.join('\n');
}
