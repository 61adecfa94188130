import { BOOLEAN } from '../../common/types.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import { mayRaise } from './may-raise.ts';
import { withoutRenaming } from './without-renaming.ts';

/**
 * A region of joins without the order they are written in: relations, and conditions among them. A left, semi, anti or mark
 * join takes part as the relation on its right side, which can be joined as soon as everything is there that its condition reads.
 */
export interface JoinGraph {
  readonly relations: readonly Relation[];
  /** Conditions that are no equality of two relations. */
  readonly predicates: readonly Predicate[];
  /** Conditions that might raise an error: asked last, in this order, of rows that nothing else leaves out. */
  readonly late: readonly Expr[];
  /** Expressions that are equal in every row of the result: what `=` demands, and what follows from it. */
  readonly classes: readonly EqualityClass[];
}

export interface Relation {
  readonly plan: LogicalPlan;
  /** Null for one that is joined as inner joins do. */
  readonly appended: AppendedJoin | null;
}

/** A join that keeps to its sides: its left side has to hold some relations, its right side is its relation. */
export interface AppendedJoin {
  readonly type: 'left' | 'semi' | 'anti' | 'mark';
  readonly condition: Expr | null;
  readonly compare: Expr | null;
  readonly mark: Column | null;
  /** Relations that have to be on its left side. */
  readonly needs: readonly number[];
}

export interface Predicate {
  readonly expr: Expr;
  /** The relations it reads. */
  readonly reads: readonly number[];
  /** Of an equality whose sides read different relations, so that it can be looked up in a hash table: what each reads. */
  readonly sides: readonly [readonly number[], readonly number[]] | null;
}

export interface EqualityClass {
  readonly members: readonly ClassMember[];
}

export interface ClassMember {
  readonly expr: Expr;
  readonly relation: number;
}

/** Whether the node can be a part of a region, not only an end of it. */
export function joinsRegion(plan: LogicalPlan): plan is Extract<LogicalPlan, { kind: 'join' }> {
  return plan.kind === 'join' && plan.type !== 'full';
}

/** Whether a region begins here: joins, perhaps under filters. */
export function beginsRegion(plan: LogicalPlan): boolean {
  return plan.kind === 'filter' ? beginsRegion(plan.input) : joinsRegion(plan);
}

/**
 * The region that ends above at `root`; what lies below it goes through `ordered`. A project inside it that only names columns is
 * no end of it.
 */
export function joinGraph(root: LogicalPlan, ordered: (plan: LogicalPlan) => LogicalPlan): JoinGraph {
  const relations: Relation[] = [];
  const makers = new Map<ColumnId, number>();
  const conditions: Expr[] = [];
  collect(root);
  const predicates: Predicate[] = [];
  const late: Expr[] = [];
  const equalities: (readonly [ClassMember, ClassMember])[] = [];
  for (const expr of conditions) {
    const equality = equalityOf(expr, makers);
    const predicate = { expr, reads: relationsOf(expr, makers), sides: sidesOf(expr, makers) };
    if (equality) equalities.push(equality);
    else if (predicate.sides === null && (predicate.reads.length === 0 || mayRaise(expr))) late.push(expr);
    else predicates.push(predicate);
  }
  return withOwnConditions({ relations, predicates, late, classes: classesOf(equalities) });

  /** Adds a part of the region, and says which relations it holds. */
  function collect(plan: LogicalPlan): readonly number[] {
    if (plan.kind === 'filter' && (beginsRegion(plan.input) || plan.input.kind === 'project')) {
      const held = collect(plan.input);
      conditions.push(...conjuncts(plan.predicate));
      return held;
    }
    const renamed = plan.kind === 'project' && beginsRegion(plan.input) ? withoutRenaming(plan) : null;
    if (renamed) return collect(renamed);
    if (!joinsRegion(plan)) return [add(ordered(plan), null)];
    switch (plan.type) {
      case 'inner': {
        const held = [...collect(plan.left), ...collect(plan.right)];
        if (plan.condition) conditions.push(...conjuncts(plan.condition));
        return held;
      }
      case 'right':
        return append(plan, plan.right, plan.left, 'left');
      default:
        return append(plan, plan.left, plan.right, plan.type as AppendedJoin['type']);
    }
  }

  function append(
    { condition, compare, mark }: LogicalJoin,
    left: LogicalPlan,
    right: LogicalPlan,
    type: AppendedJoin['type'],
  ): readonly number[] {
    const held = collect(left);
    const read = new Set<ColumnId>();
    for (const expr of [condition, compare]) if (expr) collectColumns(expr, read);
    const needed = [...new Set([...read].flatMap((id) => makers.get(id) ?? []))];
    const isSafe = [condition, compare].every((expr) => expr === null || !mayRaise(expr));
    const needs = needed.length > 0 && isSafe ? needed : held;
    return [...held, add(ordered(right), { type, condition, compare, mark, needs })];
  }

  function add(plan: LogicalPlan, appended: AppendedJoin | null): number {
    const index = relations.length;
    relations.push({ plan, appended });
    const visible = appended === null || appended.type === 'left' ? plan.columns : [];
    for (const { id } of visible) makers.set(id, index);
    if (appended?.mark) makers.set(appended.mark.id, index);
    return index;
  }
}

