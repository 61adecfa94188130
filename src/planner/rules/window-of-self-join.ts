import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { parts, substitute } from '../../operators/expr/rewrite.ts';
import type { WindowCall } from '../../operators/plan.ts';
import type { Estimator } from '../estimate/estimate.ts';
import { columnExpr, conjunction } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { LogicalAggregateCall, LogicalPlan } from '../logical/logical-plan.ts';
import { type AggregateLeaf, aggregateLeaf, overBlock } from './aggregate-leaf.ts';
import { columnsIn, equalSides, Held, type InnerBlock, innerBlock, withScanPredicates } from './inner-block.ts';
import { joinLeaves } from './join-leaves.ts';
import { type BlockMatch, matchBlocks } from './match-block.ts';
import { mayRaise } from './may-raise.ts';
import { wholePartitionCall } from './window-call.ts';
import { blockWithWindow, type Fresh, type WindowInstead } from './window-over.ts';
import { isWindowWorth } from './window-worth.ts';

/** Functions for which it makes no difference that every row of a group comes the same number of times. */
const OF_DOUBLED_ROWS: ReadonlySet<string> = new Set(['min', 'max', 'avg']);
const FUNCTIONS: ReadonlySet<string> = new Set([...OF_DOUBLED_ROWS, 'sum', 'count']);
/** Digits of a decimal that may come several times without a sum that is out of range. */
const DOUBLED_DIGITS = 18;

/**
 * A block that joins an aggregation with tables that this aggregates: a window over their join, and over what is joined with them by the
 * groups alone, which leaves groups whole. Null where there is none, or it does not pay.
 */
export function windowOfSelfJoin(root: LogicalPlan, estimator: Estimator, fresh: Fresh): LogicalPlan | null {
  const { leaves, conditions } = innerBlock(root);
  for (const leaf of leaves) {
    const found = aggregateLeaf(leaf);
    if (!found) continue;
    const aggregate = overBlock(found.aggregate);
    const within = withScanPredicates(innerBlock(aggregate.input));
    const others = leaves.filter((other) => other !== leaf);
    for (const match of matchBlocks(within.leaves, others)) {
      const attempt = new SelfJoin({ ...found, aggregate }, within, match, conditions);
      const instead = attempt.window();
      if (!instead) continue;
      if (!isWindowWorth(instead.input, instead.partitionBy.length > 0, within.leaves, estimator)) continue;
      return blockWithWindow(instead, root.columns, fresh);
    }
  }
  return null;
}

class SelfJoin {
  readonly #leaf: AggregateLeaf;
  readonly #match: BlockMatch;
  readonly #conditions: readonly Expr[];
  /** What the aggregation's rows fulfil, in columns of the tables outside. */
  readonly #within: readonly Expr[];
  readonly #groups: readonly Expr[];
  readonly #withinHeld: Held;
  /** By column: the leaf outside. */
  readonly #makers: ReadonlyMap<ColumnId, number>;

  constructor(leaf: AggregateLeaf, within: InnerBlock, match: BlockMatch, conditions: readonly Expr[]) {
    const outside = (expr: Expr) => substitute(expr, match.meaning);
    this.#leaf = leaf;
    this.#match = match;
    this.#conditions = conditions;
    this.#within = within.conditions.map(outside);
    this.#groups = leaf.aggregate.groups.map(outside);
    this.#withinHeld = new Held(this.#within);
    this.#makers = new Map(match.others.flatMap(({ columns }, i) => columns.map(({ id }) => [id, i] as const)));
  }

