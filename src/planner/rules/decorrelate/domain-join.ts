import { BOOLEAN } from '../../../common/types.ts';
import { type ColumnId, caseBranch, type Expr } from '../../../operators/expr/expr.ts';
import { substitute } from '../../../operators/expr/rewrite.ts';
import type { ColumnIds } from '../../bind/bind-context.ts';
import { columnExpr, conjunction, literal } from '../../expr/build.ts';
import type { LogicalPlan } from '../../logical/logical-plan.ts';
import { join } from '../../logical/rebuild.ts';
import { exprReadsAny } from '../../logical/referenced-columns.ts';
import { type PlanNumbers, renewColumns } from '../../logical/renew-columns.ts';
import { columnsIn, equality } from './conditions.ts';
import { type Domain, outerValues, type Unnested, unnested } from './unnested.ts';

/** What taking one apply away shares. */
export interface UnnestContext {
  readonly ids: ColumnIds;
  readonly numbers: PlanNumbers;
  readonly outer: ReadonlySet<ColumnId>;
  readonly domain: Domain;
}

export function filtered(input: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.length === 0) return input;
  return { kind: 'filter', input, predicate: conjunction(predicates), columns: input.columns };
}

export const conditionOf = (predicates: readonly Expr[]): Expr | null =>
  predicates.length === 0 ? null : conjunction(predicates);

export const outerColumnsIn = (exprs: readonly Expr[], outer: ReadonlySet<ColumnId>): Set<ColumnId> =>
  new Set([...columnsIn(exprs)].filter((id) => outer.has(id)));

/** The same rows where each knows its values of the outer columns, and no conditions beside equalities are left. */
export function withOuterValues(rows: Unnested, wanted: ReadonlySet<ColumnId>, context: UnnestContext): Unnested {
  const { outer, domain } = context;
  const before = withDefaults(rows, context);
  const values = outerValues(before);
  const others = before.others.map((predicate) => substitute(predicate, values));
  const local = others.filter((predicate) => !exprReadsAny(predicate, outer));
  const remaining = others.filter((predicate) => exprReadsAny(predicate, outer));
  const plan = filtered(before.plan, local);
  const missing = [...wanted, ...outerColumnsIn(remaining, outer)].filter((id) => !values.has(id));
  if (missing.length === 0) return { ...before, plan, others: [] };

  const lent = domain.values(new Set(missing));
  const all = new Map([...values, ...outerValues(lent)]);
  const conditions = remaining.map((predicate) => substitute(predicate, all));
  const kept = before.equalities.filter(({ outer: expr, inner, nullsEqual }) => {
    if (expr.kind === 'column') return true;
    const lentExpr = substitute(expr, all);
    if (exprReadsAny(lentExpr, outer)) return true;
    conditions.push(equality(lentExpr, inner, nullsEqual));
    return false;
  });
  return unnested(joined(lent.plan, plan, conditions), {
    equalities: [...lent.equalities, ...kept],
    known: new Map([...before.known, ...lent.known]),
  });
}

/** The same rows, one copy for every combination of values of these outer columns to which they belong. */
export function perOuterValues(rows: Unnested, columns: ReadonlySet<ColumnId>, context: UnnestContext): Unnested {
  const before = withDefaults(rows, context);
  const lent = context.domain.values(columns);
  const values = outerValues(lent);
  const conditions = [
    ...before.equalities.map(({ outer, inner, nullsEqual }) => equality(substitute(outer, values), inner, nullsEqual)),
    ...before.others.map((predicate) => substitute(predicate, values)),
  ];
  return { ...lent, plan: joined(lent.plan, before.plan, conditions) };
}

/** Every outer row that has no row gets its default one. */
export function withDefaults(rows: Unnested, context: UnnestContext): Unnested {
  const { defaults, plan, equalities } = rows;
  if (!defaults) return rows;
  const { ids, numbers, outer, domain } = context;
  const renewed = renewColumns(plan, ids, numbers);
  const present = ids.column('present', BOOLEAN, false);
  const renamedColumns = plan.columns.map((column) => renewed.columns.get(column.id) as Expr);
  const copies = plan.columns.map(({ name, type, nullable }) => ids.column(name, type, nullable));
  const marked: LogicalPlan = {
    kind: 'project',
    input: renewed.plan,
    exprs: [...renamedColumns, literal(true, BOOLEAN)],
    columns: [...copies, present],
  };
  const copied = new Map(plan.columns.map(({ id }, i) => [id, columnExpr(copies[i] as (typeof copies)[number])]));

  const lent = domain.values(
    outerColumnsIn(
      equalities.map((each) => each.outer),
      outer,
    ),
  );
  const values = outerValues(lent);
  const conditions = equalities.map(({ outer: expr, inner, nullsEqual }) =>
    equality(substitute(expr, values), substitute(inner, copied), nullsEqual),
  );
  const filled = join({
    type: 'left',
    left: lent.plan,
    right: marked,
    condition: conditionOf(conditions),
    compare: null,
    mark: null,
  });
  const own = plan.columns.filter(({ id }) => defaults.has(id));
  const lentColumns = lent.plan.columns.map(({ name, type, nullable }) => ids.column(name, type, nullable));
  const moved = new Map(
    lent.plan.columns.map(({ id }, i) => [id, columnExpr(lentColumns[i] as (typeof copies)[number])]),
  );
  return {
    ...moveValues(lent, moved),
    plan: {
      kind: 'project',
      input: filled,
      exprs: [
        ...own.map(({ id }) => orDefault(copied.get(id) as Expr, defaults.get(id) as Expr, columnExpr(present))),
        ...lent.plan.columns.map((column) => columnExpr(column)),
      ],
      columns: [...own.map((column) => ({ ...column, nullable: true })), ...lentColumns],
    },
  };
}

/** The value where a row is present, else what stands for it. */
export function orDefault(value: Expr, otherwise: Expr, present: Expr): Expr {
  if (otherwise.kind === 'literal' && otherwise.value === null) return value;
  const isPresent: Expr = { kind: 'isNull', input: present, negated: true, type: BOOLEAN };
  return { kind: 'case', branches: [caseBranch(isPresent, value)], otherwise, type: value.type };
}

function moveValues(rows: Unnested, moved: ReadonlyMap<ColumnId, Expr>): Unnested {
  return {
    ...rows,
    equalities: rows.equalities.map((each) => ({ ...each, inner: substitute(each.inner, moved) })),
    known: new Map([...rows.known].map(([id, expr]) => [id, substitute(expr, moved)])),
  };
}

/** A values node of one row without columns adds nothing. */
function joined(left: LogicalPlan, right: LogicalPlan, conditions: readonly Expr[]): LogicalPlan {
  if (right.kind === 'values' && right.columns.length === 0 && right.rows.length === 1) {
    return filtered(left, conditions);
  }
  return join({ type: 'inner', left, right, condition: conditionOf(conditions), compare: null, mark: null });
}
