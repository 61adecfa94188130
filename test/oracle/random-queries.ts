import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/common/clock.ts';
import { ExecutionError, SquallError } from '../../src/common/errors.ts';
import type { Field, Value } from '../../src/common/types.ts';
import { typeName } from '../../src/common/types.ts';
import { type InlineSession, inlineSession } from '../plans/inline-session.ts';
import { Oracle } from './duckdb.ts';
import { TABLE, TABLE_ROWS, writeTable } from './query-table.ts';
import { RandomSql, totalOrder } from './random-sql.ts';
import { reduceQuery } from './reduce-query.ts';
import { duckdbText, type SqlQuery, squallText } from './sql-query.ts';

/** The numbers of tasks that a query is spread over, in turn. */
const WORKERS = [3, 1, 20] as const;

type Rows = readonly (readonly Value[])[];
type Answer = { readonly rows: Rows; readonly columns: readonly Field[] } | { readonly error: Error };

export interface QueryComparison {
  readonly queries: number;
  /** Queries that failed in both engines. */
  readonly errors: number;
  readonly rows: number;
  readonly differences: readonly string[];
}

/**
 * Random queries over a table of many files, on Squall's whole road and on DuckDB. What the engines mean differently is in
 * the table of `duckdb-sql.ts`, and in this one:
 *
 * | construct | Squall (PostgreSQL) | DuckDB | comparison |
 * | --- | --- | --- | --- |
 * | order of NULLs by default | last, DESC first | last | always written |
 * | sum of integers; of decimals | bigint or decimal(38,0); decimal(38,s) | hugeint; decimal(38,s) | cast to our type |
 * | avg, of anything | the exact quotient, one rounding | quotient of two doubles | within 1e-12, never a condition or key |
 * | -0 and 0 as one group or tie | the first that came | the first that came | -0 read as 0 where rows are grouped, sorted or cut |
 * | least and greatest of -0 as real | -0 | 0 | -0 read as 0 |
 * | rows that tie at a LIMIT | any | any | each is checked to be one of the rows, keys to be those at its place |
 * | `/` of decimals or floats | errors for zero | NULL or infinite | never generated |
 * | arithmetic on infinite floats | as IEEE 754 | the same | only compared, ordered, grouped |
 * | DISTINCT beside other aggregates | refused | computed | never generated |
 * | a sum of floats | in the order of arrival | the same | binary fractions only, whose sums are exact |
 */
export class QueryComparer {
  readonly #oracle: Oracle;
  readonly #sessions: readonly InlineSession[];
  readonly #folder: string;
  readonly #values: ReadonlyMap<string, readonly Value[]>;

  private constructor(
    oracle: Oracle,
    sessions: readonly InlineSession[],
    folder: string,
    values: ReadonlyMap<string, readonly Value[]>,
  ) {
    this.#oracle = oracle;
    this.#sessions = sessions;
    this.#folder = folder;
    this.#values = values;
  }

  /** Writes the table's files into a folder of its own. */
  static async open(): Promise<QueryComparer> {
    const folder = await mkdtemp(join(tmpdir(), 'squall-queries-'));
    const oracle = await Oracle.open();
    const values = await writeTable(oracle, folder, seededRandom(1));
    const sessions = WORKERS.map((workers) => inlineSession({ t: `${folder}/*.parquet` }, workers));
    return new QueryComparer(oracle, sessions, folder, values);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.close();
    this.#oracle.close();
    await rm(this.#folder, { recursive: true });
  }

  /** Stops after `count` queries, or when `until` says so. */
  async compare(seed: number, count: number, until: () => boolean = () => false): Promise<QueryComparison> {
    const columns = TABLE.map(({ name, type, bound }) => ({
      name,
      type,
      bound,
      approximate: false,
      values: this.#values.get(name) ?? [],
    }));
    const random = new RandomSql(seededRandom(seed), columns, TABLE_ROWS);
    const differences: string[] = [];
    let [queries, errors, rows] = [0, 0, 0];
    for (; queries < count && !until(); queries++) {
      const query = random.next();
      const session = this.#sessions[queries % WORKERS.length] as InlineSession;
      const { difference, failed, delivered } = await this.#check(query, session);
      if (failed) errors++;
      rows += delivered;
      if (difference !== null) differences.push(await this.#described(query, session));
    }
    return { queries, errors, rows, differences };
  }

  async #described(query: SqlQuery, session: InlineSession): Promise<string> {
    const { failed } = await this.#check(query, session);
    // A part taken away may be one that the query needs: a query that DuckDB refuses differs for another reason.
    const smallest = await reduceQuery(query, async (candidate) => {
      const checked = await this.#check(candidate, session);
      return checked.difference !== null && checked.failed === failed;
    });
    const { difference } = await this.#check(smallest, session);
    return `${squallText(smallest)}\n  ${difference}\n  ${duckdbText(smallest)}`;
  }

  async #check(query: SqlQuery, session: InlineSession): Promise<Checked> {
    const ours = await answer(() => session.query(squallText(query)));
    // The whole result: any rows of it may be the ones that a LIMIT leaves.
    const theirs = await answer(() => this.#oracle.result(duckdbText({ ...query, limit: null, offset: 0 })));
    const checked = (difference: string | null): Checked => ({
      difference,
      failed: 'error' in theirs,
      delivered: 'error' in ours ? 0 : ours.rows.length,
    });
    if ('error' in ours || 'error' in theirs) return checked(compareErrors(ours, theirs));
    return checked(compareTypes(query, ours.columns) ?? compareRows(query, ours.rows, theirs.rows));
  }
}

interface Checked {
  readonly difference: string | null;
  readonly failed: boolean;
  readonly delivered: number;
}

async function answer(run: () => Promise<{ rows: Rows; columns: readonly Field[] }>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    return { error: error as Error };
  }
}

