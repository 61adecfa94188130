import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import type { ColumnConstraint } from '../../parquet/prune.ts';
import { conjuncts } from '../expr/build.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { rewritePlan } from '../logical/rewrite.ts';
import type { Rule } from './rule.ts';

const MIRRORED: ReadonlyMap<string, string> = new Map([
  ['=', '='],
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
]);

/**
 * Notes at a scan what its predicate says about single columns, so that files and row groups without such rows are never
 * read. The predicate stays.
 */
export const extractConstraints: Rule = {
  name: 'extract_constraints',
  apply: (plan) => rewritePlan(plan, extract),
};

function extract(node: LogicalPlan): LogicalPlan {
  if (node.kind !== 'scan' || !node.predicate || node.constraints.length > 0) return node;
  const fields = new Map<ColumnId, number>(node.columns.map(({ id }, i) => [id, node.fields[i] as number]));
  const constraints = conjuncts(node.predicate).flatMap((predicate) => constraintOf(predicate, fields) ?? []);
  return constraints.length === 0 ? node : { ...node, constraints };
}

type Fields = ReadonlyMap<ColumnId, number>;

function constraintOf(predicate: Expr, fields: Fields): ColumnConstraint | null {
  if (predicate.kind === 'isNull') {
    const column = fieldOf(predicate.input, fields);
    return column === null ? null : { column, kind: predicate.negated ? 'notNull' : 'isNull' };
  }
  if (predicate.kind === 'inList' && !predicate.negated) {
    const column = fieldOf(predicate.input, fields);
    if (column === null || !predicate.list.every((item) => item.kind === 'literal')) return null;
    return { column, kind: 'in', values: predicate.list.map((item) => item.value).filter((value) => value !== null) };
  }
  if (predicate.kind !== 'call' || !MIRRORED.has(predicate.function)) return null;
  const [left, right] = predicate.args as [Expr, Expr];
  if (right.kind === 'literal') return rangeOf(predicate.function, fieldOf(left, fields), right.value);
  if (left.kind !== 'literal') return null;
  return rangeOf(MIRRORED.get(predicate.function) as string, fieldOf(right, fields), left.value);
}

function fieldOf(expr: Expr, fields: Fields): number | null {
  return expr.kind === 'column' ? (fields.get(expr.id) ?? null) : null;
}

function rangeOf(
  operator: string,
  column: number | null,
  value: Extract<Expr, { kind: 'literal' }>['value'],
): ColumnConstraint | null {
  if (column === null) return null;
  const bound = { value, inclusive: operator === '=' || operator.endsWith('=') };
  return {
    column,
    kind: 'range',
    ...(operator !== '<' && operator !== '<=' && { min: bound }),
    ...(operator !== '>' && operator !== '>=' && { max: bound }),
  };
}
