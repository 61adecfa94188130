import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { conjunction } from '../expr/build.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import {
  type AppendedJoin,
  type ClassMember,
  type EqualityClass,
  equal,
  equalitiesWithin,
  filtered,
  type JoinGraph,
  type Relation,
} from './join-graph.ts';
import type { JoinTree } from './join-search.ts';

/**
 * The plan of a tree of joins. Every condition stands at the lowest join that has what it reads; of what is equal, each join
 * compares one pair; each join delivers what is read above it.
 */
export function buildJoins(graph: JoinGraph, tree: JoinTree, columns: readonly Column[]): LogicalPlan {
  const builder = new Builder(graph);
  const wanted = new Set(columns.map(({ id }) => id));
  return filtered(builder.build(tree, withColumns(wanted, graph.late)), graph.late);
}

class Builder {
  readonly #graph: JoinGraph;

  constructor(graph: JoinGraph) {
    this.#graph = graph;
  }

  build(tree: JoinTree, wanted: ReadonlySet<ColumnId>): LogicalPlan {
    if (tree.kind === 'relation') return this.#at(tree.relation).plan;
    const [left, right] = [membersOf(tree.left), membersOf(tree.right)];
    const conditions = [...this.#equalities(left, right), ...this.#predicates(left, right)];
    const single = tree.right.kind === 'relation' ? this.#at(tree.right.relation) : null;
    const appended = single?.appended ?? null;
    const above = withColumns(wanted, conditions);
    const read = appended
      ? withColumns(
          above,
          [appended.condition, appended.compare].filter((expr) => expr !== null),
        )
      : above;
    const inputs = { left: this.build(tree.left, read), right: this.build(tree.right, read) };
    if (appended) return filtered(appendedJoin(appended, inputs, above), conditions);
    const delivered = [...inputs.left.columns, ...inputs.right.columns].filter(({ id }) => wanted.has(id));
    return {
      kind: 'join',
      type: 'inner',
      ...inputs,
      condition: conditions.length > 0 ? conjunction(conditions) : null,
      compare: null,
      mark: null,
      columns: delivered,
    };
  }

  #at(relation: number): Relation {
    return this.#graph.relations[relation] as Relation;
  }

  #equalities(left: ReadonlySet<number>, right: ReadonlySet<number>): readonly Expr[] {
    const shared = this.#graph.classes.filter(
      ({ members }) =>
        members.some(({ relation }) => left.has(relation)) && members.some(({ relation }) => right.has(relation)),
    );
    const [fromLeft, fromRight] = [representatives(shared, left), representatives(shared, right)];
    const pairs = shared.map((_, i) => equal((fromLeft[i] as ClassMember).expr, (fromRight[i] as ClassMember).expr));
    const [only, another] = [...right];
    const isAppended = only !== undefined && another === undefined && this.#at(only).appended !== null;
    return isAppended ? [...pairs, ...equalitiesWithin(this.#graph.classes, only)] : pairs;
  }

  /** Conditions that read both sides, or an appended relation alone, which cannot be filtered before it is joined. */
  #predicates(left: ReadonlySet<number>, right: ReadonlySet<number>): readonly Expr[] {
    const [only, another] = [...right];
    const isAppended = only !== undefined && another === undefined && this.#at(only).appended !== null;
    return this.#graph.predicates
      .filter(({ reads }) => {
        if (!reads.some((relation) => right.has(relation))) return false;
        if (!reads.every((relation) => left.has(relation) || right.has(relation))) return false;
        return reads.some((relation) => left.has(relation)) || isAppended;
      })
      .map(({ expr }) => expr);
  }
}

/** Per class a member from these relations; from the relation that has most of the classes, where it has one. */
function representatives(
  classes: readonly EqualityClass[],
  relations: ReadonlySet<number>,
): readonly (ClassMember | undefined)[] {
  const ascending = [...relations].sort((a, b) => a - b);
  const has = ({ members }: EqualityClass, relation: number) => members.some((member) => member.relation === relation);
  const covered = (relation: number) => classes.filter((each) => has(each, relation)).length;
  const byCover = ascending.toSorted((a, b) => covered(b) - covered(a));
  return classes.map((each) => {
    const relation = byCover.find((candidate) => has(each, candidate));
    return each.members.find((member) => member.relation === relation);
  });
}

function membersOf(tree: JoinTree): ReadonlySet<number> {
  return tree.kind === 'relation'
    ? new Set([tree.relation])
    : new Set([...membersOf(tree.left), ...membersOf(tree.right)]);
}

function withColumns(wanted: ReadonlySet<ColumnId>, exprs: readonly Expr[]): ReadonlySet<ColumnId> {
  const all = new Set(wanted);
  for (const expr of exprs) collectColumns(expr, all);
  return all;
}

function appendedJoin(
  { type, condition, compare, mark }: AppendedJoin,
  { left, right }: { readonly left: LogicalPlan; readonly right: LogicalPlan },
  wanted: ReadonlySet<ColumnId>,
): LogicalPlan {
  const padded = type === 'left' ? right.columns.map((column) => ({ ...column, nullable: true })) : [];
  const columns = [...left.columns, ...padded].filter(({ id }) => wanted.has(id));
  return { kind: 'join', type, left, right, condition, compare, mark, columns: mark ? [...columns, mark] : columns };
}
