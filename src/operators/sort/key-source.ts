import { InternalError } from '../../common/errors.ts';
import { type SqlType, UINTEGER, type Value } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { CHUNK_ROWS, gather, gatherKernel } from '../../wasm/gather.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import { columnReader } from '../../wasm/read-vector.ts';
import type { FixedVector, Pointer, Vector } from '../../wasm/vector.ts';
import { comparator } from '../expr/compare-values.ts';
import type { RowBuffer } from '../rows/row-buffer.ts';
import { rowNumbers } from '../rows/row-numbers.ts';
import { type KeyWords, keyWords } from './key-words.ts';

/** A column that rows are sorted by, as words can be made of it. */
export interface KeySource {
  readonly words: KeyWords;
  /** Rows CHUNK_ROWS × index and on. */
  chunk(index: number): KeyData;
  /** The rows at `count` u32. */
  gather(indices: Pointer, count: number, arena: Arena): KeyData;
}

export interface KeyData {
  readonly data: Pointer;
  readonly validity: Pointer;
}

/** What `arena` holds of it lasts as long as the sort. */
export function keySource(buffer: RowBuffer, column: number, type: SqlType, arena: Arena): KeySource {
  const words = keyWords(type);
  if (!words) return rankSource(buffer, column, type, arena);
  return {
    words,
    chunk: (index) => {
      const chunks = buffer.chunkTable(column);
      if (!chunks) throw new InternalError(`column ${column} does not lie in chunks`);
      const view = arena.view();
      const at = chunks.table + index * 8;
      return { data: view.getUint32(at, true), validity: view.getUint32(at + 4, true) };
    },
    gather: (indices, count, target) => keyData(buffer.gather(column, indices, count, target)),
  };
}

function keyData(vector: Vector): KeyData {
  if (vector.kind !== 'fixed' && vector.kind !== 'views')
    throw new InternalError(`a ${vector.kind} vector has no words`);
  return { data: vector.data, validity: vector.validity };
}

/** Nested values are ranked in JavaScript, equal ones alike; the ranks are sorted. */
function rankSource(buffer: RowBuffer, column: number, type: SqlType, arena: Arena): KeySource {
  const ranks = rankVector(readColumn(buffer, column, arena), type, arena);
  return {
    words: keyWords(UINTEGER) as KeyWords,
    chunk: (index) => ({
      data: ranks.data + index * CHUNK_ROWS * 4,
      validity: ranks.validity && ranks.validity + (index * CHUNK_ROWS) / 8,
    }),
    gather: (indices, count, target) => keyData(gather(target, ranks, indices, count)),
  };
}

function readColumn(buffer: RowBuffer, column: number, arena: Arena): Value[] {
  const values: Value[] = [];
  for (let from = 0; from < buffer.rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, buffer.rows - from);
    const mark = arena.mark();
    const indices = rowNumbers(gatherKernel(arena.memory), arena, from, count);
    const read = columnReader(arena, buffer.gather(column, indices, count, arena));
    for (let row = 0; row < count; row++) values.push(read(row));
    arena.release(mark);
  }
  return values;
}

function rankVector(values: readonly Value[], type: SqlType, arena: Arena): FixedVector {
  const compare = comparator(type);
  const rows = [...values.keys()].filter((row) => values[row] !== null);
  rows.sort((a, b) => compare(values[a] as Value, values[b] as Value));
  const { length } = values;
  const data = arena.allocate(length * 4);
  const validity = rows.length === length ? 0 : arena.allocate(bitmapBytes(length));
  const ranks = new Uint32Array(arena.memory.buffer, data, length);
  const bitmap = arena.bytes(validity, validity ? bitmapBytes(length) : 0).fill(0);
  let rank = 0;
  rows.forEach((row, i) => {
    if (i > 0 && compare(values[rows[i - 1] as number] as Value, values[row] as Value) !== 0) rank++;
    ranks[row] = rank;
    if (validity) bitmap[row >>> 3] = (bitmap[row >>> 3] as number) | (1 << (row & 7));
  });
  return { kind: 'fixed', type: UINTEGER, width: 4, length, validity, data };
}
