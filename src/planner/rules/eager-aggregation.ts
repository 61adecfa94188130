import { type SqlType, sameType } from '../../common/types.ts';
import { resolveAggregate } from '../../operators/aggregate/functions.ts';
import type { Column, ColumnId, Expr } from '../../operators/expr/expr.ts';
import { decimalMax } from '../../operators/expr/ranges.ts';
import { substitute } from '../../operators/expr/rewrite.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import { Estimator } from '../estimate/estimate.ts';
import { columnExpr } from '../expr/build.ts';
import type { LogicalAggregate, LogicalAggregateCall, LogicalPlan } from '../logical/logical-plan.ts';
import { rewritePlan } from '../logical/rewrite.ts';
import { overBlock } from './aggregate-leaf.ts';
import { beginsBlock, columnsIn, type InnerBlock, innerBlock } from './inner-block.ts';
import { joinLeaves } from './join-leaves.ts';
import { magnitude } from './magnitude.ts';
import { mayRaise } from './may-raise.ts';
import type { Rule } from './rule.ts';

/**
 * Some of the tables that are joined below an aggregation are aggregated before, by what they are joined and grouped by, where that leaves few
 * rows to look long keys up for. (Yan and Larson, Eager Aggregation and Lazy Aggregation, 1995.)
 *
 *     Aggregate sum(price) by name, address          Aggregate sum(sum(price)) by name, address
 *       Inner join on customer = id                    Inner join on customer = id
 *         Scan orders [customer, price]           ->     Aggregate sum(price) by customer
 *         Scan customers [id, name, address]               Scan orders [customer, price]
 *                                                        Scan customers [id, name, address]
 *
 * A sum is taken in parts where no part can be out of range: by the types, or the statistics of whole tables.
 */
export const eagerAggregation: Rule = {
  name: 'eager_aggregation',
  apply(plan, { ids }) {
    const estimator = new Estimator(plan);
    return rewritePlan(plan, (node) => (node.kind === 'aggregate' ? (eager(node, estimator, ids) ?? node) : node));
  },
};

/** Functions whose value is that of their values for parts of the rows. */
const OF_PARTS: ReadonlySet<string> = new Set(['sum', 'min', 'max']);
/** Types whose equal values are the same in every respect. */
const KEY_TYPES: ReadonlySet<string> = new Set([
  ...['boolean', 'tinyint', 'smallint', 'integer', 'bigint', 'utinyint', 'usmallint', 'uinteger', 'ubigint'],
  ...['decimal', 'date', 'varchar'],
]);
/** Tables that are aggregated together. */
const MAX_TABLES = 3;
/** Bytes of keys that a row costs beside its keys. */
const ROW_BYTES = 16;
/** Bytes of keys that are looked up in no time. */
const LEAST_BYTES = 1 << 20;
/** Share of the cost that is worth more operators. */
const WORTH = 0.75;

function eager(plan: LogicalAggregate, estimator: Estimator, ids: ColumnIds): LogicalPlan | null {
  if (plan.groupingSets || plan.groups.length === 0 || !plan.aggregates.every(isOfParts)) return null;
  const aggregate = overBlock(plan);
  if (!beginsBlock(aggregate.input)) return null;
  const late = keyBytes(aggregate.groups, aggregate.input, estimator);
  if (late < LEAST_BYTES) return null;
  const block = innerBlock(aggregate.input);
  const args = aggregate.aggregates.flatMap((call) => call.args);
  if ([...args, ...block.conditions].some(mayRaise)) return null;
  let best: EagerPart | null = null;
  let least = late * WORTH;
  for (const leaves of choices(block, args)) {
    const part = eagerPart(aggregate, block, leaves);
    if (!part) continue;
    const cost = costOf(part, late, estimator);
    if (cost >= least) continue;
    least = cost;
    best = part;
  }
  return best && isInRange(aggregate, best.leaves) ? withPart(aggregate, block, best, ids) : null;
}

function isOfParts({ function: name, distinct, orderBy, filter, args, argTypes }: LogicalAggregateCall): boolean {
  if (!OF_PARTS.has(name) || distinct || orderBy.length > 0 || filter || args.length !== 1) return false;
  const [type] = argTypes as readonly [SqlType];
  if (!KEY_TYPES.has(type.kind)) return false;
  const whole = resolveAggregate(name, [type])?.type;
  const parts = whole && resolveAggregate(name, [whole])?.type;
  return whole !== undefined && parts !== undefined && sameType(whole, parts);
}

