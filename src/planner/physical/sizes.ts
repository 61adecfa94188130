import type { Expr } from '../../operators/expr/expr.ts';
import { Bounds, type RowBounds } from '../estimate/bounds.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Estimates, PlannedScan, Size } from './physical-context.ts';

/** How many times more, or fewer, rows than estimated a result may have, within what is certain. */
const UNCERTAINTY = 100;
/** Bytes of a value when nothing says how long it is. */
const VALUE_BYTES = 16;

export interface SizesOptions {
  readonly estimates: Estimates;
  readonly measured: ReadonlyMap<LogicalPlan, RowBounds>;
  /** What is read, as far as it is planned. */
  readonly scans: ReadonlyMap<number, PlannedScan>;
}

/** Estimates that keep within what is certain, and how far each may be off. */
export class Sizes implements Estimates {
  readonly #estimates: Estimates;
  readonly #bounds: Bounds;

  constructor(root: LogicalPlan, { estimates, measured, scans }: SizesOptions) {
    this.#estimates = estimates;
    this.#bounds = new Bounds(root, {
      measured: (plan) => measured.get(plan),
      scanned: ({ scan, source }) =>
        scans.get(scan)?.rowGroups.reduce((sum, { rows }) => sum + rows, 0) ?? source.rows ?? null,
    });
  }

  rows(plan: LogicalPlan): number {
    const { min, max } = this.#bounds.of(plan);
    return Math.min(max, Math.max(min, this.#estimates.rows(plan)));
  }

  bytes(plan: LogicalPlan): number {
    return this.rows(plan) * this.#width(plan);
  }

  distinct(plan: LogicalPlan, expr: Expr): number {
    return Math.min(Math.max(1, this.rows(plan)), this.#estimates.distinct(plan, expr));
  }

  size(plan: LogicalPlan): Size {
    const width = this.#width(plan);
    const rows = this.rows(plan);
    const { min, max } = this.#bounds.of(plan);
    const low = Math.max(min, rows / UNCERTAINTY);
    const high = Math.min(max, Math.max(rows, 1) * UNCERTAINTY);
    return { bytes: rows * width, low: low * width, high: high * width };
  }

  #width(plan: LogicalPlan): number {
    const rows = this.#estimates.rows(plan);
    return rows > 0 ? this.#estimates.bytes(plan) / rows : plan.columns.length * VALUE_BYTES;
  }
}
