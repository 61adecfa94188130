import type { Pointer, Vector } from './vector.ts';

/** Most rows that a source puts into a morsel: enough to amortise a call, few enough that its columns stay in the cache. */
export const MORSEL_ROWS = 32_768;

/**
 * Rows on their way from one operator to the next, valid until the next morsel is pulled from the same stream. A filter narrows
 * the selection and copies nothing; a column is decoded or gathered when somebody first asks for it, for all `rows`.
 */
export interface Morsel {
  /** Length of every column; at most MORSEL_ROWS, never 0. */
  readonly rows: number;
  /** Which rows live; null: all. */
  readonly selection: Selection | null;
  /** Where the rows lie, if they are consecutive rows of a stored row group, row 0 first. */
  readonly origin?: RowOrigin;
  /** Column by position. The same vector at every call. Rows outside the selection may hold anything. */
  column(index: number): Vector;
}

/** The place of a stored row: the same whoever reads it, and however often. */
export interface RowOrigin {
  /** Identifies the row group: a hash of its file and number. */
  readonly group: bigint;
  /** Number of the morsel's first row in the row group. */
  readonly row: number;
}

/** Row numbers in ascending order. */
export interface Selection {
  /** `count` u32 row numbers. */
  readonly rows: Pointer;
  readonly count: number;
}

/** Rows of the morsel that live. */
export const liveRows = ({ rows, selection }: Morsel) => (selection ? selection.count : rows);
