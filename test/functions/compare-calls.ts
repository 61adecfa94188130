import { SquallError } from '../../src/common/errors.ts';
import type { SqlType, Value } from '../../src/common/types.ts';
import type { Oracle } from '../oracle/duckdb.ts';
import { duckdbType } from '../oracle/duckdb-sql.ts';
import { evaluateSql } from './evaluate-sql.ts';

/** Values that the names in a template stand for: `left({text}, {count})`. */
export type Pools = Readonly<Record<string, readonly string[]>>;

/** Every expression that a template stands for; `a ==> b` is b on DuckDB. */
export function expanded(template: string, pools: Pools): readonly string[] {
  const name = /\{(\w+)\}/.exec(template)?.[1];
  if (name === undefined) return [template];
  return (pools[name] ?? []).flatMap((value) =>
    expanded(
      template.replace(`{${name}}`, () => value),
      pools,
    ),
  );
}

interface Answer {
  readonly sql: string;
  readonly duckdb: string;
  readonly type: SqlType | null;
  /** The value, or the message of the error. */
  readonly value: Value | SquallError;
}

const BATCH = 60;

/** The calls whose value or failure differs from DuckDB's: what is written, our answer, theirs. */
export async function differences(oracle: Oracle, calls: readonly string[]): Promise<readonly string[]> {
  const answers: Answer[] = [];
  for (const call of calls) answers.push(await answerOf(call));
  const good = answers.filter(({ value }) => !(value instanceof SquallError));
  const found: string[] = [];
  for (let from = 0; from < good.length; from += BATCH) {
    const batch = good.slice(from, from + BATCH);
    const theirs = (await theirValues(oracle, batch)) ?? (await oneByOne(oracle, batch));
    batch.forEach(({ sql, value }, i) => {
      const other = theirs[i] as Value | Error;
      if (other instanceof Error || !alike(value as Value, other)) found.push(line(sql, value, other));
    });
  }
  for (const { sql, duckdb, value } of answers) {
    if (!(value instanceof SquallError)) continue;
    const other = await oracle.rows(`SELECT ${duckdb}`).then(
      ([row]) => row?.[0] as Value,
      () => null,
    );
    if (other !== null || !value.code.startsWith('SQ3')) found.push(line(sql, value, other));
  }
  return found;
}

async function answerOf(call: string): Promise<Answer> {
  const [sql = '', duckdb = sql] = call.split(' ==> ');
  try {
    return { sql, duckdb, ...(await evaluateSql(sql)) };
  } catch (error) {
    if (error instanceof SquallError) return { sql, duckdb, type: null, value: error };
    throw error;
  }
}

const cast = ({ duckdb, type }: Answer) => (type === null ? duckdb : `CAST((${duckdb}) AS ${duckdbType(type)})`);

async function theirValues(oracle: Oracle, batch: readonly Answer[]): Promise<readonly Value[] | null> {
  return oracle.rows(`SELECT ${batch.map(cast).join(', ')}`).then(
    ([row]) => row ?? [],
    () => null,
  );
}

async function oneByOne(oracle: Oracle, batch: readonly Answer[]): Promise<readonly (Value | Error)[]> {
  const values: (Value | Error)[] = [];
  for (const answer of batch) {
    values.push(
      await oracle.rows(`SELECT ${cast(answer)}`).then(
        ([row]) => row?.[0] as Value,
        (error: Error) => error,
      ),
    );
  }
  return values;
}

/** Doubles up to 4 units of the last place. */
function alike(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return Object.is(a, b) || a === b || Math.abs(a - b) <= Math.abs(a) * 4 * Number.EPSILON;
  }
  return show(a) === show(b);
}

const line = (sql: string, ours: Value | Error, theirs: Value | Error) =>
  `${sql}: ${show(ours)}, DuckDB ${show(theirs)}`;

function show(value: Value | Error): string {
  if (value instanceof Error) return `error (${value.message.split('\n')[0]})`;
  return JSON.stringify(value, function replace(this: Record<string, unknown>, key, part: unknown) {
    // Buffer has a JSON form of its own: look at the holder.
    const raw = this[key];
    if (raw instanceof Uint8Array) return Buffer.from(raw).toString('hex');
    return typeof part === 'bigint' ? `${part}n` : part;
  });
}
