import type { Field } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { gather } from '../wasm/gather.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../wasm/morsel.ts';
import { slice } from '../wasm/slice.ts';
import type { Batch, Vector } from '../wasm/vector.ts';

/** The rows of a batch as morsels over the same memory, valid as long as the batch is. */
export function* morselsOfBatch({ length, columns }: Batch): Generator<Morsel> {
  for (let from = 0; from < length; from += MORSEL_ROWS) {
    const rows = Math.min(MORSEL_ROWS, length - from);
    const parts: (Vector | undefined)[] = new Array(columns.length);
    yield {
      rows,
      selection: null,
      column: (index) => {
        parts[index] ??= slice(columns[index] as Vector, from, rows);
        return parts[index];
      },
    };
  }
}

/** The live rows of a morsel, densely; what has to be copied goes into `arena`. */
export function batchOfMorsel(arena: Arena, schema: readonly Field[], morsel: Morsel): Batch {
  const { selection } = morsel;
  const length = liveRows(morsel);
  const columns = schema.map((_, index) => {
    const vector = morsel.column(index);
    return selection && length < morsel.rows ? gather(arena, vector, selection.rows, length) : vector;
  });
  return { schema, length, columns };
}
