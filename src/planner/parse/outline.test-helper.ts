import { SquallError } from '../../common/errors.ts';
import type { Statement } from './ast.ts';
import type { Dialect } from './dialects/dialect.ts';
import { parse, parseStatement } from './parse.ts';

/** An AST as one line: what is absent is left out, names and literals stand as in SQL, a node is its kind and its parts. */
export function outline(node: unknown): string {
  if (Array.isArray(node)) return `[${node.map(outline).join(', ')}]`;
  if (typeof node === 'string') return node;
  if (typeof node !== 'object' || node === null) return String(node);
  const { kind, span: _, ...parts } = node as Record<string, unknown>;
  const only = Object.keys(parts).length === 1 ? Object.values(parts)[0] : undefined;
  if (kind === undefined && 'name' in parts && 'quoted' in parts)
    return parts.quoted ? `"${parts.name}"` : `${parts.name}`;
  if (kind === 'column') return (parts.path as unknown[]).map(outline).join('.');
  if (kind === 'number') return `${parts.text}`;
  if (kind === 'string') return `'${parts.value}'`;
  if (kind === 'boolean') return `${parts.value}`;
  if (kind === 'expr' && only) return outline(only);
  const named = Object.entries(parts).flatMap(([key, value]) => {
    const isThreeValued = key === 'nullsFirst' || key === 'materialized';
    const isEmpty = Array.isArray(value) && value.length === 0;
    if (value === null || isEmpty || (value === false && !isThreeValued)) return [];
    return value === true ? [key] : [`${key}: ${outline(value)}`];
  });
  if (named.length === 0) return `${kind ?? '{}'}`;
  return `${kind ?? ''}{${named.join(', ')}}`;
}

/** The outline of the only statement; for a query that is nothing but a body, that body. */
export async function outlined(sql: string): Promise<string> {
  return outline(bare(await parseStatement(sql)));
}

function bare(statement: Statement): unknown {
  if (statement.kind !== 'select') return statement;
  const { body, ...around } = statement.query;
  const hasMore = Object.values(outlineParts(around)).length > 0;
  return hasMore ? statement.query : body;
}

const outlineParts = ({ span: _, ...parts }: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value && (!Array.isArray(value) || value.length > 0)));

/** The outline of one expression in a select list. */
export async function expression(text: string): Promise<string> {
  const statement = await parseStatement(`SELECT ${text} FROM t`);
  if (statement.kind !== 'select' || statement.query.body.kind !== 'select') throw new Error('no SELECT');
  return outline(statement.query.body.items[0]?.expr);
}

/** Code, message and the text that the error points at. */
export async function failure(sql: string, dialect?: Dialect): Promise<string> {
  const error: unknown = await parse(sql, dialect ? { dialect } : {}).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error === null) return 'no error';
  if (!(error instanceof SquallError)) throw error;
  return `${error.code} ${error.message} | ${sql.slice(error.span?.start, error.span?.end)}`;
}
