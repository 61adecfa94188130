import type { Estimator } from '../estimate/estimate.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';

/** A row of a window costs about as much as reading so many, or as writing one and reading it again. */
const WINDOW_ROW_COST = 2;
/** Bytes that a window takes for each row beside the row. */
const ROW_BYTES = 64;
/** A window keeps a partition in memory; without partitions, all rows in the memory of one task. */
const MAX_UNPARTITIONED_BYTES = 64 << 20;
/** How long the longest partition is, no statistics tell. */
const MAX_BYTES = 1 << 30;

/** Whether a window over these rows costs less than reading tables, and common tables, once more, and surely fits. */
export function isWindowWorth(
  input: LogicalPlan,
  isPartitioned: boolean,
  spared: readonly LogicalPlan[],
  estimator: Estimator,
): boolean {
  const rows = estimator.rows(input);
  const read = spared.reduce((sum, leaf) => sum + readingCost(leaf, estimator), 0);
  const bytes = estimator.bytes(input) + rows * ROW_BYTES;
  return rows * WINDOW_ROW_COST <= read && bytes <= (isPartitioned ? MAX_BYTES : MAX_UNPARTITIONED_BYTES);
}

function readingCost(leaf: LogicalPlan, estimator: Estimator): number {
  if (leaf.kind === 'scan') return leaf.source.rows ?? 0;
  return estimator.rows(leaf) * WINDOW_ROW_COST;
}
