import type { Field } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { outOfBudget } from '../../wasm/linear-memory.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, SpillFile } from '../execution.ts';
import { batchOfMorsel, morselsOfBatch } from '../morsel-batches.ts';
import { RowBuffer } from '../rows/row-buffer.ts';

/** Rows that are read several times: in memory up to a budget, else in a file. */
export class KeptRows {
  readonly #context: ExecutionContext;
  readonly #budget: number;
  readonly #buffer: RowBuffer;
  #file: SpillFile | null = null;

  constructor(context: ExecutionContext, fields: readonly Field[], budget: number) {
    this.#context = context;
    this.#budget = budget;
    this.#buffer = new RowBuffer(context, fields);
  }

  get rows(): number {
    return this.#file?.rows ?? this.#buffer.rows;
  }

  /** Copies the live rows. Throws ResourceError SQ4001 when they outgrow the budget and there is no place to put them. */
  async append(morsel: Morsel): Promise<void> {
    if (liveRows(morsel) === 0) return;
    if (!this.#file) {
      this.#buffer.append(morsel);
      if (this.#buffer.bytes > this.#budget) await this.#putAside();
      return;
    }
    const arena = new Arena({ memory: this.#context.memory });
    try {
      await this.#file.append(batchOfMorsel(arena, this.#buffer.fields, morsel));
    } finally {
      arena.reset();
    }
  }

  /** All rows, from the first one on, as often as one likes. */
  async *read(): AsyncGenerator<Morsel> {
    const arena = new Arena({ memory: this.#context.memory });
    try {
      if (this.#file) {
        for await (const batch of this.#file.read(arena)) yield* morselsOfBatch(batch);
        return;
      }
      const { rows } = this.#buffer;
      for (let from = 0; from < rows; from += MORSEL_ROWS) {
        yield* morselsOfBatch(this.#buffer.batch(from, Math.min(MORSEL_ROWS, rows - from), arena));
        arena.reset();
      }
    } finally {
      arena.reset();
    }
  }

  async free(): Promise<void> {
    this.#buffer.free();
    const file = this.#file;
    this.#file = null;
    await file?.delete();
  }

  async #putAside(): Promise<void> {
    const { spill, memory } = this.#context;
    if (!spill) throw outOfBudget(this.#buffer.bytes, 0, this.#budget);
    const file = spill.create();
    this.#file = file;
    const arena = new Arena({ memory });
    try {
      for (let from = 0; from < this.#buffer.rows; from += MORSEL_ROWS) {
        await file.append(this.#buffer.batch(from, Math.min(MORSEL_ROWS, this.#buffer.rows - from), arena));
        arena.reset();
      }
    } finally {
      arena.reset();
    }
    this.#buffer.clear();
  }
}
