import { assertNever, InternalError } from '../../common/errors.ts';
import { sameType } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts } from '../../operators/expr/rewrite.ts';
import { inputs, type LogicalPlan } from './logical-plan.ts';
import { exprsOf, nodes } from './rewrite.ts';

/**
 * Checks what every plan has to keep: each column that is read is delivered below with the same type, each node delivers as
 * many columns as it computes, and no column is made twice. Throws InternalError.
 */
export function verifyPlan(plan: LogicalPlan): void {
  const made = new Set<ColumnId>();
  for (const node of nodes(plan)) {
    verifyNode(node);
    for (const { id, name } of madeBy(node)) {
      if (made.has(id)) throw new InternalError(`column ${name}#${id} is made twice`);
      made.add(id);
    }
  }
}

function verifyNode(node: LogicalPlan): void {
  const delivered = node.kind === 'scan' ? node.columns : inputs(node).flatMap((input) => input.columns);
  const known = new Map(delivered.map((column) => [column.id, column]));
  const check = (expr: Expr): void => {
    if (expr.kind === 'column') {
      const column = known.get(expr.id);
      if (!column) throw new InternalError(`${node.kind} reads ${expr.name}#${expr.id}, which nothing below delivers`);
      if (!sameType(column.type, expr.type)) throw new InternalError(`${node.kind} reads ${expr.name} in another type`);
    }
    for (const part of parts(expr)) check(part);
  };
  for (const expr of exprsOf(node)) check(expr);
  verifyColumns(node);
}

function verifyColumns(node: LogicalPlan): void {
  switch (node.kind) {
    case 'scan':
      same(node, node.columns.length, node.fields.length);
      return;
    case 'values':
      for (const row of node.rows) same(node, node.columns.length, row.length);
      return;
    case 'project':
      same(node, node.columns.length, node.exprs.length);
      typed(node, node.exprs);
      return;
    case 'aggregate':
      same(node, node.columns.length, node.groups.length + node.aggregates.length);
      typed(node, node.groups);
      return;
    case 'filter':
    case 'sort':
    case 'limit': {
      same(node, node.columns.length, node.input.columns.length);
      if (node.columns.some(({ id }, i) => id !== node.input.columns[i]?.id)) {
        throw new InternalError(`${node.kind} delivers other columns than its input`);
      }
      return;
    }
    default:
      assertNever(node);
  }
}

function same(node: LogicalPlan, delivered: number, computed: number): void {
  if (delivered !== computed)
    throw new InternalError(`${node.kind} computes ${computed} columns and delivers ${delivered}`);
}

function typed(node: LogicalPlan, exprs: readonly Expr[]): void {
  for (const [i, expr] of exprs.entries()) {
    const column = node.columns[i] as Column;
    if (!sameType(column.type, expr.type))
      throw new InternalError(`${node.kind} delivers ${column.name} in another type`);
  }
}

function madeBy(node: LogicalPlan): readonly Column[] {
  switch (node.kind) {
    case 'scan':
    case 'values':
    case 'project':
    case 'aggregate':
      return node.columns;
    case 'filter':
    case 'sort':
    case 'limit':
      return [];
    default:
      return assertNever(node);
  }
}