/** Both fail, ours for a reason that lies in the data or in a constant. */
function compareErrors(ours: Answer, theirs: Answer): string | null {
  if (!('error' in ours)) return `${ours.rows.length} rows against ${'error' in theirs && theirs.error.message}`;
  const { error } = ours;
  const code = error instanceof SquallError ? error.code : '';
  const text = `${code} ${error.message}${error instanceof SquallError ? '' : error.stack}`;
  if (!('error' in theirs)) return `${text} against ${theirs.rows.length} rows`;
  return error instanceof ExecutionError && code.startsWith('SQ30') ? null : `${text} against ${theirs.error.message}`;
}

function compareTypes({ items }: SqlQuery, columns: readonly Field[]): string | null {
  const [ours, meant] = [columns.map(({ type }) => typeName(type)), items.map(({ expr }) => typeName(expr.type))];
  return ours.join() === meant.join() ? null : `types ${ours} instead of ${meant}`;
}

function compareRows(query: SqlQuery, ours: Rows, all: Rows): string | null {
  const { limit, offset, order, items } = query;
  const expected = Math.min(limit ?? Number.POSITIVE_INFINITY, Math.max(0, all.length - offset));
  if (ours.length !== expected) return `${ours.length} rows instead of ${expected}`;
  const text = rowText(query);
  const [mine, every] = [ours.map(text), all.map(text)];
  if (order.length > 0 && totalOrder(query)) {
    const theirs = every.slice(offset, offset + expected);
    const at = mine.findIndex((row, i) => row !== theirs[i]);
    return at < 0 ? null : `row ${at}: ${mine[at]} instead of ${theirs[at]}`;
  }
  if (items.some((item) => item.approximate)) return compareSorted(query, ours, all);
  const keyed = positions(query);
  const keyText = (row: readonly Value[]) => keyed.map((i) => show(row[i] as Value, true)).join();
  const misplaced = ours.findIndex((row, i) => keyText(row) !== keyText(all[offset + i] as readonly Value[]));
  if (misplaced >= 0) return `row ${misplaced}: ${mine[misplaced]} where ${every[offset + misplaced]} should be`;
  const left = new Map<string, number>();
  for (const row of every) left.set(row, (left.get(row) ?? 0) + 1);
  for (const row of mine) {
    const count = left.get(row) ?? 0;
    if (count === 0) return `row ${row} is not one of ${every.slice(0, 5).join(' ')}`;
    left.set(row, count - 1);
  }
  return null;
}

/** Leading sort keys that can be seen in the result. */
function positions({ order }: SqlQuery): readonly number[] {
  const known = order.map(({ by }) => (typeof by === 'number' ? by : -1));
  const end = known.indexOf(-1);
  return end < 0 ? known : known.slice(0, end);
}

/** Without order, and with numbers that may differ in the last digits. */
function compareSorted({ items }: SqlQuery, ours: Rows, theirs: Rows): string | null {
  const exact = items.flatMap(({ approximate }, i) => (approximate ? [] : [i]));
  const key = (row: readonly Value[]) => exact.map((i) => show(row[i] as Value, true)).join();
  const near = items.flatMap(({ approximate }, i) => (approximate ? [i] : []));
  const compare = (a: readonly Value[], b: readonly Value[]) => {
    const [x, y] = [key(a), key(b)];
    if (x !== y) return x < y ? -1 : 1;
    for (const i of near) {
      const [m, n] = [a[i] as number | null, b[i] as number | null];
      const order = last(m) - last(n) || (m ?? 0) - (n ?? 0);
      if (order < 0 || order > 0) return order;
    }
    return 0;
  };
  const [mine, others] = [ours.toSorted(compare), theirs.toSorted(compare)];
  const at = mine.findIndex((row, i) => {
    const other = others[i] as readonly Value[];
    return key(row) !== key(other) || near.some((k) => !isNear(row[k] as Value, other[k] as Value));
  });
  return at < 0
    ? null
    : `${mine[at]?.map((value) => show(value, false))} instead of ${others[at]?.map((value) => show(value, false))}`;
}

/** NaN and NULL have places of their own behind the numbers: a sort needs a total order. */
const last = (value: number | null): number => (value === null ? 2 : Number.isNaN(value) ? 1 : 0);

function isNear(a: Value, b: Value): boolean {
  if (typeof a !== 'number' || typeof b !== 'number') return show(a, true) === show(b, true);
  return Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));
}

function rowText(query: SqlQuery): (row: readonly Value[]) => string {
  const signless = ignoresSign(query) || /\b(least|greatest)\(/.test(squallText(query));
  return (row) => `(${row.map((value) => show(value, signless)).join(', ')})`;
}

/** Rows are grouped, sorted or cut somewhere. */
function ignoresSign({ from, grouped, distinct, order, limit }: SqlQuery): boolean {
  return (
    grouped !== null || distinct || order.length > 0 || limit !== null || (from !== null && ignoresSign(from.query))
  );
}

function show(value: Value, signless: boolean): string {
  if (typeof value === 'number') return Object.is(value, -0) && !signless ? '-0' : String(value);
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
}
