import { InternalError } from '../../common/errors.ts';
import type { SqlType, Value } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { layoutOf } from '../../wasm/layout.ts';
import { slice } from '../../wasm/slice.ts';
import type { FixedVector, Pointer, Vector } from '../../wasm/vector.ts';
import type { Section } from './section.ts';

/** A function's values in the rows `from` to `from + count` of a section, `from` being a multiple of 8. */
export type SectionOutput = (from: number, count: number, arena: Arena) => Vector;

/** Values that a kernel wrote, one a row. */
export function fixedOutput({ rows }: Section, type: SqlType, data: Pointer, validity: Pointer = 0): SectionOutput {
  const width = layoutOf(type);
  if (width === 'views') throw new InternalError('texts are not computed in place');
  const vector: FixedVector = { kind: 'fixed', type, width, length: rows, validity, data };
  return (from, count) => slice(vector, from, count);
}

/** Values of a column in other rows of the section, given by number; none is NULL. */
export function rowsOutput(section: Section, position: number, numbers: Pointer): SectionOutput {
  return (from, count, arena) => {
    const mapped = arena.allocate(count * 4);
    section.kernel.mapRows(section.order ?? 0, numbers + from * 4, count, mapped);
    return section.gather(position, mapped, count, arena);
  };
}

/** Values that the host computed. */
export const valuesOutput =
  (type: SqlType, values: readonly Value[]): SectionOutput =>
  (from, count, arena) =>
    buildVector(arena, type, values.slice(from, from + count));
