import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/common/clock.ts';
import { Estimator } from '../../src/planner/estimate/estimate.ts';
import { splitCondition } from '../../src/planner/estimate/join-estimate.ts';
import { formatLogical } from '../../src/planner/logical/format-logical.ts';
import { inputs, type LogicalPlan } from '../../src/planner/logical/logical-plan.ts';
import { nodes } from '../../src/planner/logical/rewrite.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { TpchCatalog } from './tpch-catalog.ts';

const folder = join(import.meta.dirname, '../../tpch/queries');
const queries = readdirSync(folder)
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => ({ name: file.replace('.sql', ''), sql: readFileSync(join(folder, file), 'utf8') }));

const optimized = async (sql: string, scale = 1) =>
  (await planQuery(sql, { catalog: new TpchCatalog(scale) })).optimized;

const MARKS = { inner: '*', left: '=*', right: '*=', full: '=*=', semi: '&', anti: '-', mark: '?' } as const;

/** The tables as they are joined, the side that is built into a hash table on the right: `(lineitem * orders) * customer`. */
function joinOrder(plan: LogicalPlan): string {
  if (plan.kind === 'scan') return plan.source.name;
  if (plan.kind === 'commonTable') return plan.name;
  if (plan.kind === 'join') return `${side(plan.left)} ${MARKS[plan.type]} ${side(plan.right)}`;
  const parts = inputs(plan).map(joinOrder);
  if (plan.kind === 'with') return `${plan.name}: ${parts.join('; ')}`;
  if (plan.kind === 'window') return `window[${parts.join(', ')}]`;
  return plan.kind === 'aggregate' ? `group[${parts.join(', ')}]` : parts.join(', ');
}

function side(plan: LogicalPlan): string {
  if (plan.kind === 'filter' || plan.kind === 'project') return side(plan.input);
  return plan.kind === 'join' ? `(${joinOrder(plan)})` : joinOrder(plan);
}

describe('join orders', () => {
  it('are the same at scale factors 1 and 100', async () => {
    const orders: Record<string, string> = {};
    const later: Record<string, string> = {};
    for (const { name, sql } of queries) {
      orders[name] = joinOrder(await optimized(sql));
      const order = joinOrder(await optimized(sql, 100));
      if (order !== orders[name]) later[name] = order;
    }
    // Only what is a window at first is too large for the memory of one task.
    expect(later).toMatchInlineSnapshot(`
      {
        "q11": "group[partsupp * (supplier * nation)] * group[partsupp * (supplier * nation)]",
        "q15": "revenue: group[lineitem]; supplier * (revenue * group[revenue])",
        "q22": "group[(customer * group[customer]) - orders]",
      }
    `);
    expect(orders).toMatchInlineSnapshot(`
      {
        "q01": "group[lineitem]",
        "q02": "window[(supplier * (partsupp * part)) * (nation * region)]",
        "q03": "group[lineitem * (orders * customer)]",
        "q04": "group[orders & lineitem]",
        "q05": "group[(lineitem * (orders * (customer * (nation * region)))) * supplier]",
        "q06": "group[lineitem]",
        "q07": "group[(lineitem * (supplier * nation)) * (orders * (customer * nation))]",
        "q08": "group[(supplier * ((customer * (orders * (lineitem * part))) * (nation * region))) * nation]",
        "q09": "group[orders * (lineitem * ((partsupp * part) * (supplier * nation)))]",
        "q10": "group[lineitem * ((customer * orders) * nation)]",
        "q11": "window[group[partsupp * (supplier * nation)]]",
        "q12": "group[orders * lineitem]",
        "q13": "group[group[customer =* orders]]",
        "q14": "group[part * lineitem]",
        "q15": "supplier * window[group[lineitem]]",
        "q16": "group[(partsupp * part) - supplier]",
        "q17": "group[window[lineitem * part]]",
        "q18": "group[lineitem * (customer * (orders & group[lineitem]))]",
        "q19": "group[lineitem * part]",
        "q20": "(supplier * nation) & (group[lineitem] * (partsupp & part))",
        "q21": "group[(orders * ((lineitem * (supplier * nation)) - lineitem)) & lineitem]",
        "q22": "group[window[customer] - orders]",
      }
    `);
  });

  it.each(queries)('no product of tables is computed: $name', async ({ sql }) => {
    const plan = await optimized(sql);
    const estimator = new Estimator(plan);
    for (const node of nodes(plan)) {
      if (node.kind !== 'join') continue;
      const { pairs } = splitCondition(node.condition, node.left, node.right);
      // What queries inside expressions give is one row.
      if (pairs.length === 0) expect(estimator.rows(node.right)).toBe(1);
    }
  });
});

const planHash = (plan: LogicalPlan) => createHash('sha256').update(formatLogical(plan)).digest('hex').slice(0, 16);

/** The text with the tables of every FROM list in another order. */
function shuffled(sql: string, seed: number): string {
  const random = seededRandom(seed);
  return sql.replaceAll(/(?<=\bfrom\s+)\w+(?: \w+)?(?:,\s+\w+(?: \w+)?)+(?=\s+where\b)/g, (list) =>
    list
      .split(/,\s+/)
      .map((table) => ({ table, place: random.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ table }) => table)
      .join(', '),
  );
}

const PERMUTATIONS = 20;

describe('the order of FROM does not matter', () => {
  const several = queries.filter(({ sql }) => shuffled(sql, 0) !== sql || shuffled(sql, 1) !== sql);

  it('is a question for most queries', () => {
    expect(several.map(({ name }) => name)).toMatchInlineSnapshot(`
      [
        "q02",
        "q03",
        "q05",
        "q07",
        "q08",
        "q09",
        "q10",
        "q11",
        "q12",
        "q14",
        "q15",
        "q16",
        "q17",
        "q18",
        "q19",
        "q20",
        "q21",
      ]
    `);
  });

  const printed: string[] = [];
  afterAll(() => {
    process.stdout.write(`query  plan              orders of FROM\n${printed.join('\n')}\n`);
  });

  it.each(several)('$name', async ({ name, sql }) => {
    const texts = Array.from({ length: PERMUTATIONS }, (_, seed) => shuffled(sql, seed));
    const plans = new Set<string>();
    // The names of relations are no part of a plan's text.
    for (const text of new Set(texts)) plans.add(planHash(await optimized(text)));
    expect([...plans]).toHaveLength(1);
    printed.push(`${name}    ${[...plans].join()}  ${texts.length}, ${new Set(texts).size} different`);
  });
});
