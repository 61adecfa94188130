import { BOOLEAN, type Value } from '../../src/common/types.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import { ColumnIds } from '../../src/planner/bind/bind-context.ts';
import type { Catalog } from '../../src/planner/catalog/catalog.ts';
import type { TableSource } from '../../src/planner/catalog/table-source.ts';
import { columnExpr, conjunction, literal } from '../../src/planner/expr/build.ts';
import type { LogicalAggregate, LogicalJoin, LogicalPlan } from '../../src/planner/logical/logical-plan.ts';

/** Plans built by hand over named scans, for what is to be tested without SQL. */
export class HandBuilt {
  readonly ids = new ColumnIds();
  readonly #scans = new Map<string, LogicalPlan>();

  /** Scans of tables, under names of their own where it is told: `['n1 nation', 'region']`. */
  static async of(catalog: Catalog, names: readonly string[]): Promise<HandBuilt> {
    const plans = new HandBuilt();
    for (const [scan, entry] of names.entries()) {
      const [name, table = name] = entry.split(' ') as [string, string?];
      const source = (await catalog.resolve({ kind: 'name', path: [{ name: table, quoted: false }] })) as TableSource;
      plans.#scans.set(name, scanOf(source, scan, plans.ids));
    }
    return plans;
  }

  scan(name: string): LogicalPlan {
    return this.#scans.get(name) as LogicalPlan;
  }

  /** `n1.n_name`, or `n_name`: of the first scan that has it. */
  column(name: string): Column {
    const [scan, column] = name.includes('.') ? name.split('.') : [null, name];
    const plans = scan ? [this.scan(scan)] : [...this.#scans.values()];
    return plans.flatMap(({ columns }) => columns).find((each) => each.name === column) as Column;
  }

  ref(name: string): Expr {
    return columnExpr(this.column(name));
  }

  /** Two columns. */
  compare(left: string, operator: string, right: string): Expr {
    return call(operator, this.ref(left), this.ref(right));
  }

  /** A column and a literal of its type. */
  is(column: string, operator: string, value: Value): Expr {
    return call(operator, this.ref(column), literal(value, this.column(column).type));
  }

  /** A projection to one column, under a new id. */
  select(input: LogicalPlan, column: string): LogicalPlan {
    const { name, type, nullable } = this.column(column);
    return { kind: 'project', input, exprs: [this.ref(column)], columns: [this.ids.column(name, type, nullable)] };
  }

  /** The different combinations of some columns. */
  groupBy(input: LogicalPlan, ...names: readonly string[]): LogicalAggregate {
    const columns = names.map((name) => this.column(name));
    return {
      kind: 'aggregate',
      input,
      groups: columns.map((column) => columnExpr(column)),
      groupingSets: null,
      aggregates: [],
      columns: columns.map(({ name, type, nullable }) => this.ids.column(name, type, nullable)),
    };
  }
}

export const call = (name: string, ...args: readonly Expr[]): Expr => ({
  kind: 'call',
  function: name,
  args,
  type: BOOLEAN,
});

function scanOf(source: TableSource, scan: number, ids: ColumnIds): LogicalPlan {
  const columns = source.schema.map(({ name, type, nullable }) => ids.column(name, type, nullable));
  const fields = columns.map((_, i) => i);
  return { kind: 'scan', scan, source, columns, fields, predicate: null, constraints: [] };
}

/** Not for mark joins. */
export function join(
  left: LogicalPlan,
  right: LogicalPlan,
  type: LogicalJoin['type'] = 'inner',
  condition: Expr | null = null,
): LogicalPlan {
  const columns = type === 'semi' || type === 'anti' ? left.columns : [...left.columns, ...right.columns];
  return { kind: 'join', type, left, right, condition, compare: null, mark: null, columns };
}

export const filter = (input: LogicalPlan, ...predicates: readonly Expr[]): LogicalPlan => ({
  kind: 'filter',
  input,
  predicate: conjunction(predicates),
  columns: input.columns,
});
