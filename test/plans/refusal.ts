import { SquallError } from '../../src/common/errors.ts';
import { type PlanQueryOptions, planQuery } from '../../src/planner/plan-query.ts';

/** Why a statement is refused: code and message, what is pointed at, the hint. */
export async function refusalOf(sql: string, options: PlanQueryOptions): Promise<string> {
  const error: unknown = await planQuery(sql, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof SquallError)) return error instanceof Error ? `not ours: ${error.stack}` : 'no error';
  const at = error.span ? sql.slice(error.span.start, error.span.end) : '';
  return [`${error.code} ${error.message}`, at, error.hint ?? ''].join(' | ');
}
