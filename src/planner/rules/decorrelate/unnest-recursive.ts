import type { Column } from '../../../operators/expr/expr.ts';
import { columnExpr } from '../../expr/build.ts';
import { exprKey } from '../../expr/same-expr.ts';
import type {
  LogicalCommonTable,
  LogicalPlan,
  LogicalRecursive,
  LogicalWorkingTable,
} from '../../logical/logical-plan.ts';
import { referencedColumns } from '../../logical/referenced-columns.ts';
import { perOuterValues } from './domain-join.ts';
import type { Unnester } from './unnest.ts';
import { type OuterEquality, type Unnested, unnested } from './unnested.ts';

/** What tells outer rows apart in a table that is read more than once: columns behind its own. */
export interface OuterKeys {
  readonly first: number;
  readonly equalities: readonly OuterEquality[];
}

/** Every outer row recurses over rows of its own: both the base and the step deliver what tells outer rows apart. */
export function unnestRecursive(node: LogicalRecursive, unnester: Unnester): Unnested {
  const { context, shared } = unnester;
  const columns = new Set([...referencedColumns(node)].filter((id) => context.outer.has(id)));
  const base = perOuterValues(unnester.unnest(node.base), columns, context);
  shared.set(node.table, { first: node.columns.length, equalities: base.equalities });
  const step =
    alike(unnester.unnest(node.step), base.equalities) ?? perOuterValues(unnester.unnest(node.step), columns, context);
  shared.delete(node.table);
  const keys = base.equalities.map(({ inner }) => context.ids.column('key', inner.type, true));
  return unnested(
    {
      ...node,
      base: keyed(node.base, base, unnester),
      step: keyed(node.step, step, unnester),
      columns: [...node.columns, ...keys],
    },
    { equalities: base.equalities.map((each, i) => ({ ...each, inner: columnExpr(keys[i] as Column) })) },
  );
}

/** Delivers what tells outer rows apart, too. */
export function unnestReading(node: LogicalCommonTable | LogicalWorkingTable, { context, shared }: Unnester): Unnested {
  const { first, equalities } = shared.get(node.table) as OuterKeys;
  const keys = equalities.map(({ inner }) => context.ids.column('key', inner.type, true));
  return unnested(
    {
      ...node,
      columns: [...node.columns, ...keys],
      fields: [...node.fields, ...keys.map((_, i) => first + i)],
    },
    { equalities: equalities.map((each, i) => ({ ...each, inner: columnExpr(keys[i] as Column) })) },
  );
}

/** The rows with their equalities in this order; null when they have others. */
function alike(rows: Unnested, wanted: readonly OuterEquality[]): Unnested | null {
  if (rows.others.length > 0 || rows.defaults || rows.equalities.length !== wanted.length) return null;
  const byKey = new Map(rows.equalities.map((each) => [exprKey(each.outer), each]));
  const equalities = wanted.map(({ outer }) => byKey.get(exprKey(outer)));
  return equalities.every((each) => each !== undefined) ? { ...rows, equalities } : null;
}

/** The columns of the old plan in their order, then those of the equalities. */
export function keyed(before: LogicalPlan, rows: Unnested, { context }: Unnester): LogicalPlan {
  const exprs = [...before.columns.map((column) => columnExpr(column)), ...rows.equalities.map(({ inner }) => inner)];
  const columns = [
    ...before.columns.map(({ name, type, nullable }) => context.ids.column(name, type, nullable)),
    ...rows.equalities.map(({ inner }) => context.ids.column('key', inner.type, true)),
  ];
  return { kind: 'project', input: rows.plan, exprs, columns };
}
