import type { Value } from '../../src/common/types.ts';
import { children, type PhysicalPlan } from '../../src/operators/plan.ts';
import { comparePlan, noCounts, type PlanCase } from './compare-plans.ts';
import type { Oracle } from './duckdb.ts';
import { loadTable, TABLE_COLUMNS, type TestTable } from './test-table.ts';

/** Trials that a reduction may take. */
const MAX_TRIALS = 60;
/** Rows that are shown. */
const MAX_SHOWN = 12;

/** The case over as few rows as still show a difference; DuckDB's tables are as before afterwards. */
export async function reduceData(oracle: Oracle, of: PlanCase): Promise<PlanCase> {
  let best = of;
  let trials = 0;
  const differs = async (rows: TestTable['rows'], table: string): Promise<boolean> => {
    const reduced = { name: table, rows };
    const trial = { ...best, tables: best.tables.map((one) => (one.name === table ? reduced : one)) };
    trials++;
    await loadTable(oracle.connection, reduced);
    if ((await comparePlan(oracle, trial, noCounts())) === null) return false;
    best = trial;
    return true;
  };
  for (const table of tablesOf(of.plan)) {
    const rowsOf = () => best.tables.find(({ name }) => name === table)?.rows ?? [];
    for (let parts = 2; trials < MAX_TRIALS && rowsOf().length > 0; ) {
      const rows = rowsOf();
      const size = Math.ceil(rows.length / parts);
      let smaller = false;
      for (let from = 0; from < rows.length && !smaller && trials < MAX_TRIALS; from += size) {
        smaller = await differs([...rows.slice(0, from), ...rows.slice(from + size)], table);
      }
      if (!smaller && size === 1) break;
      parts = smaller ? Math.max(2, parts - 1) : parts * 2;
    }
    await loadTable(oracle.connection, { name: table, rows: rowsOf() });
  }
  for (const table of of.tables) await loadTable(oracle.connection, table);
  return best;
}

/** The rows of the tables that a plan reads, in the columns that it reads. */
export function describeData({ plan, tables }: PlanCase): string {
  const columns = columnsOf(plan);
  return tables
    .filter(({ name }) => columns.has(name))
    .map(({ name, rows }) => {
      const read = [...(columns.get(name) ?? [])];
      const positions = read.map((column) => Object.keys(TABLE_COLUMNS).indexOf(column));
      const lines = rows.slice(0, MAX_SHOWN).map((row) => positions.map((at) => show(row[at] as Value)).join(' | '));
      const more = rows.length > MAX_SHOWN ? [`… ${rows.length - MAX_SHOWN} more`] : [];
      return [`${name}: ${rows.length} rows of ${read.join(' | ')}`, ...lines, ...more].join('\n  ');
    })
    .join('\n');
}

const tablesOf = (plan: PhysicalPlan): readonly string[] => [...columnsOf(plan).keys()];

function columnsOf(plan: PhysicalPlan, into = new Map<string, Set<string>>()): Map<string, Set<string>> {
  if (plan.kind === 'scan') {
    const read = into.get(plan.table) ?? new Set();
    for (const { name } of plan.columns) read.add(name);
    into.set(plan.table, read);
  }
  for (const input of children(plan)) columnsOf(input, into);
  return into;
}

const show = (value: Value) =>
  typeof value === 'bigint' ? `${value}n` : typeof value === 'number' ? String(value) : JSON.stringify(value);
