import { seededRandom } from '../../src/common/clock.ts';
import { ExecutionError } from '../../src/common/errors.ts';
import type { Value } from '../../src/common/types.ts';
import type { Expr } from '../../src/operators/expr/expr.ts';
import { formatExpr } from '../../src/operators/expr/format.ts';
import { interpret } from '../../src/operators/expr/interpret.ts';
import type { Oracle } from './duckdb.ts';
import { duckdbLiteral, duckdbSql, duckdbType } from './duckdb-sql.ts';
import { COLUMNS, RandomExpressions } from './random-expr.ts';

const ROWS = 24;

export interface Comparison {
  readonly expressions: number;
  readonly values: number;
  readonly errors: number;
  /** The first difference of each expression: expression, row, both values. */
  readonly differences: readonly string[];
}

/**
 * Random expressions over random rows, on the interpreter and on DuckDB. A row whose error both engines know (overflow of
 * exact types) has to fail in both.
 */
export async function compareExpressions(oracle: Oracle, seed: number, count: number): Promise<Comparison> {
  const random = new RandomExpressions(seededRandom(seed));
  const rows = Array.from({ length: ROWS }, () => random.row());
  await oracle.run(createTable(rows));
  const differences: string[] = [];
  let values = 0;
  let errors = 0;
  for (let n = 0; n < count; n++) {
    const expr = random.any(3);
    const ours = rows.map((row) => attempt(expr, row));
    const good = ours.flatMap((result, i) => (result instanceof ExecutionError ? [] : [i]));
    const theirs = await queried(oracle, expr, good);
    let differs = false;
    good.forEach((i, k) => {
      const [mine, other] = [ours[i] as Value, typeof theirs === 'string' ? theirs : (theirs[k] as Value)];
      values++;
      if (differs) return;
      differs = typeof theirs === 'string' || !alike(mine, other);
      if (differs) {
        differences.push(`${formatExpr(expr)}\n  row ${i}: ${show(mine)} against ${show(other)}\n  ${duckdbSql(expr)}`);
      }
    });
    const bad = ours.findIndex((result) => result instanceof ExecutionError && isSharedError(result, expr));
    if (bad >= 0) {
      errors++;
      const answer = await queried(oracle, expr, [bad]);
      if (typeof answer !== 'string') {
        differences.push(`${formatExpr(expr)}\n  row ${bad}: ${ours[bad]} against ${show(answer[0] as Value)}`);
      }
    }
  }
  return { expressions: count, values, errors, differences };
}

function attempt(expr: Expr, row: readonly Value[]): Value | ExecutionError {
  try {
    return interpret(expr, COLUMNS)(row);
  } catch (error) {
    if (error instanceof ExecutionError) return error;
    throw error;
  }
}

/** Out of range for an integer type, in an expression where DuckDB does not skip the evaluation for the sake of a NULL. */
function isSharedError(error: ExecutionError, expr: Expr): boolean {
  return (
    /for (tinyint|smallint|integer|bigint|uinteger)$/.test(error.message) &&
    expr.kind === 'call' &&
    !/NULL/.test(formatExpr(expr))
  );
}

async function queried(oracle: Oracle, expr: Expr, rows: readonly number[]): Promise<Value[] | string> {
  if (rows.length === 0) return [];
  const sql = `SELECT CAST(${duckdbSql(expr)} AS ${duckdbType(expr.type)}) FROM (SELECT * FROM input WHERE id IN (${rows.join(', ')}) ORDER BY id)`;
  try {
    return (await oracle.rows(sql)).map(([value]) => value as Value);
  } catch (error) {
    return (error as Error).message;
  }
}

function createTable(rows: readonly Value[][]): string {
  const columns = COLUMNS.map(({ name, type }) => `"${name}" ${duckdbType(type)}`);
  const values = rows.map(
    (row, id) =>
      `(${[id, ...row.map((value, i) => duckdbLiteral(value, (COLUMNS[i] as (typeof COLUMNS)[0]).type))].join(', ')})`,
  );
  return `CREATE OR REPLACE TABLE input (id INTEGER, ${columns.join(', ')}); INSERT INTO input VALUES ${values.join(', ')}`;
}

/** Equal, doubles up to 4 units of the last place or 1e-300 (quotients of decimals are rounded differently). */
function alike(a: Value, b: Value): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Object.is(a, b) || a === b) return true;
    return Math.abs(a - b) <= Math.abs(a) * 4 * Number.EPSILON;
  }
  return show(a) === show(b);
}

function show(value: Value | string): string {
  return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part));
}
