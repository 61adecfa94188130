import type { Column, Expr } from '../../operators/expr/expr.ts';
import { columnExpr } from '../expr/build.ts';
import { exprKey } from '../expr/same-expr.ts';
import type { DistributedPlan } from './distributed-plan.ts';

/** Where the rows of a plan are. */
export type Distribution = SingleTask | ParallelTasks;

/** All in one task. */
export interface SingleTask {
  readonly kind: 'single';
  /** Any number of tasks may do the same work, each for itself: that costs less than handing its rows on. */
  readonly replicable: boolean;
}

/** Spread over the tasks of a stage. */
export interface ParallelTasks {
  readonly kind: 'parallel';
  readonly tasks: number;
  /** What gives each task its share: row groups, or partitions of other stages' outputs. */
  readonly over: 'scans' | 'partitions';
  /**
   * Rows with equal keys are in one task, the one whose number the hash of the keys gives: each key by the expressions that
   * have its value, as `exprKey` writes them. Empty: nothing is known.
   */
  readonly keys: readonly ReadonlySet<string>[];
}

export interface Planned {
  readonly plan: DistributedPlan;
  readonly distribution: Distribution;
}

export const SINGLE: SingleTask = { kind: 'single', replicable: false };

/** The positions in `exprs` of the keys that the rows are distributed by; null when one of them is not among these. */
export function keyPositions({ keys }: ParallelTasks, exprs: readonly Expr[]): readonly number[] | null {
  if (keys.length === 0) return null;
  const wanted = exprs.map(exprKey);
  const positions = keys.map((key) => wanted.findIndex((expr) => key.has(expr)));
  return positions.includes(-1) ? null : positions;
}

/** Whether rows that agree in all of `exprs` are in one task. */
export const isTogether = (distribution: Distribution, exprs: readonly Expr[]): boolean =>
  distribution.kind === 'single' || keyPositions(distribution, exprs) !== null;

/** The distribution behind an operator that computes `columns` as `exprs` and delivers nothing else. */
export function projected(
  distribution: Distribution,
  exprs: readonly Expr[],
  columns: readonly Column[],
): Distribution {
  if (distribution.kind === 'single') return distribution;
  const computed = exprs.map(exprKey);
  const keys = distribution.keys.map(
    (key) =>
      new Set(columns.filter((_, i) => key.has(computed[i] as string)).map((column) => exprKey(columnExpr(column)))),
  );
  return { ...distribution, keys: keys.some(({ size }) => size === 0) ? [] : keys };
}

/** What holds of the rows once `left[i]` and `right[i]` are equal in all of them. */
export function withEqualities<D extends Distribution>(
  distribution: D,
  left: readonly Expr[],
  right: readonly Expr[],
): D {
  if (distribution.kind === 'single') return distribution;
  const pairs = left.map((expr, i) => [exprKey(expr), exprKey(right[i] as Expr)] as const);
  const keys = distribution.keys.map((key) => {
    const more = pairs.flatMap(([a, b]) => (key.has(a) ? [b] : key.has(b) ? [a] : []));
    return more.length > 0 ? new Set([...key, ...more]) : key;
  });
  return { ...distribution, keys };
}

export const hashedBy = (keys: readonly Expr[], partitions: number): ParallelTasks => ({
  kind: 'parallel',
  tasks: partitions,
  over: 'partitions',
  keys: keys.map((key) => new Set([exprKey(key)])),
});
