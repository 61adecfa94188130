import { InternalError } from '../../common/errors.ts';
import type { Column, Expr } from '../expr/expr.ts';
import type { AggregatePlan } from '../plan.ts';

/** One of the different sets of a plan. */
export interface GroupingSet {
  /** The value of the column that tells the sets apart. */
  readonly grouping: number;
  /** Whether a key is in the set, by position. */
  readonly has: readonly boolean[];
  /** How often the plan names the set: each time its rows are delivered. */
  readonly times: number;
}

/** The sets of GROUPING SETS, each once; null for a plain GROUP BY. */
export function groupingSets(plan: AggregatePlan): readonly GroupingSet[] | null {
  if (plan.groupingSets === null) return null;
  const keys = plan.groups.length;
  if (keys > 31) throw new InternalError(`${keys} keys of grouping sets do not fit an integer`);
  const sets = new Map<number, GroupingSet>();
  for (const positions of plan.groupingSets) {
    const has = plan.groups.map((_, i) => positions.includes(i));
    const grouping = has.reduce((bits, present) => bits * 2 + (present ? 0 : 1), 0);
    sets.set(grouping, { grouping, has, times: (sets.get(grouping)?.times ?? 0) + 1 });
  }
  return [...sets.values()];
}

/** In phase `final` the sets are told apart by a column of the input, which follows the keys. */
export function groupingColumn(plan: AggregatePlan): Expr {
  const column: Column | undefined = plan.input.columns[plan.groups.length];
  if (column?.type.kind !== 'integer') throw new InternalError('the input of grouping sets has no column of sets');
  return { kind: 'column', id: column.id, name: column.name, type: column.type };
}

/** The groups that exist over no input too: the one of no keys at all. */
export function emptyGroups(plan: AggregatePlan): readonly GroupingSet[] {
  const sets = groupingSets(plan);
  if (sets === null) return plan.groups.length === 0 ? [{ grouping: 0, has: [], times: 1 }] : [];
  return sets.filter(({ has }) => !has.includes(true));
}
