import type { ColumnId, Expr } from '../../operators/expr/expr.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import type { ColumnFacts } from './column-facts.ts';
import { splitCondition } from './join-estimate.ts';

/** What is known of the plan whose rows are grouped. */
export interface GroupedPlan {
  rows(plan: LogicalPlan): number;
  computed(plan: LogicalPlan, expr: Expr): ColumnFacts;
}

/**
 * Different combinations of the values of some expressions over a plan's rows. Expressions count as independent, but for what a
 * key decides: with a table's key among them its other columns add nothing, nor do those of the tables whose keys it is joined
 * with.
 */
export function groupCount(plan: LogicalPlan, exprs: readonly Expr[], plans: GroupedPlan): number {
  const rows = plans.rows(plan);
  const all = [...new Map(exprs.map((expr) => [exprKey(expr), expr])).values()].map((expr) => ({
    expr,
    facts: plans.computed(plan, expr),
  }));
  const links = all.length > 1 ? keyLinks(plan, plans) : { same: new Map(), decides: new Map() };
  /** Tables whose row a group decides, and those that their rows decide. */
  const decided = new Map<number, number>();
  for (const { expr, facts } of all) {
    for (const table of keyTables(expr, facts, links)) {
      decided.set(table, Math.min(decided.get(table) ?? Number.POSITIVE_INFINITY, facts.distinct));
    }
  }
  const reached = reachable([...decided.keys()], links.decides);
  let product = 1;
  const counted = new Set<number>();
  for (const { expr, facts } of all) {
    const [table = facts.origin?.scan] = keyTables(expr, facts, links);
    if (table !== undefined && reached.has(table)) continue;
    if (table !== undefined && decided.has(table)) {
      if (!counted.has(table)) product *= decided.get(table) as number;
      counted.add(table);
    } else product *= Math.min(rows, facts.distinct);
  }
  return Math.max(1, Math.min(rows, product));
}

interface KeyLinks {
  /** Columns that are equal to a key: the tables it is the key of. */
  readonly same: ReadonlyMap<ColumnId, readonly number[]>;
  /** Per table: those whose row one of its rows decides. */
  readonly decides: ReadonlyMap<number, readonly number[]>;
}

function keyLinks(plan: LogicalPlan, plans: GroupedPlan): KeyLinks {
  const same = new Map<ColumnId, number[]>();
  const decides = new Map<number, number[]>();
  const add = <K>(into: Map<K, number[]>, key: K, table: number) => into.set(key, [...(into.get(key) ?? []), table]);
  for (const node of nodes(plan)) {
    if (node.kind !== 'join' || (node.type !== 'inner' && node.type !== 'left')) continue;
    for (const { left, right } of splitCondition(node.condition, node.left, node.right).pairs) {
      const sides = [
        { expr: left, facts: plans.computed(node.left, left) },
        { expr: right, facts: plans.computed(node.right, right) },
      ];
      for (const [i, { facts }] of sides.entries()) {
        const other = sides[1 - i] as (typeof sides)[number];
        if (!facts.unique || !facts.origin) continue;
        if (other.expr.kind === 'column') add(same, other.expr.id, facts.origin.scan);
        if (other.facts.origin) add(decides, other.facts.origin.scan, facts.origin.scan);
      }
    }
  }
  return { same, decides };
}

/** The tables of which an expression is a key. */
function keyTables(expr: Expr, { unique, origin }: ColumnFacts, { same }: KeyLinks): readonly number[] {
  if (unique && origin) return [origin.scan];
  return expr.kind === 'column' ? (same.get(expr.id) ?? []) : [];
}

/** Tables that others decide; one that only decides itself in a circle is none of them. */
function reachable(from: readonly number[], decides: ReadonlyMap<number, readonly number[]>): ReadonlySet<number> {
  const reached = new Set<number>();
  for (const start of from) {
    if (reached.has(start)) continue;
    const queue = [start];
    const seen = new Set(queue);
    for (const table of queue) {
      for (const next of decides.get(table) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        queue.push(next);
        reached.add(next);
      }
    }
  }
  return reached;
}
