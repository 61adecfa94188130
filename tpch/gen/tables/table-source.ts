import type { Scale } from '../../scale.ts';
import type { TpchBatch } from '../columns.ts';
import type { TextPool } from '../text-pool.ts';

export interface SourceOptions {
  readonly scale: Scale;
  readonly pool: TextPool;
  /** Where to begin, counted from 0 in the table's units (see `Scale.units`). */
  readonly firstUnit: number;
}

/** Makes the next `units` units of a table; the caller stops at the table's end. */
export type TableSource = (units: number) => TpchBatch;
