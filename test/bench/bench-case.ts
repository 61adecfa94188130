import type { Plans, Relation } from '../oracle/plan-builder.ts';

/** Scans a table's columns. */
export type Scan = (table: string, columns: readonly string[]) => Relation;

/** One thing to measure, in both engines. */
export interface BenchCase {
  readonly name: string;
  /** Largest ratio of our time to DuckDB's that is good enough; null: none is set. */
  readonly target: number | null;
  /** What DuckDB is timed with. Tables are views over the files. */
  readonly sql: string;
  readonly ours:
    | { readonly kind: 'plan'; readonly build: (scan: Scan, plans: Plans) => Relation }
    /** Columns decoded, nothing computed; `check` is what `sql` means. */
    | {
        readonly kind: 'decode';
        readonly table: string;
        readonly columns: readonly string[];
        readonly check: (scan: Scan, plans: Plans) => Relation;
      };
  /** The result is not read but run through; what is compared instead. */
  readonly streamed?: { readonly build: (scan: Scan, plans: Plans) => Relation; readonly sql: string };
  /** The rows of the result come in a fixed order. */
  readonly ordered?: boolean;
}
