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

/** Says of an expression over the entries of a dictionary column whether it may raise. */
export type MayRaise = (expr: Expr, column: Column) => boolean;

/**
 * Replaces the largest such parts by columns of their own, whose ids are negative; `known` is added to. A part that may raise
 * is computed per entry only where it is computed for every row anyway: not behind AND and OR, nor in an arm of CASE.
 */
export function mapDictionaryParts(
  expr: Expr,
  dictionaries: readonly Column[],
  known: MappedPart[],
  key: (expr: Expr) => number,
  mayRaise: MayRaise,
): Expr {
  const map = (part: Expr, certain: boolean): Expr => {
    if (part.kind === 'column' || part.kind === 'literal') return part;
    const column = onlyColumn(part, dictionaries);
    if (!column || !isWorthwhile(part) || (!certain && mayRaise(part, column))) {
      return mapParts(part, (inner) => map(inner, certain && isCertain(part, inner)));
    }
    let mapped = known.find((other) => key(other.expr) === key(part));
    if (!mapped) {
      mapped = { expr: part, column, id: (-1 - known.length) as ColumnId };
      known.push(mapped);
    }
    return { kind: 'column', id: mapped.id, name: `${column.name} mapped`, type: part.type };
  };
  return map(expr, true);
}

/** Whether a direct part is computed whenever the whole is. */
function isCertain(whole: Expr, part: Expr): boolean {
  if (whole.kind === 'and' || whole.kind === 'or') return part === whole.args[0];
  return whole.kind === 'case' ? part === whole.branches[0]?.when : true;
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
