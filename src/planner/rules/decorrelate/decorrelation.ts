import { assertNever } from '../../../common/errors.ts';
import { BOOLEAN } from '../../../common/types.ts';
import { type Column, type ColumnId, caseBranch, type Expr } from '../../../operators/expr/expr.ts';
import { substitute } from '../../../operators/expr/rewrite.ts';
import type { ColumnIds } from '../../bind/bind-context.ts';
import { columnExpr, conjunction, literal } from '../../expr/build.ts';
import { exprSize } from '../../expr/expr-size.ts';
import {
  inputs,
  type LogicalApply,
  type LogicalJoin,
  type LogicalPlan,
  type LogicalProject,
} from '../../logical/logical-plan.ts';
import { join, overInputs } from '../../logical/rebuild.ts';
import { exprReadsAny, readsAny } from '../../logical/referenced-columns.ts';
import { PlanNumbers, reproject } from '../../logical/renew-columns.ts';
import { mapExprs, nodes } from '../../logical/rewrite.ts';
import { sameColumns } from '../../logical/same-columns.ts';
import { isSingleRow } from '../../logical/single-row.ts';
import { ApplyDomain } from './apply-domain.ts';
import { columnsIn, equalityOf } from './conditions.ts';
import { conditionOf, filtered, orDefault, type UnnestContext, withDefaults } from './domain-join.ts';
import { grafted } from './graft.ts';
import { Unnester } from './unnest.ts';
import type { Unnested } from './unnested.ts';

/** Nodes of an expression that may move to where it is read. */
const MAX_MOVED_SIZE = 200;

/** One run of the rule over one plan: from the innermost apply out. */
export class Decorrelation {
  readonly #plan: LogicalPlan;
  readonly #ids: ColumnIds;
  readonly #numbers: PlanNumbers;
  /** Columns that no node makes any more: whoever reads them computes them. */
  readonly #meaning = new Map<ColumnId, Expr>();

  constructor(plan: LogicalPlan, ids: ColumnIds) {
    this.#plan = plan;
    this.#ids = ids;
    this.#numbers = new PlanNumbers(plan);
  }

  result(): LogicalPlan {
    if (!nodes(this.#plan).some(({ kind }) => kind === 'apply')) return this.#plan;
    const plan = this.#visit(this.#plan);
    const { columns } = this.#plan;
    return sameColumns(plan.columns, columns) ? plan : this.#reproject(plan, columns);
  }

  #visit(plan: LogicalPlan): LogicalPlan {
    const below = inputs(plan).map((input, i) => this.#input(plan, i, input));
    const node = overInputs(plan, below);
    const read = this.#meaning.size === 0 ? node : mapExprs(node, (expr) => substitute(expr, this.#meaning));
    return read.kind === 'apply' ? this.#eliminate(read) : read;
  }

  /** An input whose columns stand where its reader needs them. */
  #input(reader: LogicalPlan, index: number, input: LogicalPlan): LogicalPlan {
    const plan = this.#visit(input);
    if (plan === input) return plan;
    switch (reader.kind) {
      case 'setOperation':
      case 'recursive':
        return this.#positional(plan, input.columns);
      case 'with':
        return index === 0 ? this.#positional(plan, input.columns) : plan;
      case 'join':
      case 'apply': {
        const sides = OPTIONAL_SIDES[reader.type];
        return sides.includes(index) ? this.#settled(plan, input.columns) : plan;
      }
      case 'scan':
      case 'values':
      case 'filter':
      case 'project':
      case 'aggregate':
      case 'window':
      case 'unnest':
      case 'sample':
      case 'sort':
      case 'limit':
      case 'commonTable':
      case 'workingTable':
        return plan;
      default:
        return assertNever(reader);
    }
  }

  #positional(plan: LogicalPlan, columns: readonly Column[]): LogicalPlan {
    if (sameColumns(plan.columns, columns)) return plan;
    return {
      kind: 'project',
      input: plan,
      exprs: columns.map((column) => this.#valueOf(column)),
      columns: columns.map(({ name, type, nullable }) => this.#ids.column(name, type, nullable)),
    };
  }

  /** Where rows without a partner are NULL, a column has to be made before. */
  #settled(plan: LogicalPlan, columns: readonly Column[]): LogicalPlan {
    if (!columns.some(({ id }) => this.#meaning.has(id))) return plan;
    const settled = this.#reproject(plan, columns);
    for (const { id } of columns) this.#meaning.delete(id);
    return settled;
  }

  #reproject(plan: LogicalPlan, columns: readonly Column[]): LogicalPlan {
    const context = { ids: this.#ids, numbers: this.#numbers };
    return reproject(
      plan,
      columns,
      columns.map((column) => this.#valueOf(column)),
      context,
    );
  }

  readonly #valueOf = (column: Column): Expr => this.#meaning.get(column.id) ?? columnExpr(column);

  #eliminate(apply: LogicalApply): LogicalPlan {
    return apply.type === 'mark' ? this.#eliminateMark(apply) : this.#eliminatePairs(apply);
  }

  #eliminatePairs(apply: LogicalApply): LogicalPlan {
    const { left, type } = apply;
    const outer = new Set(left.columns.map(({ id }) => id));
    let { right, condition } = apply;
    while (readsAny(right, outer)) {
      if (right.kind === 'sort') {
        right = right.input;
      } else if (right.kind === 'project' && this.#isMovable(right, { ...apply, condition }, outer)) {
        const moved = this.#move(right.columns, right.exprs);
        condition = condition && substitute(condition, moved);
        right = right.input;
      } else {
        break;
      }
    }
    if (right.kind === 'values' && right.rows.length === 1 && (type === 'inner' || condition === null)) {
      const moved = this.#move(right.columns, right.rows[0] ?? []);
      return condition === null ? left : filtered(left, [substitute(condition, moved)]);
    }
    const pairs = { left, condition, compare: null, mark: null };
    if (!readsAny(right, outer)) {
      return join({ ...pairs, type: condition === null && isSingleRow(right) ? 'inner' : type, right });
    }
    const onto = type === 'inner' || condition === null ? grafted(right, left, type) : null;
    if (onto) {
      this.#define(onto.meaning);
      return condition === null ? onto.plan : filtered(onto.plan, [substitute(condition, onto.meaning)]);
    }
    if (type === 'left' && right.kind === 'project' && right.exprs.some((expr) => exprReadsAny(expr, outer))) {
      const split = this.#split(right, outer);
      condition = condition && substitute(condition, split.meaning);
      this.#define(split.meaning);
      return this.#join({ ...apply, right: split.plan, condition }, split.plan);
    }
    return this.#join({ ...apply, condition }, right);
  }

  /** Computed above the join: for every outer row there is one row, or only pairs are delivered. */
  #isMovable(project: LogicalProject, { type, condition }: LogicalApply, outer: ReadonlySet<ColumnId>): boolean {
    if (project.exprs.some((expr) => exprSize(expr) > MAX_MOVED_SIZE)) return false;
    if (isSingleRow(project.input) && condition === null) return true;
    return type === 'inner' && project.exprs.some((expr) => exprReadsAny(expr, outer));
  }

  #move(columns: readonly Column[], exprs: readonly Expr[]): ReadonlyMap<ColumnId, Expr> {
    const moved = new Map(columns.map(({ id }, i) => [id, exprs[i] as Expr]));
    this.#define(moved);
    return moved;
  }