  window(): WindowInstead | null {
    const { others, leaves } = this.#match;
    const matched = new Set(leaves);
    const own = withScanPredicates({ leaves: leaves.map((i) => others[i] as LogicalPlan), conditions: [] }).conditions;
    if (!own.every((condition) => this.#leavesGroupsWhole(condition))) return null;
    const joined = this.#joined(matched);
    const isInside = (condition: Expr) =>
      this.#reads(condition).every((i) => joined.has(i)) &&
      columnsIn(condition).size > 0 &&
      !mayRaise(condition) &&
      this.#leavesGroupsWhole(condition);
    const inside = this.#conditions.filter(isInside);
    const held = new Held([...own, ...inside]);
    const missing = this.#within.filter((condition) => !held.implies(condition));
    if (missing.length > 0 && (this.#groups.length > 0 || missing.some(mayRaise))) return null;
    if (!this.#groups.every((group, i) => this.#isPinned(group, i, held))) return null;
    const functions = this.#functions(missing, joined.size > matched.size);
    if (!functions) return null;
    const { aggregate } = this.#leaf;
    const above = this.#conditions.filter((condition) => !inside.includes(condition));
    return {
      input: joinLeaves({ leaves: others.filter((_, i) => joined.has(i)), conditions: inside }),
      partitionBy: this.#groups,
      functions,
      columns: aggregate.columns.slice(this.#groups.length),
      meaning: this.#meaning(),
      rest: {
        leaves: others.filter((_, i) => !joined.has(i)),
        conditions: above.filter((condition) => !this.#isPin(condition, held)),
      },
    };
  }

  /** The leaves that a condition reads; -1 for the aggregation. */
  #reads(condition: Expr): readonly number[] {
    return [...new Set([...columnsIn(condition)].map((id) => this.#makers.get(id) ?? -1))];
  }

  /** Whether a condition is true for all rows of the aggregation's input, or for all or none of each group. */
  #leavesGroupsWhole(condition: Expr): boolean {
    return this.#withinHeld.implies(condition) || this.#isOfGroup(condition);
  }

  /** Whether an expression reads of the tables that are aggregated no more than the groups. */
  #isOfGroup(expr: Expr): boolean {
    const isGroup = (group: Expr) => exprKey(group) === exprKey(expr) || this.#withinHeld.areEqual(group, expr);
    if (this.#groups.some(isGroup)) return true;
    if (expr.kind === 'column') return !this.#match.leaves.includes(this.#makers.get(expr.id) ?? -1);
    return parts(expr).every((part) => this.#isOfGroup(part));
  }

  /** The aggregated leaves, and those that are connected with them by nothing but the groups. */
  #joined(matched: ReadonlySet<number>): ReadonlySet<number> {
    if (this.#groups.length === 0) return matched;
    let candidates = new Set(this.#match.others.keys());
    for (let before = 0; before !== candidates.size; ) {
      before = candidates.size;
      for (const condition of this.#conditions) {
        const reads = this.#reads(condition);
        if (reads.includes(-1)) continue;
        const stays =
          !mayRaise(condition) && this.#leavesGroupsWhole(condition) && reads.every((i) => candidates.has(i));
        if (!stays) candidates = new Set([...candidates].filter((i) => matched.has(i) || !reads.includes(i)));
      }
    }
    const connected = new Set(matched);
    for (let before = 0; before !== connected.size; ) {
      before = connected.size;
      for (const condition of this.#conditions) {
        const reads = this.#reads(condition);
        if (!reads.every((i) => candidates.has(i)) || !reads.some((i) => connected.has(i))) continue;
        for (const i of reads) connected.add(i);
      }
    }
    return connected;
  }

  /** Whether the rows of a group meet that group of the aggregation and no other. */
  #isPinned(group: Expr, index: number, held: Held): boolean {
    return this.#conditions.some((condition) => this.#pins(condition, group, index, held));
  }

  #isPin(condition: Expr, held: Held): boolean {
    return this.#groups.some(
      (group, i) =>
        this.#pins(condition, group, i, held) &&
        (equalSides(condition) as readonly Expr[]).some((side) => held.areEqual(side, group)),
    );
  }

  #pins(condition: Expr, group: Expr, index: number, held: Held): boolean {
    const sides = equalSides(condition)?.map((side) => substitute(side, this.#leaf.meaning));
    const key = exprKey(columnExpr(this.#leaf.aggregate.columns[index] as Column));
    if (!sides) return false;
    const isSame = (side: Expr) => exprKey(side) === exprKey(group) || held.areEqual(side, group);
    return sides.some((side, i) => exprKey(side) === key && isSame(sides[1 - i] as Expr));
  }

  #functions(missing: readonly Expr[], areDoubled: boolean): readonly WindowCall[] | null {
    const { aggregate } = this.#leaf;
    const calls = aggregate.aggregates.map((call, i) =>
      this.#call(call, aggregate.columns[this.#groups.length + i] as Column, missing, areDoubled),
    );
    return calls.every((call) => call !== null) ? calls : null;
  }

  #call(call: LogicalAggregateCall, column: Column, missing: readonly Expr[], areDoubled: boolean): WindowCall | null {
    if (call.distinct || call.orderBy.length > 0 || !FUNCTIONS.has(call.function)) return null;
    if (areDoubled && !standsDoubling(call)) return null;
    const outside = (expr: Expr) => substitute(expr, this.#match.meaning);
    const filters = call.filter ? [...missing, outside(call.filter)] : missing;
    // A window computes arguments of all rows.
    if (filters.length > 0 && call.args.some(mayRaise)) return null;
    const filter = filters.length > 0 ? conjunction(filters) : null;
    return wholePartitionCall(call.function, call.args.map(outside), filter, column.type);
  }

  #meaning(): ReadonlyMap<ColumnId, Expr> {
    const { aggregate, meaning } = this.#leaf;
    const groups = new Map(this.#groups.map((group, i) => [(aggregate.columns[i] as Column).id, group]));
    return new Map([...meaning].map(([id, expr]) => [id, substitute(expr, groups)]));
  }
}

function standsDoubling({ function: name, argTypes }: LogicalAggregateCall): boolean {
  return (
    OF_DOUBLED_ROWS.has(name) &&
    (name !== 'avg' || argTypes.every((type) => type.kind !== 'decimal' || type.precision <= DOUBLED_DIGITS))
  );
}
