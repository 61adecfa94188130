import type { Field, Value } from '../../src/common/types.ts';
import { encodeArrow } from '../../src/exchange/arrow-ipc.ts';
import { Arena } from '../../src/wasm/arena.ts';
import { buildVector } from '../../src/wasm/build-vector.ts';

/** Rows as the Arrow IPC stream that a task delivers: one batch for each list of rows. */
export function encoded(fields: readonly Field[], batches: readonly (readonly (readonly Value[])[])[]): Uint8Array {
  const arena = new Arena();
  const made = batches.map((rows) => ({
    schema: fields,
    length: rows.length,
    columns: fields.map(({ type }, index) =>
      buildVector(
        arena,
        type,
        rows.map((row) => row[index] as Value),
      ),
    ),
  }));
  return encodeArrow(made, arena, fields);
}
