import type { SquallError } from '../../common/errors.ts';
import { type ColumnContext, columnName } from '../conversion.ts';
import { parquetError } from '../errors.ts';
import type { DecodeMemory } from './decode-memory.ts';
import type { DecodeKernels } from './kernels.ts';

/** What everything that decodes one column chunk shares. */
export interface ChunkContext extends ColumnContext {
  readonly memory: DecodeMemory;
  readonly kernels: DecodeKernels;
}

/** The error of a chunk whose pages are not what the format says. */
export const damagedChunk = (context: ColumnContext, why: string, cause?: unknown): SquallError =>
  parquetError('SQ3105', context.uri, `${columnName(context)} cannot be decoded: ${why}`, { cause });
