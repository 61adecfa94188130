import { expect, it } from 'vitest';
import { formatLogical } from '../../src/planner/logical/format-logical.ts';
import { nodes } from '../../src/planner/logical/rewrite.ts';
import { verifyPlan } from '../../src/planner/logical/verify-plan.ts';
import { explainText, planQuery } from '../../src/planner/plan-query.ts';
import { TPCH_QUERIES } from '../../tpch/index.ts';
import { queryText } from '../../tpch/run/query-text.ts';
import { TpchCatalog } from './tpch-catalog.ts';

/** Written anew by `vitest -u`, and read as a diff: what the planner makes of the benchmark at scale factor 1. */
it.each(TPCH_QUERIES)('query %d', async (query) => {
  const rules: string[] = [];
  const planned = await planQuery(queryText(query), {
    catalog: new TpchCatalog(1),
    workers: 4,
    onRule: (rule, plan, changed) => {
      verifyPlan(plan);
      if (changed) rules.push(rule.name);
    },
  });
  // No query is run once per row of another one.
  expect(nodes(planned.optimized).filter(({ kind }) => kind === 'apply')).toEqual([]);
  const text = [
    `# bound\n\n${formatLogical(planned.logical)}`,
    `# rules that changed something\n\n${rules.join(', ')}`,
    `# optimised, and the stages\n\n${explainText(planned, { estimates: true })}`,
  ];
  const name = `q${String(query).padStart(2, '0')}`;
  await expect(`${text.join('\n\n')}\n`).toMatchFileSnapshot(`tpch-plans/${name}.txt`);
});
