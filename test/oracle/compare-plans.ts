import type { Value } from '../../src/common/types.ts';
import { isFloat } from '../../src/common/types.ts';
import { children, type PhysicalPlan, type ScanPlan } from '../../src/operators/plan.ts';
import type { Oracle } from './duckdb.ts';
import { duckdbPlan } from './duckdb-plan.ts';
import { Refusal, type RefusalKind } from './refusal.ts';
import { executed, interpreted, type Outcome, type RunOptions, type TableOf, TooManyRows } from './run-plan.ts';
import type { TestTable } from './test-table.ts';

/** What became of the cases. */
export interface Counts {
  cases: number;
  /** Compared with DuckDB. */
  compared: number;
  rows: number;
  /** The same error in both of ours. */
  errors: number;
  /** Left out of the comparison with DuckDB. */
  refused: Partial<Record<RefusalKind | 'an error of DuckDB', number>>;
  /** Errors in the interpreter alone, in columns that nobody may have read. */
  unread: number;
  /** Left out altogether: too many rows. */
  large: number;
  spilled: number;
  /** Left out: the partition of a window that does not fit a small budget. */
  outOfBudget: number;
}

export const noCounts = (): Counts => ({
  cases: 0,
  compared: 0,
  rows: 0,
  errors: 0,
  refused: {},
  unread: 0,
  large: 0,
  spilled: 0,
  outOfBudget: 0,
});

export interface PlanCase {
  readonly plan: PhysicalPlan;
  readonly tables: readonly TestTable[];
  readonly options: RunOptions;
}

/** Runs a plan on generated code, on the interpreter and on DuckDB; a text that says what differs, or null. */
export async function comparePlan(oracle: Oracle, of: PlanCase, counts: Counts): Promise<string | null> {
  const { plan, options } = of;
  const tableOf = ({ table }: ScanPlan) => of.tables.find(({ name }) => name === table) as TestTable;
  counts.cases++;
  let reference: Outcome;
  let ours: Outcome;
  try {
    reference = await interpreted(plan, tableOf);
    ours = await executed(plan, tableOf, options);
    await executed(plan, tableOf, options, 1);
  } catch (error) {
    if (!(error instanceof TooManyRows)) return `executePlan failed: ${(error as Error).stack}`;
    counts.large++;
    return null;
  }
  if (ours.kind === 'error' && ours.error.code === 'SQ4001' && needsWholePartition(plan)) {
    counts.outOfBudget++;
    return null;
  }
  if (reference.kind === 'error' || ours.kind === 'error') {
    counts.errors++;
    const found = differingErrors(plan, reference, ours);
    if (found === null || ours.kind === 'error' || (await isCertainlyRead(plan, tableOf))) return found;
    counts.unread++;
    return null;
  }
  if (ours.spilled > 0) counts.spilled++;
  const own = difference(plan, reference.rows, ours.rows);
  if (own !== null) return `executePlan differs from interpretPlan: ${own}`;
  const sql = printed(plan, counts);
  if (sql === null) return null;
  let theirs: Value[][];
  try {
    theirs = await oracle.rows(sql);
  } catch (error) {
    const { message } = error as Error;
    if (!DATA_ERRORS.test(message)) return `DuckDB refuses the query: ${message}\n${sql}`;
    counts.refused['an error of DuckDB'] = (counts.refused['an error of DuckDB'] ?? 0) + 1;
    return null;
  }
  counts.compared++;
  counts.rows += theirs.length;
  const foreign = difference(plan, reference.rows, theirs);
  return foreign === null ? null : `interpretPlan differs from DuckDB: ${foreign}\n${sql}`;
}

/** DuckDB evaluates more than it needs, and some things in other types. */
const DATA_ERRORS = /^(Out of Range|Conversion|Invalid Input) Error/;

