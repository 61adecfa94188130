import { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS, gatherKernel } from '../../wasm/gather.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { RowBuffer } from '../rows/row-buffer.ts';
import { rowNumbers } from '../rows/row-numbers.ts';
import { keySource } from '../sort/key-source.ts';
import { sortKernel } from '../sort/sort-kernel.ts';
import type { KeyColumn } from '../sort/sort-rows.ts';
import { windowKernel } from './window-kernel.ts';

/** Rows of a buffer in an order; null: as they lie. */
export interface OrderedRows {
  readonly buffer: RowBuffer;
  readonly order: Pointer | null;
  readonly rows: number;
}

/** Sets `bit` in the byte at `marks` of every row whose keys differ from the row's before; not of the first row. */
export function markChanges(
  { buffer, order, rows }: OrderedRows,
  keys: readonly Pick<KeyColumn, 'column' | 'type'>[],
  bit: number,
  marks: Pointer,
  memory: Arena['linear'],
): void {
  const scratch = new Arena({ memory });
  const kernel = windowKernel(memory.memory);
  try {
    for (const { column, type } of keys) {
      const source = keySource(buffer, column, type, scratch);
      const words = scratch.allocate(CHUNK_ROWS * 8);
      const mark = scratch.mark();
      for (let from = 0; from < rows - 1; from += CHUNK_ROWS - 1) {
        const count = Math.min(CHUNK_ROWS, rows - from);
        const indices = order ? order + from * 4 : rowNumbers(gatherKernel(memory.memory), scratch, from, count);
        const { data, validity } = source.gather(indices, count, scratch);
        if (source.words.count === null) kernel.markTexts(data, validity, count, bit, marks + from);
        for (let word = 0; word < (source.words.count ?? 0); word++) {
          source.words.write(sortKernel(memory.memory), word, data, count, words);
          kernel.markWords(words, validity, count, bit, marks + from);
        }
        scratch.release(mark);
      }
      scratch.reset();
    }
  } finally {
    scratch.reset();
  }
}