/** Tables that hold all arguments, with none, one or several of those they are joined with. */
function choices({ leaves, conditions }: InnerBlock, args: readonly Expr[]): readonly (readonly LogicalPlan[])[] {
  const reads = (exprs: readonly Expr[]) => {
    const used = new Set(exprs.flatMap((expr) => [...columnsIn(expr)]));
    return leaves.filter(({ columns }) => columns.some(({ id }) => used.has(id)));
  };
  const links = conditions.map((condition) => reads([condition]));
  const found: (readonly LogicalPlan[])[] = [];
  let next: readonly (readonly LogicalPlan[])[] = [reads(args)];
  while (next.length > 0) {
    const wider: (readonly LogicalPlan[])[] = [];
    for (const chosen of next) {
      if (chosen.length === 0 || chosen.length > MAX_TABLES || chosen.length >= leaves.length) continue;
      if (found.some((other) => other.length === chosen.length && other.every((leaf) => chosen.includes(leaf))))
        continue;
      found.push(chosen);
      const near = links.filter((link) => link.some((leaf) => chosen.includes(leaf))).flat();
      for (const leaf of new Set(near)) if (!chosen.includes(leaf)) wider.push([...chosen, leaf]);
    }
    next = wider;
  }
  return found;
}

interface EagerPart {
  readonly leaves: readonly LogicalPlan[];
  readonly input: LogicalPlan;
  /** What is read of the part beside the arguments. */
  readonly groups: readonly Column[];
  /** Conditions that are asked above. */
  readonly above: readonly Expr[];
}

function eagerPart({ groups }: LogicalAggregate, block: InnerBlock, leaves: readonly LogicalPlan[]): EagerPart | null {
  const own = leaves.flatMap(({ columns }) => columns);
  const ownIds = new Set(own.map(({ id }) => id));
  const isInside = (condition: Expr) => [...columnsIn(condition)].every((id) => ownIds.has(id));
  const inside = block.conditions.filter((condition) => columnsIn(condition).size > 0 && isInside(condition));
  const above = block.conditions.filter((condition) => !inside.includes(condition));
  const read = new Set([...groups, ...above].flatMap((expr) => [...columnsIn(expr)]));
  const keys = own.filter(({ id }) => read.has(id));
  if (keys.length === 0 || !keys.every(({ type }) => KEY_TYPES.has(type.kind))) return null;
  return { leaves, input: joinLeaves({ leaves, conditions: inside }), groups: keys, above };
}

/** The bytes of all keys, of the rows that are grouped. */
function keyBytes(keys: readonly Expr[], input: LogicalPlan, estimator: Estimator): number {
  const width = keys.reduce((sum, key) => sum + estimator.computed(input, key).bytes, ROW_BYTES);
  return estimator.rows(input) * width;
}

function costOf({ input, groups }: EagerPart, late: number, estimator: Estimator): number {
  const keys = groups.map((column) => columnExpr(column));
  const early = keyBytes(keys, input, estimator);
  // What is left of the rows that are joined and grouped once more.
  const share = estimator.groups(input, keys) / Math.max(1, estimator.rows(input));
  return early + share * late;
}

function isInRange({ aggregates }: LogicalAggregate, leaves: readonly LogicalPlan[]): boolean {
  return aggregates.every(({ function: name, args: [arg], argTypes }) => {
    if (name !== 'sum') return true;
    const whole = resolveAggregate(name, argTypes)?.type;
    const most = arg ? magnitude(arg, leaves) : null;
    let rows = 1n;
    for (const leaf of leaves) {
      if (leaf.kind !== 'scan' || leaf.source.rows === null) return false;
      rows *= BigInt(leaf.source.rows);
    }
    return most !== null && whole?.kind === 'decimal' && most * rows <= decimalMax(whole);
  });
}

function withPart(
  aggregate: LogicalAggregate,
  block: InnerBlock,
  { leaves, input, groups, above }: EagerPart,
  ids: ColumnIds,
): LogicalPlan {
  const keys = groups.map(({ name, type, nullable }) => ids.column(name, type, nullable));
  const made = aggregate.aggregates.map((_, i) => {
    const { name, type } = aggregate.columns[aggregate.groups.length + i] as Column;
    return ids.column(name, type, true);
  });
  const part: LogicalPlan = {
    kind: 'aggregate',
    input,
    groups: groups.map((column) => columnExpr(column)),
    groupingSets: null,
    aggregates: aggregate.aggregates,
    columns: [...keys, ...made],
  };
  const meaning = new Map(groups.map(({ id }, i): [ColumnId, Expr] => [id, columnExpr(keys[i] as Column)]));
  const rest = block.leaves.filter((leaf) => !leaves.includes(leaf));
  const conditions = above.map((condition) => substitute(condition, meaning));
  return {
    ...aggregate,
    input: joinLeaves({ leaves: [part, ...rest], conditions }),
    groups: aggregate.groups.map((group) => substitute(group, meaning)),
    aggregates: aggregate.aggregates.map((call, i) => {
      const column = made[i] as Column;
      return { ...call, args: [columnExpr(column)], argTypes: [column.type] };
    }),
  };
}