  /** What stands for columns from here on up, in what stands for others as well. */
  #define(meaning: ReadonlyMap<ColumnId, Expr>): void {
    for (const [id, expr] of this.#meaning) this.#meaning.set(id, substitute(expr, meaning));
    for (const [id, expr] of meaning) this.#meaning.set(id, expr);
  }

  /** What reads outer columns is computed above the join, where there is a row. */
  #split(
    project: LogicalProject,
    outer: ReadonlySet<ColumnId>,
  ): { readonly plan: LogicalPlan; readonly meaning: ReadonlyMap<ColumnId, Expr> } {
    const readsOuter = project.exprs.map((expr) => exprReadsAny(expr, outer));
    const inner = columnsIn(project.exprs.filter((_, i) => readsOuter[i]));
    const passed = project.input.columns.filter(({ id }) => inner.has(id));
    const copies = passed.map(({ name, type, nullable }) => this.#ids.column(name, type, nullable));
    const present = this.#ids.column('present', BOOLEAN, false);
    const renamed = new Map(passed.map(({ id }, i) => [id, columnExpr(copies[i] as Column)]));
    const meaning = new Map<ColumnId, Expr>();
    for (const [i, expr] of project.exprs.entries()) {
      if (!readsOuter[i]) continue;
      const isPresent: Expr = { kind: 'isNull', input: columnExpr(present), negated: true, type: BOOLEAN };
      const branches = [caseBranch(isPresent, substitute(expr, renamed))];
      meaning.set((project.columns[i] as Column).id, { kind: 'case', branches, otherwise: null, type: expr.type });
    }
    const plan: LogicalPlan = {
      kind: 'project',
      input: project.input,
      exprs: [
        ...project.exprs.filter((_, i) => !readsOuter[i]),
        ...passed.map((column) => columnExpr(column)),
        literal(true, BOOLEAN),
      ],
      columns: [...project.columns.filter((_, i) => !readsOuter[i]), ...copies, present],
    };
    return { plan, meaning };
  }

  #join(apply: LogicalApply, right: LogicalPlan): LogicalPlan {
    const { domain, context } = this.#contextOf(apply.left);
    const whole = new Unnester(context).unnest(right);
    const defaults = whole.defaults && apply.condition === null ? this.#defaultsAbove(whole) : null;
    if (!defaults) return joinTo(apply, apply.type, withDefaults(whole, context), domain);
    this.#define(defaults);
    return joinTo(apply, 'left', whole, domain);
  }

  /** What the columns of rows that may have none mean above a left join; null when that cannot be told there. */
  #defaultsAbove({ plan, defaults, equalities }: Unnested): ReadonlyMap<ColumnId, Expr> | null {
    const key = equalities.find(({ nullsEqual }) => !nullsEqual)?.inner;
    const meaning = new Map<ColumnId, Expr>();
    for (const column of plan.columns) {
      const otherwise = defaults?.get(column.id);
      if (!otherwise || (otherwise.kind === 'literal' && otherwise.value === null)) continue;
      if (column.nullable && !key) return null;
      const value = columnExpr(column);
      meaning.set(
        column.id,
        column.nullable && key
          ? orDefault(value, otherwise, key)
          : { kind: 'call', function: 'coalesce', args: [value, otherwise], type: value.type },
      );
    }
    return meaning;
  }

  #contextOf(left: LogicalPlan): { readonly domain: ApplyDomain; readonly context: UnnestContext } {
    const domain = new ApplyDomain(left, this.#ids, this.#numbers);
    const outer = new Set(domain.outer.keys());
    return { domain, context: { ids: this.#ids, numbers: this.#numbers, outer, domain } };
  }

  #eliminateMark(apply: LogicalApply): LogicalPlan {
    const { left, right, condition, compare } = this.#bareMark(apply);
    const mark = apply.mark as Column;
    const outer = new Set(left.columns.map(({ id }) => id));
    if (condition === null && compare === null) {
      if (isSingleRow(right)) return this.#decided(left, mark, true);
      if (right.kind === 'values' && right.rows.length === 0) return this.#decided(left, mark, false);
    }
    if (isSingleRow(right)) {
      const truth = conjunction([condition, compare].filter((expr) => expr !== null));
      const value: Expr = compare
        ? truth
        : {
            kind: 'case',
            branches: [caseBranch(truth, literal(true, BOOLEAN))],
            otherwise: literal(false, BOOLEAN),
            type: BOOLEAN,
          };
      const plan = this.#eliminatePairs({
        kind: 'apply',
        type: 'left',
        left,
        right,
        condition: null,
        compare: null,
        mark: null,
        columns: [...left.columns, ...right.columns],
      });
      this.#define(new Map([[mark.id, substitute(value, this.#meaning)]]));
      return plan;
    }
    if (!readsAny(right, outer)) return join({ type: 'mark', left, right, condition, compare, mark });
    const { domain, context } = this.#contextOf(left);
    const whole = new Unnester(context).unnest(right);
    if (whole.defaults && condition === null && compare === null) return this.#decided(left, mark, true);
    return joinTo({ ...apply, condition, compare }, 'mark', withDefaults(whole, context), domain);
  }

  #decided(left: LogicalPlan, mark: Column, value: boolean): LogicalPlan {
    this.#define(new Map([[mark.id, literal(value, BOOLEAN)]]));
    return left;
  }

  /** What does not change whether there is a row, or one that compares, is left out of the right side. */
  #bareMark(apply: LogicalApply): LogicalApply {
    const { right, condition, compare } = apply;
    const outer = new Set(apply.left.columns.map(({ id }) => id));
    const over = (input: LogicalPlan, columns: readonly Column[], exprs: readonly Expr[]): LogicalApply => {
      const meaning = new Map(columns.map(({ id }, i) => [id, exprs[i] as Expr]));
      return this.#bareMark({
        ...apply,
        right: input,
        condition: condition && substitute(condition, meaning),
        compare: compare && substitute(compare, meaning),
      });
    };
    const exists = condition === null && compare === null;
    switch (right.kind) {
      case 'sort':
        return over(right.input, [], []);
      case 'project':
        return exists || right.exprs.some((expr) => exprReadsAny(expr, outer))
          ? over(right.input, right.columns, right.exprs)
          : apply;
      case 'limit':
        return exists && right.offset === 0 && right.limit !== 0 ? over(right.input, [], []) : apply;
      case 'aggregate': {
        if (right.groups.length === 0 || right.groupingSets) return apply;
        return exists || right.aggregates.length === 0 ? over(right.input, right.columns, right.groups) : apply;
      }
      case 'scan':
      case 'values':
      case 'filter':
      case 'join':
      case 'apply':
      case 'window':
      case 'setOperation':
      case 'unnest':
      case 'sample':
      case 'with':
      case 'commonTable':
      case 'recursive':
      case 'workingTable':
        return apply;
      default:
        return assertNever(right);
    }
  }
}

/** The inputs whose columns may be NULL above a join of this type. */
const OPTIONAL_SIDES: Readonly<Record<LogicalJoin['type'], readonly number[]>> = {
  inner: [],
  left: [1],
  right: [0],
  full: [0, 1],
  semi: [],
  anti: [],
  mark: [],
};

function joinTo(apply: LogicalApply, type: LogicalApply['type'], rows: Unnested, domain: ApplyDomain): LogicalPlan {
  const conditions = [
    ...rows.equalities.map(equalityOf),
    ...rows.others,
    ...(apply.condition ? [apply.condition] : []),
  ];
  return domain.over((left) =>
    join({
      type,
      left,
      right: rows.plan,
      condition: conditionOf(conditions),
      compare: apply.compare,
      mark: apply.mark,
    }),
  );
}
