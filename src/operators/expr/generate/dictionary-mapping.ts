import type { Column, ColumnId, Expr } from '../expr.ts';
import { collectColumns, mapParts } from '../rewrite.ts';

/** A part of an expression that depends on one dictionary column only: computed once per entry, then looked up by code. */
export interface MappedPart {
  readonly expr: Expr;
  /** The dictionary column. */
  readonly column: Column;
  /** Stands for the part in the expression that remains. */
  readonly id: ColumnId;
}

/** Replaces the largest such parts by columns of their own, whose ids are negative. `known` is added to. */
export function mapDictionaryParts(
  expr: Expr,
  dictionaries: readonly Column[],
  known: MappedPart[],
  key: (expr: Expr) => number,
): Expr {
  if (expr.kind === 'column' || expr.kind === 'literal') return expr;
  const column = onlyColumn(expr, dictionaries);
  if (!column || !isWorthwhile(expr)) {
    return mapParts(expr, (part) => mapDictionaryParts(part, dictionaries, known, key));
  }
  let mapped = known.find((other) => key(other.expr) === key(expr));
  if (!mapped) {
    mapped = { expr, column, id: (-1 - known.length) as ColumnId };
    known.push(mapped);
  }
  return { kind: 'column', id: mapped.id, name: `${column.name} mapped`, type: expr.type };
}

function onlyColumn(expr: Expr, dictionaries: readonly Column[]): Column | undefined {
  const ids = new Set<ColumnId>();
  collectColumns(expr, ids);
  const [only] = ids;
  return ids.size === 1 ? dictionaries.find(({ id }) => id === only) : undefined;
}

/** Whether a column is NULL is cheaper to see than to look up; nested values are no columns of their own. */
const isWorthwhile = (expr: Expr) =>
  !(expr.kind === 'isNull' && expr.input.kind === 'column') && !['list', 'struct', 'map'].includes(expr.type.kind);
