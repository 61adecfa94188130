import type { SqlType, Value } from '../../common/types.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { LogicalAggregateCall } from '../logical/logical-plan.ts';
import { type ColumnFacts, type Spread, unknownFacts } from './column-facts.ts';

/** Aggregates whose value is one of their argument's. */
const CHOOSE: ReadonlySet<string> = new Set(['min', 'max', 'first', 'any_value', 'mode', 'median']);

/** Within so many deviations lie nearly all counts. */
const DEVIATIONS = 8;

export interface AggregateInput {
  /** Groups, and rows before they are grouped. */
  readonly groups: number;
  readonly rows: number;
  computed(expr: Expr): ColumnFacts;
}

/** Facts of an aggregate's values, one for each group. */
export function aggregateFacts(call: LogicalAggregateCall, type: SqlType, input: AggregateInput): ColumnFacts {
  const [arg] = call.args;
  const groups = Math.max(1, input.groups);
  const unknown = { ...unknownFacts(groups, type), distinct: groups, base: groups };
  const rowsPerGroup = input.rows / groups;
  if (call.function === 'count') {
    const deviation = Math.sqrt(rowsPerGroup);
    const distinct = Math.min(groups, 1 + DEVIATIONS * deviation);
    return { ...unknown, distinct, base: distinct, spread: { mean: rowsPerGroup, deviation } };
  }
  if (!arg) return unknown;
  const facts = input.computed(arg);
  if (CHOOSE.has(call.function)) {
    return { ...facts, unique: false, distinct: Math.min(facts.distinct, groups) };
  }
  const spread = spreadOf(call.function, facts, arg.type, type, rowsPerGroup);
  return spread ? { ...unknown, spread } : unknown;
}

/**
 * Mean and deviation of the sums, or averages, of n values spread evenly between bounds, where n itself is spread as arrivals are:
 * the sum has the variance n (s^2 + m^2), the average s^2 / n.
 */
function spreadOf(name: string, { min, max }: ColumnFacts, from: SqlType, to: SqlType, n: number): Spread | null {
  const [low, high] = [inUnits(min, from, to), inUnits(max, from, to)];
  if (low === null || high === null) return null;
  const mean = (low + high) / 2;
  const variance = (high - low) ** 2 / 12;
  if (name === 'sum') return { mean: n * mean, deviation: Math.sqrt(n * (variance + mean ** 2)) };
  return name === 'avg' ? { mean, deviation: Math.sqrt(variance / Math.max(1, n)) } : null;
}

const scaleOf = (type: SqlType) => (type.kind === 'decimal' ? type.scale : 0);

/** A value as a number in the units in which the values of another type are held. */
function inUnits(value: Value | undefined, from: SqlType, to: SqlType): number | null {
  if (typeof value !== 'number' && typeof value !== 'bigint') return null;
  return Number(value) * 10 ** (scaleOf(to) - scaleOf(from));
}
