import type { Field, Value } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gatherKernel } from '../../wasm/gather.ts';
import { MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import { columnReader, type RowReader } from '../../wasm/read-vector.ts';
import type { Batch, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext, SpillFile } from '../execution.ts';
import { RowBuffer } from '../rows/row-buffer.ts';
import { rowNumbers } from '../rows/row-numbers.ts';
import { orderedMorsels } from './sort-buffer.ts';
import { type KeyColumn, sortRows } from './sort-rows.ts';
import { compareKeys } from './sorted-order.ts';

/**
 * Merges sorted runs, earlier ones first where keys are equal. In rounds: of the batches that are in memory, one of each run, the one whose
 * last row comes first says how far all of them can be taken; these rows are sorted together.
 */
export async function* mergeRuns(
  runs: readonly SpillFile[],
  fields: readonly Field[],
  keys: readonly KeyColumn[],
  context: ExecutionContext,
  morselRows = MORSEL_ROWS,
): AsyncGenerator<Morsel> {
  const cursors = runs.map((run) => new Cursor(run, keys, context));
  const round = new RowBuffer(context, fields);
  const arena = new Arena({ memory: context.memory });
  try {
    for (const cursor of cursors) await cursor.next();
    for (;;) {
      const first = earliestEnd(cursors);
      if (first < 0) return;
      const limit = cursors[first] as Cursor;
      const bound = limit.keysOf(limit.length - 1);
      cursors.forEach((cursor, i) => {
        const to = i === first ? cursor.length : cursor.firstBehind(bound, i < first);
        cursor.take(to, round, arena);
      });
      const order = sortRows(round, keys, arena, context.signal);
      yield* orderedMorsels(round, order, context, morselRows);
      round.clear();
      arena.reset();
      for (const cursor of cursors) if (cursor.isUsedUp) await cursor.next();
    }
  } finally {
    round.free();
    arena.reset();
    for (const cursor of cursors) await cursor.close();
  }
}

/** The cursor whose batch ends first, the earliest of several; -1 when all are at their ends. */
function earliestEnd(cursors: readonly Cursor[]): number {
  let best = -1;
  let bestKeys: readonly Value[] = [];
  cursors.forEach((cursor, i) => {
    if (cursor.length === 0) return;
    const keys = cursor.keysOf(cursor.length - 1);
    if (best >= 0 && cursor.compare(keys, bestKeys) >= 0) return;
    best = i;
    bestKeys = keys;
  });
  return best;
}

/** One run, a batch of it in memory. */
class Cursor {
  readonly compare: (a: readonly Value[], b: readonly Value[]) => number;
  readonly #arena: Arena;
  readonly #batches: AsyncIterator<Batch>;
  readonly #keys: readonly KeyColumn[];
  #columns: readonly Vector[] = [];
  #readers: readonly RowReader[] = [];
  #from = 0;
  /** Rows of the batch in memory; 0 at the end of the run. */
  length = 0;

  constructor(run: SpillFile, keys: readonly KeyColumn[], { memory }: ExecutionContext) {
    this.#keys = keys;
    this.compare = compareKeys(keys);
    this.#arena = new Arena({ memory });
    this.#batches = run.read(this.#arena)[Symbol.asyncIterator]();
  }

  get isUsedUp(): boolean {
    return this.length > 0 && this.#from === this.length;
  }

  async next(): Promise<void> {
    const { done, value } = await this.#batches.next();
    this.#from = 0;
    this.length = done ? 0 : value.length;
    this.#columns = done ? [] : value.columns;
    this.#readers = done
      ? []
      : this.#keys.map(({ column }) => columnReader(this.#arena, value.columns[column] as Vector));
  }

  keysOf(row: number): readonly Value[] {
    return this.#readers.map((read) => read(row));
  }

  /** The first row that is behind the keys; equal ones are not behind them when `equalToo`. */
  firstBehind(keys: readonly Value[], equalToo: boolean): number {
    let low = this.#from;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.compare(this.keysOf(middle), keys);
      if (order < 0 || (equalToo && order === 0)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Copies the rows up to `to` into a buffer. */
  take(to: number, target: RowBuffer, arena: Arena): void {
    const count = to - this.#from;
    if (count === 0) return;
    const rows = rowNumbers(gatherKernel(arena.memory), arena, this.#from, count);
    target.appendVectors(this.#columns, this.length, { rows, count });
    this.#from = to;
  }

  async close(): Promise<void> {
    await this.#batches.return?.();
    this.#arena.reset();
  }
}
