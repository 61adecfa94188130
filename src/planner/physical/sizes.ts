import type { Expr } from '../../operators/expr/expr.ts';
import { Bounds, type KnownRows, type RowBounds } from '../estimate/bounds.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import type { Estimates, PlannedScan, Size } from './physical-context.ts';

/** How many times more, or fewer, rows than estimated the result of a predicate may have, and anything. */
const MOST_UNCERTAIN = 100;
/** The same of a join whose sides are known. */
const UNCERTAIN_JOIN = 4;
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
  readonly #likely: Bounds;

  constructor(root: LogicalPlan, { estimates, measured, scans }: SizesOptions) {
    this.#estimates = estimates;
    const known: KnownRows = {
      measured: (plan) => measured.get(plan),
      scanned: ({ scan, source }) =>
        scans.get(scan)?.rowGroups.reduce((sum, { rows }) => sum + rows, 0) ?? source.rows ?? null,
    };
    this.#bounds = new Bounds(root, known);
    this.#likely = new Bounds(root, { ...known, foreignKeys: true });
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
    const { min, max } = this.#likely.of(plan);
    const rows = Math.min(this.rows(plan), max);
    const factor = this.#uncertainty(plan);
    const low = Math.max(min, rows / factor);
    const high = Math.min(max, Math.max(rows, 1) * factor);
    return { bytes: rows * width, low: low * width, high: high * width };
  }

  /** How many times more, or fewer, rows than estimated there may be. Errors of a join's sides multiply. */
  #uncertainty(plan: LogicalPlan): number {
    const { min, max } = this.#bounds.of(plan);
    if (min === max) return 1;
    switch (plan.kind) {
      case 'join': {
        const sides = this.#uncertainty(plan.left) * this.#uncertainty(plan.right);
        return Math.min(MOST_UNCERTAIN, UNCERTAIN_JOIN * sides);
      }
      case 'project':
      case 'sort':
      case 'window':
      case 'limit':
        return this.#uncertainty(plan.input);
      default:
        return MOST_UNCERTAIN;
    }
  }

  #width(plan: LogicalPlan): number {
    const rows = this.#estimates.rows(plan);
    return rows > 0 ? this.#estimates.bytes(plan) / rows : plan.columns.length * VALUE_BYTES;
  }
}
