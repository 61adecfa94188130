import type { Column, ColumnId, Expr } from '../../../operators/expr/expr.ts';
import type { LogicalPlan } from '../../logical/logical-plan.ts';

/**
 * A plan that read columns of a row outside it (the outer columns), turned into one that does not: it holds the rows for every outer row
 * at once, and says which of them belong to which.
 */
export interface Unnested {
  /** Delivers the columns that the plan delivered before, and those that the conditions below read. */
  readonly plan: LogicalPlan;
  /** What a row of the plan and an outer row it belongs to have equal: these, and nothing else, are kept by every operator. */
  readonly equalities: readonly OuterEquality[];
  /** What they fulfil besides; may read both. */
  readonly others: readonly Expr[];
  /** Outer columns whose value the plan's columns hold besides those of the equalities. */
  readonly known: ReadonlyMap<ColumnId, Expr>;
  /**
   * What the one row of an outer row holds that has none in the plan: an aggregation without groups over nothing. By column of the
   * old plan, constants. Null: it has no row. There are no `others` beside it.
   */
  readonly defaults: ReadonlyMap<ColumnId, Expr> | null;
}

export interface OuterEquality {
  /** Reads outer columns alone. */
  readonly outer: Expr;
  /** Reads columns of the plan alone. */
  readonly inner: Expr;
  /** NULL equals NULL: else a row whose `inner` is NULL belongs to none. */
  readonly nullsEqual: boolean;
}

const NOTHING_KNOWN: ReadonlyMap<ColumnId, Expr> = new Map();

/** A plan and what there is to say about it. */
export function unnested(plan: LogicalPlan, facts: Partial<Omit<Unnested, 'plan'>> = {}): Unnested {
  return { plan, equalities: [], others: [], known: NOTHING_KNOWN, defaults: null, ...facts };
}

/** Outer columns by what holds their value in the plan. */
export function outerValues({ equalities, known }: Unnested): ReadonlyMap<ColumnId, Expr> {
  const values = new Map(known);
  for (const { outer, inner } of equalities) {
    if (outer.kind === 'column' && !values.has(outer.id)) values.set(outer.id, inner);
  }
  return values;
}

/** The outer columns, with a plan that delivers the distinct values of some of them. */
export interface Domain {
  readonly outer: ReadonlyMap<ColumnId, Column>;
  /** A new plan each time, with columns of its own; `equalities` between outer rows and it. */
  values(columns: ReadonlySet<ColumnId>): Unnested;
}
