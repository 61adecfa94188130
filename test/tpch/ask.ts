import type { Field, QueryOptions, QueryReport, Session, Value } from '../../src/index.ts';
import { type Answer, answerOf } from '../slt/answers.ts';

export interface Asked extends Answer {
  readonly rows: readonly (readonly Value[])[];
  readonly columns: readonly Field[];
  readonly report: QueryReport;
}

export async function ask(session: Session, sql: string, options: QueryOptions = {}): Promise<Asked> {
  const result = await session.query(sql, options);
  const rows: (readonly Value[])[] = [];
  for await (const row of result.values()) rows.push(row);
  const types = result.columns.map(({ type }) => type);
  return { ...answerOf(types, rows), rows, columns: result.columns, report: result.report };
}
