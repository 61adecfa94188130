import type { Expr } from '../../operators/expr/expr.ts';
import type { ColumnFacts } from '../estimate/column-facts.ts';
import type { Estimator } from '../estimate/estimate.ts';
import { domainOf } from '../estimate/join-estimate.ts';
import { selectivity } from '../estimate/selectivity.ts';
import { conjunction } from '../expr/build.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import type { AppendedJoin, JoinGraph, Relation } from './join-graph.ts';

/** Relations that are joined already, ascending, and the rows of their join. */
export interface JoinedPart {
  readonly members: readonly number[];
  readonly rows: number;
}

/**
 * Rows of the join of some of a graph's relations. Depends on which they are only, not on how they are joined: so every plan of
 * the same relations is compared by the same figures.
 */
export class JoinCardinality {
  readonly #graph: JoinGraph;
  readonly #estimator: Estimator;
  /** Per relation: what its row count is multiplied by, once everything that decides it is there. */
  readonly #factors: readonly number[];
  /** Per class, per relation: the facts of the member that it has. */
  readonly #members: readonly (readonly (ColumnFacts | null)[])[];
  /** Per relation: the classes that it has a member of. */
  readonly #classesOf: readonly (readonly number[])[];
  readonly #shares: readonly number[];

  constructor(graph: JoinGraph, estimator: Estimator) {
    this.#graph = graph;
    this.#estimator = estimator;
    this.#factors = graph.relations.map((relation) =>
      relation.appended ? this.#appendedFactor(relation, relation.appended) : estimator.rows(relation.plan),
    );
    this.#members = graph.classes.map(({ members }) =>
      graph.relations.map(({ plan }, index) => {
        const member = members.find(({ relation }) => relation === index);
        return member ? estimator.computed(plan, member.expr) : null;
      }),
    );
    this.#classesOf = graph.relations.map((_, relation) =>
      this.#members.flatMap((members, index) => (members[relation] ? [index] : [])),
    );
    this.#shares = graph.predicates.map(({ expr, reads }) => this.#share(expr, reads));
  }

  /** Rows of a relation by itself: of the right side of an appended join. */
  relationRows(relation: number): number {
    return this.#estimator.rows((this.#graph.relations[relation] as Relation).plan);
  }

  /** Rows of the join of some relations, ascending, and one that comes after them, by equalities alone. */
  grownBy(relation: number, before: readonly number[], rows: number): number {
    return rows * ((this.#factors[relation] as number) / this.#domain(relation, before));
  }

  /** The rows of the join of relations that the conditions among them leave of what equalities alone give. */
  kept(relations: readonly number[], rows: number): number {
    const { predicates } = this.#graph;
    let left = rows;
    for (const [i, { reads }] of predicates.entries()) {
      if (reads.length > 1 && reads.every((relation) => relations.includes(relation)))
        left *= this.#shares[i] as number;
    }
    return left;
  }

  /** Rows of the join of two parts that share no relation, from the rows of each. An appended relation is a part of its own. */
  joinedRows(left: JoinedPart, right: JoinedPart): number {
    const [few, many] = left.members.length < right.members.length ? [left, right] : [right, left];
    const inMany = new Set(many.members);
    let domain = 1;
    for (const relation of few.members) domain *= this.#domain(relation, many.members, inMany);
    let rows = (this.#rowsOf(left) * this.#rowsOf(right)) / domain;
    const inFew = new Set(few.members);
    for (const [i, { reads }] of this.#graph.predicates.entries()) {
      const crosses = reads.some((relation) => inFew.has(relation)) && reads.some((relation) => inMany.has(relation));
      if (crosses && reads.every((each) => inFew.has(each) || inMany.has(each))) rows *= this.#shares[i] as number;
    }
    return rows;
  }

  #rowsOf({ members, rows }: JoinedPart): number {
    const [only, another] = members;
    const isAppended = another === undefined && this.#graph.relations[only as number]?.appended;
    return isAppended ? (this.#factors[only as number] as number) : rows;
  }

  /** One row of the relation meets one row of those before by this chance, inverted. */
  #domain(relation: number, before: readonly number[], isBefore: ReadonlySet<number> = new Set(before)): number {
    const shared = (this.#classesOf[relation] as readonly number[])
      .filter((index) => this.#graph.classes[index]?.members.some((member) => isBefore.has(member.relation)))
      .map((index) => this.#members[index] as readonly (ColumnFacts | null)[]);
    if (shared.length === 0) return 1;
    const covered = (other: number) => shared.reduce((count, members) => count + (members[other] ? 1 : 0), 0);
    let best = before[0] as number;
    for (const other of before) if (covered(other) > covered(best)) best = other;
    const pairs = shared.map((members) => {
      const partner = (shared.length > 1 && members[best]) || widest(before.flatMap((other) => members[other] ?? []));
      return [members[relation] as ColumnFacts, partner] as const;
    });
    const present = pairs.reduce((share, [a, b]) => share * (1 - a.nulls) * (1 - b.nulls), 1);
    return domainOf(pairs) / Math.max(present, Number.EPSILON);
  }

  /** Rows that an appended join gives for each row of its left side. */
  #appendedFactor({ plan }: Relation, appended: AppendedJoin): number {
    const left = appended.needs
      .map((relation) => (this.#graph.relations[relation] as Relation).plan)
      .reduce((left, right) => inner(left, right));
    const { type, condition, compare, mark } = appended;
    const join: LogicalJoin = {
      kind: 'join',
      type,
      left,
      right: plan,
      condition,
      compare,
      mark,
      columns: left.columns,
    };
    const rows = this.#estimator.rows(left);
    return rows > 0 ? this.#estimator.rows(join) / rows : 1;
  }

  #share(expr: Expr, reads: readonly number[]): number {
    const plans = reads.map((relation) => (this.#graph.relations[relation] as Relation).plan);
    const rows = plans.reduce((product, plan) => product * Math.max(1, this.#estimator.rows(plan)), 1);
    return selectivity(conjunction([expr]), {
      rows,
      facts: (column) => {
        const plan = plans.find(({ columns }) => columns.some(({ id }) => id === column.id));
        return this.#estimator.facts(plan ?? (plans[0] as LogicalPlan), column);
      },
    });
  }
}

const inner = (left: LogicalPlan, right: LogicalPlan): LogicalJoin => ({
  kind: 'join',
  type: 'inner',
  left,
  right,
  condition: null,
  compare: null,
  mark: null,
  columns: [...left.columns, ...right.columns],
});

/** A key, the one with the fewest values; else the column with the most. */
function widest(facts: readonly ColumnFacts[]): ColumnFacts {
  const keys = facts.filter(({ unique }) => unique);
  const [first, ...others] = (keys.length > 0 ? keys : facts) as [ColumnFacts, ...ColumnFacts[]];
  const better = (a: ColumnFacts, b: ColumnFacts) => (keys.length > 0 ? a.base < b.base : a.base > b.base);
  return others.reduce((best, each) => (better(each, best) ? each : best), first);
}
