import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/common/clock.ts';
import { SquallError } from '../../src/common/errors.ts';
import { type InlineSession, inlineSession } from '../plans/inline-session.ts';
import { type Answer, answerOf, duckdbAnswer } from '../slt/answers.ts';
import { ALLOWED_DIFFERENCES } from './allowed-differences.ts';
import { Oracle } from './duckdb.ts';
import { RandomStatements } from './random-statement.ts';
import { reduceStatement } from './reduce-statement.ts';
import { type StatementQuery, statementText } from './statement.ts';
import { STATEMENT_TABLES, writeStatementTables } from './statement-tables.ts';

/** The numbers of tasks that a statement is spread over, in turn. */
const WORKERS = [1, 3] as const;
/** Differences that are reduced and shown; more would be of the same causes. */
const MOST_SHOWN = 12;

export interface StatementComparison {
  /** Compared: DuckDB answered. */
  readonly statements: number;
  /** What DuckDB cannot do. */
  readonly skipped: number;
  readonly rows: number;
  /** By the reason in `ALLOWED_DIFFERENCES`. */
  readonly allowed: ReadonlyMap<string, number>;
  readonly differences: readonly string[];
}

/** Random statements over a few tables of few rows, on Squall's whole road and on DuckDB. */
export class StatementComparer {
  readonly #oracle: Oracle;
  readonly #sessions: readonly InlineSession[];
  readonly #folder: string;

  private constructor(oracle: Oracle, sessions: readonly InlineSession[], folder: string) {
    this.#oracle = oracle;
    this.#sessions = sessions;
    this.#folder = folder;
  }

  static async open(seed: number): Promise<StatementComparer> {
    const folder = await mkdtemp(join(tmpdir(), 'squall-statements-'));
    const oracle = await Oracle.open();
    await oracle.run("SET integer_division = true; SET default_null_order = 'nulls_last_on_asc_first_on_desc'");
    await writeStatementTables(oracle, folder, seed);
    const files = Object.fromEntries(STATEMENT_TABLES.map(({ name }) => [name, `${folder}/${name}/*.parquet`]));
    const sessions = WORKERS.map((workers) => inlineSession(files, workers));
    return new StatementComparer(oracle, sessions, folder);
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) await session.close();
    this.#oracle.close();
    await rm(this.#folder, { recursive: true });
  }

  /** Stops after `count` statements, or when `until` says so. */
  async compare(seed: number, count: number, until: () => boolean = () => false): Promise<StatementComparison> {
    const random = new RandomStatements(seededRandom(seed));
    const allowed = new Map<string, number>();
    const differences: string[] = [];
    let [statements, skipped, rows] = [0, 0, 0];
    for (let made = 0; made < count && !until(); made++) {
      const statement = random.next();
      const session = this.#sessions[made % WORKERS.length]!;
      const outcome = await this.#check(statement, session);
      if (outcome.kind === 'skipped') skipped++;
      else statements++;
      if (outcome.kind === 'same') rows += outcome.rows;
      if (outcome.kind !== 'different') continue;
      const reason = ALLOWED_DIFFERENCES.find(({ difference }) => difference.test(outcome.difference))?.reason;
      if (reason !== undefined) allowed.set(reason, (allowed.get(reason) ?? 0) + 1);
      else if (differences.length < MOST_SHOWN) differences.push(await this.#described(statement, outcome, session));
      else differences.push(outcome.difference);
    }
    return { statements, skipped, rows, allowed, differences };
  }

  async #described(statement: StatementQuery, { group }: Different, session: InlineSession): Promise<string> {
    const smallest = await reduceStatement(statement, async (candidate) => {
      const outcome = await this.#check(candidate, session);
      return outcome.kind === 'different' && outcome.group === group;
    });
    const outcome = await this.#check(smallest, session);
    return `${statementText(smallest)}\n  ${outcome.kind === 'different' ? outcome.difference : outcome.kind}`;
  }

  async #check(statement: StatementQuery, session: InlineSession): Promise<Outcome> {
    const sql = statementText(statement);
    const theirs = await duckdbAnswer(this.#oracle, sql).catch((error: Error) => error);
    const ours = await session
      .query(sql)
      .then(({ rows, columns }) =>
        answerOf(
          columns.map(({ type }) => type),
          rows,
        ),
      )
      .catch((error: Error) => error);
    if (theirs instanceof Error) return { kind: 'skipped' };
    if (ours instanceof Error) {
      const code = ours instanceof SquallError ? ours.code : 'bug';
      const text = ours instanceof SquallError ? `${code} ${ours.message}` : `${ours.stack}`;
      return { kind: 'different', group: `${code} ${ours.message.replace(/\d+/g, 'n')}`, difference: text };
    }
    const difference = differenceOf(ours, theirs, isOrdered(statement));
    return difference === null
      ? { kind: 'same', rows: ours.lines.length }
      : { kind: 'different', group: difference.split(' ')[0]!, difference };
  }
}

interface Different {
  readonly kind: 'different';
  /** The same for differences of one sort. */
  readonly group: string;
  readonly difference: string;
}

type Outcome = Different | { readonly kind: 'skipped' } | { readonly kind: 'same'; readonly rows: number };

/** Every column is a key: rows that may change places are the same. */
const isOrdered = ({ body, order }: StatementQuery): boolean => {
  if (body.kind === 'select') return order.length === body.items.length;
  let left = body.left;
  while (left.body.kind === 'setOperation') left = left.body.left;
  return order.length === left.body.items.length;
};

function differenceOf(ours: Answer, theirs: Answer, ordered: boolean): string | null {
  if (!sameTypes(ours, theirs)) return `types ${ours.types} instead of ${theirs.types}`;
  if (ours.lines.length !== theirs.lines.length) return `rows: ${ours.lines.length} instead of ${theirs.lines.length}`;
  const [a, b] = [normal(ours), normal(theirs)].map((lines) => (ordered ? lines : lines.toSorted())) as [
    string[],
    string[],
  ];
  const at = a.findIndex((line, i) => line !== b[i]);
  return at < 0 ? null : `values in row ${at}: ${a[at]} instead of ${b[at]}`;
}

/** Whole numbers may be held as decimals; DuckDB calls what is NULL in every row an integer. */
function sameTypes(ours: Answer, theirs: Answer): boolean {
  const [mine, other] = [ours, theirs].map(({ types }) => types.replaceAll('I', 'N')) as [string, string];
  const isNull = (i: number) => theirs.lines.every((line) => line.split('\t')[i] === 'NULL');
  return mine.length === other.length && [...mine].every((letter, i) => letter === other[i] || isNull(i));
}

const normal = ({ types, lines }: Answer): readonly string[] =>
  lines.map((line) =>
    line
      .split('\t')
      .map((cell, i) => (types[i] === 'N' && cell.includes('.') ? cell.replace(/\.?0+$/, '') : cell))
      .join('\t'),
  );
