import type { Span } from '../../common/errors.ts';
import { BOOLEAN, type SqlType, sameType, type Value } from '../../common/types.ts';
import type { Column, ColumnExpr, Expr, LiteralExpr } from '../../operators/expr/expr.ts';

const at = (span: Span | undefined) => (span === undefined ? {} : { span });

export const literal = (value: Value, type: SqlType, span?: Span): LiteralExpr => ({
  kind: 'literal',
  value,
  type,
  ...at(span),
});

export const columnExpr = ({ id, name, type }: Column, span?: Span): ColumnExpr => ({
  kind: 'column',
  id,
  name,
  type,
  ...at(span),
});

/** The expression in another type; itself when it has that type already, a typed NULL for a bare NULL. */
export function castTo(expr: Expr, type: SqlType): Expr {
  if (sameType(expr.type, type)) return expr;
  if (expr.kind === 'literal' && expr.value === null) return literal(null, type, expr.span);
  return { kind: 'cast', input: expr, type, try: false, ...at(expr.span) };
}

/** The conjunction of none (TRUE), one or several, chains flattened. */
export function conjunction(predicates: readonly Expr[], span?: Span): Expr {
  const args = predicates.flatMap(conjuncts);
  const [first] = args;
  if (first === undefined) return literal(true, BOOLEAN, span);
  if (args.length === 1) return first;
  return { kind: 'and', args, type: BOOLEAN, ...at(span) };
}

/** The parts that a predicate is the conjunction of, in their order. */
export function conjuncts(predicate: Expr): readonly Expr[] {
  return predicate.kind === 'and' ? predicate.args.flatMap(conjuncts) : [predicate];
}
