import fc from 'fast-check';
import { formatPlan } from '../../src/operators/format-plan.ts';
import type { PhysicalPlan } from '../../src/operators/plan.ts';
import { MORSEL_ROWS } from '../../src/wasm/morsel.ts';
import { CHOICE_END, Choices } from './chance.ts';
import { type Counts, comparePlan, noCounts, type PlanCase } from './compare-plans.ts';
import type { Oracle } from './duckdb.ts';
import { RandomPlans } from './random-plan.ts';
import { describeData, reduceData } from './reduce-data.ts';
import type { RunOptions } from './run-plan.ts';
import { loadTable, type Profile, randomTable, type TestTable } from './test-table.ts';

/** Around the limits of a selection vector and of a morsel. */
const SMALL = [0, 1, 3, 40, 300];
const MIDDLE = [2047, 2048, 2049];
const LARGE = [32_767, 32_768, 32_769, 70_000];

const PROFILES: readonly Profile[] = [
  { nulls: 6, keys: 5, edges: 0 },
  { nulls: 0, keys: 40, edges: 0 },
  { nulls: 2, keys: 3, edges: 40 },
];

/** Tables of every size, the profiles in turns; small ones in every profile. */
export async function loadTables(oracle: Oracle, sizes: 'small' | 'large'): Promise<readonly TestTable[]> {
  const all = sizes === 'small' ? [...SMALL, ...MIDDLE] : [0, 40, 300, ...MIDDLE, ...LARGE];
  const tables = all.flatMap((rows, i) =>
    (rows <= 300 ? PROFILES : [PROFILES[i % PROFILES.length] as Profile]).map((profile, k) =>
      randomTable(`t${rows}_${k}`, rows, 1000 * i + k, profile),
    ),
  );
  for (const table of tables) await loadTable(oracle.connection, table);
  return tables;
}

/** Morsels of seven rows make too many of a large table. */
const optionsFor = (tables: readonly TestTable[]): fc.Arbitrary<RunOptions> =>
  fc.record({
    morselRows: fc.constantFrom(MORSEL_ROWS / 2, 1000, tables.some(({ rows }) => rows.length > 10_000) ? 3000 : 7),
    deadRows: fc.constantFrom(0, 1, 3),
    dictionaries: fc.boolean(),
    operatorBytes: fc.constantFrom(1 << 30, 1 << 20, 1 << 17),
  });

const CHOICES = 260;

/** A case out of numbers: fewer and smaller numbers make a simpler case, which is how a failing one is reduced. */
function caseOf(tables: readonly TestTable[]): fc.Arbitrary<PlanCase> {
  const choices = fc.array(fc.nat(CHOICE_END - 1), { maxLength: CHOICES, size: 'max' });
  return fc
    .noBias(fc.tuple(choices, fc.integer({ min: 0, max: 6 }), optionsFor(tables)))
    .map(([numbers, depth, options]) => ({ plan: planOf(new Choices(numbers), depth, tables), tables, options }));
}

/** Expressions fail in some row of many: they are tried over few. */
function planOf(choices: Choices, depth: number, tables: readonly TestTable[]): PhysicalPlan {
  if (depth > 0) return new RandomPlans(choices, tables).relation(depth).plan;
  const few = tables.filter(({ rows }) => rows.length <= 40);
  return new RandomPlans(choices, few).expressions().plan;
}

/** Random plans of one seed. Throws with the simplest plan that differs. */
export async function checkPlans(
  oracle: Oracle,
  tables: readonly TestTable[],
  { seed, runs, counts, within }: { seed: number; runs: number; counts: Counts; within: number },
): Promise<void> {
  const property = fc.asyncProperty(caseOf(tables), async (one) => {
    const found = await comparePlan(oracle, one, counts);
    if (found !== null) throw new Error(found);
  });
  const result = await fc.check(property, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: within,
    endOnFailure: false,
  });
  if (!result.failed) return;
  const [simplest] = result.counterexample as [PlanCase];
  const reduced = await reduceData(oracle, simplest);
  const found = (await comparePlan(oracle, simplest, noCounts())) ?? 'the difference does not show again';
  throw new Error(
    [
      `seed ${seed}, path ${result.counterexamplePath}: ${found}`,
      formatPlan(simplest.plan),
      JSON.stringify(simplest.options),
      describeData(reduced),
      JSON.stringify(simplest.plan, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
    ].join('\n'),
  );
}
