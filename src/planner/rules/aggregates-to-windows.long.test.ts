import { expect, it } from 'vitest';
import { FakeCatalog, field } from '../../../test/plans/fake-catalog.ts';
import { INTEGER } from '../../common/types.ts';
import { planQuery } from '../plan-query.ts';
import { checkQuery } from './fixtures/check-query.ts';
import { Chance } from './fixtures/random-nested-query.ts';
import { randomSelfJoin } from './fixtures/random-self-join.ts';

const SEEDS = 4_000;
const RULES: ReadonlySet<string> = new Set(['aggregates_to_windows', 'eager_aggregation']);

const schema = ['a', 'b', 'c'].map((name) => field(name, INTEGER));
const catalog = new FakeCatalog({ r: { schema }, s: { schema }, t: { schema } });

it('gives random joins with aggregations of the same tables the rows that they mean', async () => {
  const rewritten = new Map<string, number>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const sql = randomSelfJoin(new Chance(seed * 77 + 5));
    await planQuery(sql, {
      catalog,
      onRule: ({ name }, _, changed) => {
        if (changed && RULES.has(name)) rewritten.set(name, (rewritten.get(name) ?? 0) + 1);
      },
    });
    await checkQuery(sql, catalog, randomTables(seed));
  }
  // Enough of them are rewritten that a wrong rule would be seen.
  expect(rewritten.get('aggregates_to_windows')).toBeGreaterThan(SEEDS / 20);
  expect(rewritten.get('eager_aggregation')).toBeGreaterThan(SEEDS / 80);
}, 300_000);

function randomTables(seed: number) {
  const chance = new Chance(seed + 1_000_000);
  const row = () => Array.from({ length: 3 }, () => (chance.is(15) ? null : chance.below(3)));
  const table = (most: number) => Array.from({ length: 1 + chance.below(most) }, row);
  return { r: table(9), s: table(5), t: table(4) };
}
