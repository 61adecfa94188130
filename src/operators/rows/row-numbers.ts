import { InternalError } from '../../common/errors.ts';
import { type SqlType, typeName } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import type { GatherKernel } from '../../wasm/gather.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';

/** The u32 row numbers from, from + 1, … */
export function rowNumbers(kernel: GatherKernel, arena: Arena, from: number, count: number): Pointer {
  const pointer = arena.allocate(count * 4);
  kernel.sequence(from, count, pointer);
  return pointer;
}

export const wrongVector = ({ kind, type }: Vector, wanted: SqlType) =>
  new InternalError(`a ${kind} vector of ${typeName(type)} came where rows of ${typeName(wanted)} are kept`);
