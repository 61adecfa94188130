import { assertNever } from '../../common/errors.ts';
import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { collectColumns } from '../../operators/expr/rewrite.ts';
import { conjunction, conjuncts } from '../expr/build.ts';
import type { LogicalJoin, LogicalPlan } from '../logical/logical-plan.ts';
import type { ColumnFacts } from './column-facts.ts';
import { type FactsOf, selectivity } from './selectivity.ts';

/** What is known of plans, as Estimator has it. */
export interface PlanFacts {
  rows(plan: LogicalPlan): number;
  groups(plan: LogicalPlan, exprs: readonly Expr[]): number;
  computed(plan: LogicalPlan, expr: Expr): ColumnFacts;
}

/** An equality of the two sides of a join. */
export interface EquiPair {
  readonly left: Expr;
  readonly right: Expr;
}

/** Share of the left rows that an anti join is supposed to leave at least. */
const LEAST_UNMATCHED = 0.1;

/** The equalities between the sides that a join condition demands, and the rest of it. */
export function splitCondition(
  condition: Expr | null,
  left: LogicalPlan,
  right: LogicalPlan,
): { readonly pairs: readonly EquiPair[]; readonly rest: readonly Expr[] } {
  const [inLeft, inRight] = [idsOf(left), idsOf(right)];
  const pairs: EquiPair[] = [];
  const rest: Expr[] = [];
  for (const conjunct of condition ? conjuncts(condition) : []) {
    const pair = equality(conjunct, inLeft, inRight);
    if (pair) pairs.push(pair);
    else rest.push(conjunct);
  }
  return { pairs, rest };
}

const idsOf = (plan: LogicalPlan) => new Set(plan.columns.map(({ id }) => id));

function equality(expr: Expr, left: ReadonlySet<ColumnId>, right: ReadonlySet<ColumnId>): EquiPair | null {
  if (expr.kind !== 'call' || (expr.function !== '=' && expr.function !== 'is_not_distinct_from')) return null;
  const [a, b] = expr.args as [Expr, Expr];
  if (readsFrom(a, left) && readsFrom(b, right)) return { left: a, right: b };
  return readsFrom(a, right) && readsFrom(b, left) ? { left: b, right: a } : null;
}

function readsFrom(expr: Expr, columns: ReadonlySet<ColumnId>): boolean {
  const used = new Set<ColumnId>();
  collectColumns(expr, used);
  return used.size > 0 && [...used].every((id) => columns.has(id));
}

/**
 * Values that the two sides of some equalities take together: the chance of two rows to meet is one in so many. The values of
 * the side with fewer are supposed to be among those of the other (Selinger et al., "Access path selection in a relational
 * database management system", SIGMOD 1979), unless one side is a key: then the other refers to it, whatever else its values
 * might be. Several columns of one table take no more combinations than it has rows.
 */
export function domainOf(pairs: readonly FactsPair[]): number {
  const ofTables = new Map<string, FactsPair[]>();
  for (const [i, pair] of pairs.entries()) {
    const [a, b] = pair.map((facts) => facts.origin?.scan);
    const key = a === undefined || b === undefined ? `pair ${i}` : `${a} and ${b}`;
    ofTables.set(key, [...(ofTables.get(key) ?? []), pair]);
  }
  let domain = 1;
  for (const together of ofTables.values()) domain *= domainOfTables(together);
  return Math.max(1, domain);
}

type FactsPair = readonly [ColumnFacts, ColumnFacts];

/** Of pairs between the same two tables. */
function domainOfTables(pairs: readonly FactsPair[]): number {
  const product = pairs.reduce((domain, [a, b]) => domain * pairDomain(a, b), 1);
  if (pairs.length < 2) return product;
  return Math.min(product, rowsOfOne(pairs.map(([a]) => a)), rowsOfOne(pairs.map(([, b]) => b)));
}

function pairDomain(a: ColumnFacts, b: ColumnFacts): number {
  const kept = Math.max(a.kept, b.kept);
  if (a.unique === b.unique) return kept * (a.unique ? Math.min(a.base, b.base) : Math.max(a.base, b.base));
  return kept * (a.unique ? a.base : b.base);
}

function rowsOfOne(facts: readonly ColumnFacts[]): number {
  const rows = facts[0]?.origin?.rows ?? Number.POSITIVE_INFINITY;
  return rows * facts.reduce((kept, each) => kept * each.kept, 1);
}

/** Pairs of rows that fulfil the join's condition. */
export function matchedRows({ left, right, condition }: LogicalJoin, plans: PlanFacts): number {
  const [l, r] = [plans.rows(left), plans.rows(right)];
  const { pairs, rest } = splitCondition(condition, left, right);
  const facts = pairs.map((pair) => [plans.computed(left, pair.left), plans.computed(right, pair.right)] as const);
  const present = facts.reduce((share, [a, b]) => share * (1 - a.nulls) * (1 - b.nulls), 1);
  const met = (l * r * present) / domainOf(facts);
  return met * restShare(rest, left, right, met, plans);
}

/** Share of the pairs with equal keys that fulfil the rest of a condition. */
function restShare(
  rest: readonly Expr[],
  left: LogicalPlan,
  right: LogicalPlan,
  met: number,
  plans: PlanFacts,
): number {
  if (rest.length === 0) return 1;
  return selectivity(conjunction(rest), bothSides(left, right, met, plans));
}

export function bothSides(left: LogicalPlan, right: LogicalPlan, rows: number, plans: PlanFacts): FactsOf {
  const inLeft = idsOf(left);
  return {
    rows,
    facts: ({ id, type }) => plans.computed(inLeft.has(id) ? left : right, { kind: 'column', id, name: '', type }),
  };
}

export function joinRows(plan: LogicalJoin, plans: PlanFacts): number {
  const [left, right] = [plans.rows(plan.left), plans.rows(plan.right)];
  switch (plan.type) {
    case 'inner':
      return matchedRows(plan, plans);
    case 'left':
      return Math.max(left, matchedRows(plan, plans));
    case 'right':
      return Math.max(right, matchedRows(plan, plans));
    case 'full':
      return Math.max(left, right, matchedRows(plan, plans));
    case 'mark':
      return left;
    case 'semi':
      return left * matchedShare(plan, plans);
    case 'anti':
      return left * Math.max(LEAST_UNMATCHED, 1 - matchedShare(plan, plans));
    default:
      return assertNever(plan.type);
  }
}

/** Share of the left rows that have a partner at least. */
function matchedShare({ left, right, condition, compare }: LogicalJoin, plans: PlanFacts): number {
  const r = plans.rows(right);
  const both = compare ? conjunction(condition ? [condition, compare] : [compare]) : condition;
  const { pairs, rest } = splitCondition(both, left, right);
  const facts = pairs.map((pair) => [plans.computed(left, pair.left), plans.computed(right, pair.right)] as const);
  const values =
    pairs.length === 0
      ? 1
      : plans.groups(
          right,
          pairs.map((pair) => pair.right),
        );
  const found = pairs.length === 0 ? 1 : Math.min(1, values / domainOf(facts));
  const passes = restShare(rest, left, right, plans.rows(left) * r, plans);
  return r <= 0 ? 0 : found * (1 - (1 - passes) ** Math.max(1, r / values));
}
