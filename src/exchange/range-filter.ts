import { InternalError } from '../common/errors.ts';
import type { TaskId } from '../common/ids.ts';
import type { Value } from '../common/types.ts';
import type { Column } from '../operators/expr/expr.ts';
import { rowNumbers } from '../operators/rows/row-numbers.ts';
import { compareKeys } from '../operators/sort/sorted-order.ts';
import type { ExchangeRange } from '../operators/task.ts';
import type { Arena } from '../wasm/arena.ts';
import { gather, gatherKernel } from '../wasm/gather.ts';
import { columnReader } from '../wasm/read-vector.ts';
import type { Batch, Vector } from '../wasm/vector.ts';
import { keyPositions } from './range-keys.ts';

/** Narrows batches of sorted rows to those within a range. */
export class RangeFilter {
  readonly #range: ExchangeRange;
  readonly #positions: readonly number[];
  readonly #compare: (a: readonly Value[], b: readonly Value[]) => number;

  constructor(range: ExchangeRange, columns: readonly Column[]) {
    this.#range = range;
    this.#positions = keyPositions(range.keys, columns);
    this.#compare = compareKeys(
      range.keys.map(({ expr, descending, nullsFirst }) => ({ type: expr.type, descending, nullsFirst })),
    );
  }

  /**
   * The rows within the range of a batch that `task` has sorted; null for none. What has to be copied goes into `arena`, where the batch
   * is. Throws InternalError when the batch is not sorted where that can be seen.
   */
  narrowed(batch: Batch, task: TaskId, arena: Arena): Batch | null {
    const { length, schema, columns } = batch;
    const { from, to } = this.#range;
    if (!from && !to) return batch;
    const readers = this.#positions.map((position) => columnReader(arena, columns[position] as Vector));
    const keysOf = (row: number) => readers.map((read) => read(row));
    if (this.#compare(keysOf(0), keysOf(length - 1)) > 0) throw new InternalError(`task ${task} did not sort its rows`);
    const start = from ? this.#firstRow(length, keysOf, from.values, task >= from.task) : 0;
    const end = to ? this.#firstRow(length, keysOf, to.values, task > to.task) : length;
    if (start >= end) return null;
    if (start === 0 && end === length) return batch;
    const rows = rowNumbers(gatherKernel(arena.memory), arena, start, end - start);
    return {
      schema,
      length: end - start,
      columns: columns.map((column) => gather(arena, column, rows, end - start)),
    };
  }

  /** The first row behind the keys, or, where equal ones count as behind them, the first that is not before them. */
  #firstRow(
    length: number,
    keysOf: (row: number) => readonly Value[],
    values: readonly Value[],
    equalIsBehind: boolean,
  ): number {
    let low = 0;
    let high = length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.#compare(keysOf(middle), values);
      if (order > 0 || (equalIsBehind && order === 0)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
