import { BIGINT } from '../../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../../operators/expr/expr.ts';
import type { ColumnIds } from '../../bind/bind-context.ts';
import { columnExpr } from '../../expr/build.ts';
import type { LogicalCommonTable, LogicalPlan, LogicalWindow } from '../../logical/logical-plan.ts';
import { type PlanNumbers, renewColumns } from '../../logical/renew-columns.ts';
import { nodes } from '../../logical/rewrite.ts';
import { type Domain, type OuterEquality, type Unnested, unnested } from './unnested.ts';

const NESTED: ReadonlySet<string> = new Set(['list', 'struct', 'map']);

/**
 * The left side of an apply as what lends values to the right. When it is cheap, every use computes it again; else it becomes a common
 * table. Values that cannot be grouped by are told apart by the number of their row.
 */
export class ApplyDomain implements Domain {
  readonly outer: Map<ColumnId, Column>;
  readonly #left: LogicalPlan;
  readonly #ids: ColumnIds;
  readonly #numbers: PlanNumbers;
  #table: number | null = null;
  #row: Column | null = null;

  constructor(left: LogicalPlan, ids: ColumnIds, numbers: PlanNumbers) {
    this.#left = left;
    this.#ids = ids;
    this.#numbers = numbers;
    this.outer = new Map(left.columns.map((column) => [column.id, column]));
  }

  values(columns: ReadonlySet<ColumnId>): Unnested {
    const wanted = [...columns].map((id) => this.outer.get(id) as Column);
    if (wanted.some(({ type }) => NESTED.has(type.kind))) return this.#numbered(wanted);
    const { plan, columns: copied } = this.#copy();
    const keys = wanted.map(({ name, type, nullable }) => this.#ids.column(name, type, nullable));
    const groups = wanted.map(({ id }) => copied.get(id) as Expr);
    return unnested(
      { kind: 'aggregate', input: plan, groups, groupingSets: null, aggregates: [], columns: keys },
      { equalities: wanted.map((column, i) => equalityWith(column, columnExpr(keys[i] as Column))) },
    );
  }

  /** The left side with all its rows, and what it is joined with: under its common table, if it became one. */
  over(joined: (left: LogicalPlan) => LogicalPlan): LogicalPlan {
    if (this.#table === null) return joined(this.#left);
    const body = joined(this.#read(this.#whole().columns));
    const definition = renewColumns(this.#whole(), this.#ids, this.#numbers).plan;
    return {
      kind: 'with',
      table: this.#table,
      name: 'outer rows',
      materialized: true,
      definition,
      body,
      columns: body.columns,
    };
  }

  #numbered(wanted: readonly Column[]): Unnested {
    this.#row ??= this.#ids.column('row', BIGINT, false);
    const row = this.#row;
    this.outer.set(row.id, row);
    const { plan, columns } = this.#copy();
    return unnested(plan, {
      equalities: [equalityWith(row, columns.get(row.id) as Expr)],
      known: new Map(wanted.map(({ id }) => [id, columns.get(id) as Expr])),
    });
  }

  #copy(): { readonly plan: LogicalPlan; readonly columns: ReadonlyMap<ColumnId, Expr> } {
    if (this.#row === null && this.#table === null && isCheap(this.#left)) {
      return renewColumns(this.#left, this.#ids, this.#numbers);
    }
    this.#table ??= this.#numbers.table();
    const whole = this.#whole().columns;
    const columns = whole.map(({ name, type, nullable }) => this.#ids.column(name, type, nullable));
    return {
      plan: this.#read(columns),
      columns: new Map(whole.map(({ id }, i) => [id, columnExpr(columns[i] as Column)])),
    };
  }

  /** Numbered, if a row's number was asked for. */
  #whole(): LogicalPlan {
    const row = this.#row;
    if (!row) return this.#left;
    const window: LogicalWindow = {
      kind: 'window',
      input: this.#left,
      partitionBy: [],
      orderBy: [],
      functions: [rowNumber],
      columns: [...this.#left.columns, row],
    };
    return window;
  }

  #read(columns: readonly Column[]): LogicalCommonTable {
    const table = this.#table as number;
    return { kind: 'commonTable', table, name: 'outer rows', fields: columns.map((_, i) => i), columns };
  }
}

/** Numbers the rows of each partition from 1. */
export const rowNumber: LogicalWindow['functions'][number] = {
  function: 'row_number',
  args: [],
  argTypes: [],
  distinct: false,
  filter: null,
  ignoreNulls: false,
  frame: { unit: 'range', start: { kind: 'unboundedPreceding' }, end: { kind: 'currentRow' }, exclude: 'noOthers' },
  type: BIGINT,
};

const equalityWith = (column: Column, inner: Expr): OuterEquality => ({
  outer: columnExpr(column),
  inner,
  nullsEqual: column.nullable,
});

/** Rows of one table as they are read. */
function isCheap(plan: LogicalPlan): boolean {
  return nodes(plan).every(({ kind }) => ['scan', 'values', 'commonTable', 'filter', 'project'].includes(kind));
}