function printed(plan: PhysicalPlan, counts: Counts): string | null {
  try {
    return duckdbPlan(plan, ({ table }) => `"${table}"`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    counts.refused[error.kind] = (counts.refused[error.kind] ?? 0) + 1;
    return null;
  }
}

/** Which rows are computed may depend on the order of work where one input decides how much of the other is read. */
const mayStopEarly = (plan: PhysicalPlan): boolean =>
  ['join', 'limit', 'topN', 'setOperation'].includes(plan.kind) || children(plan).some(mayStopEarly);

/** A column that nobody reads need not be computed: only what the last operator computes has to fail. */
async function isCertainlyRead(plan: PhysicalPlan, tableOf: TableOf): Promise<boolean> {
  if (!['project', 'filter', 'aggregate', 'sort'].includes(plan.kind)) return false;
  const inputs = await Promise.all(children(plan).map((input) => interpreted(input, tableOf)));
  return inputs.every(({ kind }) => kind === 'rows');
}

/** The rows of a window's partition have to fit the budget together. */
const needsWholePartition = (plan: PhysicalPlan): boolean =>
  plan.kind === 'window' || children(plan).some(needsWholePartition);

function differingErrors(plan: PhysicalPlan, reference: Outcome, ours: Outcome): string | null {
  const text = (outcome: Outcome) =>
    outcome.kind === 'error' ? `${outcome.error.code} ${outcome.error.message}` : `${outcome.rows.length} rows`;
  const code = (outcome: Outcome) => (outcome.kind === 'error' ? outcome.error.code : null);
  const internal = [reference, ours].some((outcome) => code(outcome)?.startsWith('SQ9'));
  const oneSided = code(reference) === null || code(ours) === null;
  if (!internal && (oneSided ? mayStopEarly(plan) : code(reference) === code(ours))) return null;
  return `interpretPlan gives ${text(reference)}, executePlan ${text(ours)}`;
}

type Rows = readonly (readonly Value[])[];

/** The first difference as bags of rows, or in the columns that the plan's last operator sorts by. */
export function difference(plan: PhysicalPlan, expected: Rows, got: Rows): string | null {
  const columns = plan.columns;
  const show = (row: readonly Value[]) =>
    row.map((value, i) => canonical(value, isFloat(columns[i]!.type))).join(' | ');
  const bag = new Map<string, number>();
  for (const row of expected) bag.set(show(row), (bag.get(show(row)) ?? 0) + 1);
  for (const row of got) bag.set(show(row), (bag.get(show(row)) ?? 0) - 1);
  const missing = [...bag].filter(([, count]) => count > 0).map(([text]) => text);
  const surplus = [...bag].filter(([, count]) => count < 0).map(([text]) => text);
  if (missing.length > 0 || surplus.length > 0) {
    const list = (texts: readonly string[]) => `${texts.length}: ${texts.slice(0, 3).join(' ; ')}`;
    return `${expected.length} rows against ${got.length}; missing ${list(missing)}; too many ${list(surplus)}`;
  }
  const keys = sortedBy(plan);
  const keysOf = (row: readonly Value[]) =>
    keys.map((at) => canonical(row[at] as Value, isFloat(columns[at]!.type))).join(' | ');
  const at = expected.findIndex((row, i) => keysOf(row) !== keysOf(got[i] as Value[]));
  return at < 0
    ? null
    : `the order differs in row ${at}: ${show(expected[at] as Value[])} against ${show(got[at] as Value[])}`;
}

/** Positions of the columns that a sort at the root orders by, as far as its keys are columns. */
function sortedBy(plan: PhysicalPlan): readonly number[] {
  if (plan.kind === 'limit') return sortedBy(plan.input);
  if (plan.kind !== 'sort' && plan.kind !== 'topN') return [];
  const positions = plan.keys.map(({ expr }) =>
    expr.kind === 'column' ? plan.columns.findIndex(({ id }) => id === expr.id) : -1,
  );
  const end = positions.indexOf(-1);
  return end < 0 ? positions : positions.slice(0, end);
}

/** Nine digits of a double: averages are rounded differently. */
function canonical(value: Value, float: boolean): string {
  if (typeof value === 'number' && float) return String(Number(value.toPrecision(9)) + 0);
  if (typeof value === 'bigint') return `${value}n`;
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
}
