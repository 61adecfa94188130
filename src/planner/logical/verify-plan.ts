import { assertNever, InternalError } from '../../common/errors.ts';
import { sameType } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts } from '../../operators/expr/rewrite.ts';
import { inputs, type LogicalApply, type LogicalJoin, type LogicalPlan } from './logical-plan.ts';
import { exprsOf } from './rewrite.ts';

/**
 * Checks what every plan has to keep: each column that is read is delivered below with the same type, each node delivers as
 * many columns as it computes, and no column is made twice. Throws InternalError.
 */
export function verifyPlan(plan: LogicalPlan): void {
  const made = new Set<ColumnId>();
  verify(plan, []);

  /** `outer`: columns that an apply above lends. */
  function verify(node: LogicalPlan, outer: readonly Column[]): void {
    for (const input of inputs(node)) {
      verify(input, node.kind === 'apply' && input === node.right ? [...outer, ...node.left.columns] : outer);
    }
    verifyNode(node, outer);
    for (const { id, name } of madeBy(node)) {
      if (made.has(id)) throw new InternalError(`column ${name}#${id} is made twice`);
      made.add(id);
    }
  }
}

function verifyNode(node: LogicalPlan, outer: readonly Column[]): void {
  const delivered = node.kind === 'scan' ? node.columns : inputs(node).flatMap((input) => input.columns);
  const known = new Map([...delivered, ...outer].map((column) => [column.id, column]));
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
      same(node, node.columns.length, node.groups.length + (node.groupingSets ? 1 : 0) + node.aggregates.length);
      typed(node, node.groups);
      return;
    case 'window':
      same(node, node.columns.length, node.input.columns.length + node.functions.length);
      prefixed(node, node.input.columns);
      return;
    case 'unnest':
      prefixed(node, node.input.columns);
      return;
    case 'join':
    case 'apply':
      verifyPairs(node);
      return;
    case 'setOperation':
      for (const input of node.inputs) verifyTypes(node, input.columns);
      return;
    case 'recursive':
      for (const input of [node.base, node.step]) verifyTypes(node, input.columns);
      return;
    case 'commonTable':
    case 'workingTable':
      same(node, node.columns.length, node.fields.length);
      return;
    case 'with':
      prefixed(node, node.body.columns);
      return;
    case 'filter':
    case 'sample':
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

/** Columns of the left, then of the right, then the mark, each side in its order. */
function verifyPairs(node: LogicalJoin | LogicalApply): void {
  const sides =
    node.type === 'semi' || node.type === 'anti' || node.type === 'mark' ? [node.left] : [node.left, node.right];
  const possible = [...sides.flatMap(({ columns }) => columns), ...(node.mark ? [node.mark] : [])];
  if ((node.type === 'mark') !== (node.mark !== null)) throw new InternalError(`a ${node.type} join with a wrong mark`);
  let from = 0;
  for (const { id, name } of node.columns) {
    const at = possible.findIndex((column, i) => i >= from && column.id === id);
    if (at < 0)
      throw new InternalError(`${node.kind} delivers ${name}#${id}, which its inputs do not, or in another order`);
    from = at + 1;
  }
}

function prefixed(node: LogicalPlan, columns: readonly Column[]): void {
  if (columns.some(({ id }, i) => id !== node.columns[i]?.id)) {
    throw new InternalError(`${node.kind} delivers other columns than its input`);
  }
}

function verifyTypes(node: LogicalPlan, columns: readonly Column[]): void {
  same(node, node.columns.length, columns.length);
  for (const [i, { type, name }] of columns.entries()) {
    if (!sameType(type, (node.columns[i] as Column).type)) {
      throw new InternalError(`${node.kind} has an input whose ${name} is of another type`);
    }
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
    case 'setOperation':
    case 'commonTable':
    case 'recursive':
    case 'workingTable':
      return node.columns;
    case 'window':
    case 'unnest':
      return node.columns.slice(node.input.columns.length);
    case 'join':
    case 'apply':
      return node.mark ? [node.mark] : [];
    case 'with':
    case 'sample':
    case 'filter':
    case 'sort':
    case 'limit':
      return [];
    default:
      return assertNever(node);
  }
}
