import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import { columnExpr } from '../expr/build.ts';
import { inputs, type LogicalPlan, withInputs } from './logical-plan.ts';
import { mapExprs, nodes } from './rewrite.ts';

/** Hands out the numbers of scans and of common tables, unique within the query. */
export class PlanNumbers {
  #scan: number;
  #table: number;

  /** After those of a plan. */
  constructor(plan: LogicalPlan) {
    const all = nodes(plan);
    this.#scan = all.reduce((next, node) => (node.kind === 'scan' ? Math.max(next, node.scan + 1) : next), 0);
    this.#table = all.reduce((next, node) => ('table' in node ? Math.max(next, node.table + 1) : next), 0);
  }

  scan(): number {
    return this.#scan++;
  }

  table(): number {
    return this.#table++;
  }
}

export interface RenewedPlan {
  readonly plan: LogicalPlan;
  /** By the column that the old plan makes: a reference to the new one. */
  readonly columns: ReadonlyMap<ColumnId, Expr>;
}

/** A copy of a plan that makes columns, scans and common tables of its own, so that both can stand in one query. */
export function renewColumns(plan: LogicalPlan, ids: ColumnIds, numbers: PlanNumbers): RenewedPlan {
  const meaning = new Map<ColumnId, Expr>();
  const renamed = new Map<ColumnId, Column>();
  const tables = new Map<number, number>();

  function column(old: Column): Column {
    const known = renamed.get(old.id);
    if (known) return known.nullable === old.nullable ? known : { ...known, nullable: old.nullable };
    const made = ids.column(old.name, old.type, old.nullable);
    renamed.set(old.id, made);
    meaning.set(old.id, columnExpr(made));
    return made;
  }

  function renumbered(node: LogicalPlan): LogicalPlan {
    if (node.kind === 'scan') return { ...node, scan: numbers.scan() };
    if ('table' in node) return { ...node, table: tables.get(node.table) ?? node.table };
    return 'mark' in node && node.mark ? { ...node, mark: column(node.mark) } : node;
  }

  function copy(node: LogicalPlan): LogicalPlan {
    if (node.kind === 'with' || node.kind === 'recursive') tables.set(node.table, numbers.table());
    const over = renumbered(withInputs(node, inputs(node).map(copy)));
    // What a scan reads is what it makes.
    if (over.kind === 'scan') for (const made of over.columns) column(made);
    const read = mapExprs(over, (expr) => substitute(expr, meaning));
    return { ...read, columns: read.columns.map(column) };
  }

  return { plan: copy(plan), columns: meaning };
}

/** The plan under new names, and on top of it a project that delivers these columns: expressions over the plan's old columns. */
export function reproject(
  plan: LogicalPlan,
  columns: readonly Column[],
  exprs: readonly Expr[],
  { ids, numbers }: { readonly ids: ColumnIds; readonly numbers: PlanNumbers },
): LogicalPlan {
  const renewed = renewColumns(plan, ids, numbers);
  return {
    kind: 'project',
    input: renewed.plan,
    exprs: exprs.map((expr) => substitute(expr, renewed.columns)),
    columns,
  };
}
