/** A difference between Squall and DuckDB that is meant to be, and why. */
export interface AllowedDifference {
  /** What the comparison says. */
  readonly difference: RegExp;
  readonly reason: string;
}

/** What random statements may differ in. What they never hold since it differs is told in `random-statement-expr.ts`. */
export const ALLOWED_DIFFERENCES: readonly AllowedDifference[] = [];