/** Conditions on one relation alone, and equalities of its own columns that follow, stand in the relation. */
function withOwnConditions(graph: JoinGraph): JoinGraph {
  const relations = graph.relations.map((relation, index) => {
    if (relation.appended) return relation;
    const own = graph.predicates
      .filter(({ reads }) => reads.length === 1 && reads[0] === index)
      .map(({ expr }) => expr);
    const all = [...own, ...equalitiesWithin(graph.classes, index)];
    return { ...relation, plan: filtered(relation.plan, all) };
  });
  const isOwn = ({ reads }: Predicate) => reads.length === 1 && !graph.relations[reads[0] as number]?.appended;
  return { ...graph, relations, predicates: graph.predicates.filter((predicate) => !isOwn(predicate)) };
}

/** Several members of a class in one relation are equal. */
export function equalitiesWithin(classes: readonly EqualityClass[], relation: number): readonly Expr[] {
  return classes.flatMap(({ members }) => {
    const [first, ...others] = members.filter((member) => member.relation === relation);
    return first ? others.map((other) => equal(first.expr, other.expr)) : [];
  });
}

export const equal = (left: Expr, right: Expr): Expr => ({
  kind: 'call',
  function: '=',
  args: [left, right],
  type: BOOLEAN,
});

/** The rows of a plan that fulfil predicates; they become part of a scan. */
export function filtered(input: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.length === 0) return input;
  if (input.kind === 'scan') {
    return { ...input, predicate: conjunction(input.predicate ? [input.predicate, ...predicates] : predicates) };
  }
  const all = input.kind === 'filter' ? [input.predicate, ...predicates] : predicates;
  const below = input.kind === 'filter' ? input.input : input;
  return { kind: 'filter', input: below, predicate: conjunction(all), columns: input.columns };
}

function relationsOf(expr: Expr, makers: ReadonlyMap<ColumnId, number>): readonly number[] {
  const used = new Set<ColumnId>();
  collectColumns(expr, used);
  return [...new Set([...used].flatMap((id) => makers.get(id) ?? []))];
}

function sidesOf(expr: Expr, makers: ReadonlyMap<ColumnId, number>): Predicate['sides'] {
  if (expr.kind !== 'call' || (expr.function !== '=' && expr.function !== 'is_not_distinct_from')) return null;
  const [left, right] = expr.args.map((side) => relationsOf(side, makers)) as [readonly number[], readonly number[]];
  const apart = left.length > 0 && right.length > 0 && !left.some((relation) => right.includes(relation));
  return apart ? [left, right] : null;
}

function equalityOf(expr: Expr, makers: ReadonlyMap<ColumnId, number>): readonly [ClassMember, ClassMember] | null {
  if (expr.kind !== 'call' || expr.function !== '=') return null;
  const sides = expr.args.map((side) => ({ expr: side, reads: relationsOf(side, makers) }));
  const [left, right] = sides.map(({ expr, reads }) => ({ expr, relation: reads[0] ?? -1 })) as [
    ClassMember,
    ClassMember,
  ];
  const single = sides.every(({ reads }) => reads.length === 1);
  return single && left.relation !== right.relation ? [left, right] : null;
}

/** Union-find over expressions. */
function classesOf(equalities: readonly (readonly [ClassMember, ClassMember])[]): readonly EqualityClass[] {
  const classOf = new Map<string, Set<string>>();
  const members = new Map<string, ClassMember>();
  for (const pair of equalities) {
    const keys = pair.map((member) => {
      const key = exprKey(member.expr);
      if (!members.has(key)) members.set(key, member);
      return key;
    });
    const together = new Set(keys.flatMap((key) => [...(classOf.get(key) ?? [key])]));
    for (const key of together) classOf.set(key, together);
  }
  return [...new Set(classOf.values())].map((keys) => ({
    members: [...keys].map((key) => members.get(key) as ClassMember),
  }));
}
