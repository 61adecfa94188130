import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodes } from '../../src/planner/logical/rewrite.ts';
import { verifyPlan } from '../../src/planner/logical/verify-plan.ts';
import { parseStatement } from '../../src/planner/parse/parse.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { TPCH_SCHEMA } from '../../tpch/schema.ts';
import { FakeCatalog } from './fake-catalog.ts';

const folder = join(import.meta.dirname, '../../tpch/queries');
const number = (file: string) => Number(/\d+/.exec(file)?.[0]);
const files = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort((a, b) => number(a) - number(b));

/** Every node's span: what it points at must be text of the query. */
function spans(node: unknown): readonly { start: number; end: number }[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'span' in node ? [node.span as { start: number; end: number }] : [];
  return [...own, ...Object.values(node).flatMap(spans)];
}

const catalog = new FakeCatalog(
  Object.fromEntries(Object.entries(TPCH_SCHEMA).map(([name, { schema }]) => [name, { schema }])),
);

describe('TPC-H', () => {
  it('has 22 texts', () => expect(files).toHaveLength(22));

  it.each(files)('%s is read whole, with a span for every part', async (file) => {
    const sql = readFileSync(join(folder, file), 'utf8');
    const statement = await parseStatement(sql);
    for (const { start, end } of spans(statement)) {
      const text = sql.slice(start, end);
      expect([text.trim() === text && text.length > 0, text]).toEqual([true, text]);
      expect([text.split('(').length, text]).toEqual([text.split(')').length, text]);
    }
  });

  it.each(files)('%s is planned', async (file) => {
    const rules: string[] = [];
    const planned = await planQuery(readFileSync(join(folder, file), 'utf8'), {
      catalog,
      onRule: (rule, plan) => {
        rules.push(rule.name);
        verifyPlan(plan);
      },
    });
    verifyPlan(planned.logical);
    expect(rules).toContain('decorrelate');
    expect(nodes(planned.optimized).filter(({ kind }) => kind === 'apply')).toEqual([]);
  });
});
