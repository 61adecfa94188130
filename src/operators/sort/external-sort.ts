import { throwIfAborted } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import { outOfBudget } from '../../wasm/linear-memory.ts';
import { MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ExecutionContext, SpillFile, SpillSpace } from '../execution.ts';
import { mergeRuns } from './merge-runs.ts';
import { orderedMorsels, type SortBuffer } from './sort-buffer.ts';

/** Runs that are merged at once. */
const FAN_IN = 16;

/**
 * Sorts more rows than memory holds: what goes over the budget becomes a sorted run in the spill space, and the runs are merged, some
 * at a time when there are many. Rows with equal keys keep their order.
 */
export class ExternalSort {
  readonly #state: SortBuffer;
  readonly #context: ExecutionContext;
  readonly #arena: Arena;
  #runs: SpillFile[] = [];
  #batchRows = MORSEL_ROWS;

  /** The rows in memory are taken from `state`, which stays its owner's. */
  constructor(state: SortBuffer, context: ExecutionContext) {
    this.#state = state;
    this.#context = context;
    this.#arena = new Arena({ memory: context.memory });
  }

  /** Whether everything is still in memory. */
  get fits(): boolean {
    return this.#runs.length === 0;
  }

  /** Takes the live rows of a morsel. Throws ResourceError SQ4001 when they do not fit and there is nowhere to spill. */
  async add(morsel: Morsel): Promise<void> {
    this.#state.append(morsel);
    await this.spillOver();
  }

  /** Spills the rows in memory if they are over the budget. Throws ResourceError SQ4001 when there is nowhere to spill. */
  async spillOver(): Promise<void> {
    if (this.#state.bytes > this.#context.operatorBytes) await this.#spill();
  }

  /** The rows in memory in order, if all are there: their numbers, null when they came in order. They last until `free`. */
  orderInMemory(): Pointer | null {
    return this.#state.sort(this.#arena);
  }

  /** All rows in order, keys included, the state's fields as columns. A morsel is valid until the next is pulled. */
  async *morsels(): AsyncGenerator<Morsel> {
    if (this.fits) yield* orderedMorsels(this.#state.buffer, this.orderInMemory(), this.#context);
    else {
      if (this.#state.rows > 0) await this.#spill();
      await this.#mergeUntil(FAN_IN);
      yield* mergeRuns(this.#runs, this.#state.buffer.fields, this.#state.keys, this.#context);
    }
  }

  /** Gives memory and spilled runs back. */
  async free(): Promise<void> {
    this.#arena.reset();
    const runs = this.#runs;
    this.#runs = [];
    for (const run of runs) await run.delete();
  }

  async #spill(): Promise<void> {
    const { spill } = this.#context;
    const { buffer, bytes } = this.#state;
    if (!spill) throw outOfBudget(bytes, 0, this.#context.operatorBytes);
    throwIfAborted(this.#context.signal);
    const share = this.#context.operatorBytes / (4 * FAN_IN);
    const rows = Math.floor(share / (buffer.bytes / buffer.rows));
    this.#batchRows = Math.min(this.#batchRows, Math.max(MIN_BATCH_ROWS, rows));
    await this.#write(spill, orderedMorsels(buffer, this.orderInMemory(), this.#context, this.#batchRows));
    buffer.clear();
    this.#arena.reset();
  }

  /** Adds a run. */
  async #write(spill: SpillSpace, morsels: AsyncIterable<Morsel>): Promise<void> {
    const run = spill.create();
    this.#runs.push(run);
    const schema = this.#state.buffer.fields;
    for await (const { rows, column } of morsels) {
      await run.append({ schema, length: rows, columns: schema.map((_, i) => column(i)) });
    }
  }

  /** Merges neighbouring runs, group by group, until there are no more than `most`. */
  async #mergeUntil(most: number): Promise<void> {
    const { spill } = this.#context;
    while (spill && this.#runs.length > most) {
      for (let left = this.#runs.length; left > 0; ) {
        const group = this.#runs.slice(0, Math.min(left, FAN_IN));
        left -= group.length;
        const merged = mergeRuns(group, this.#state.buffer.fields, this.#state.keys, this.#context, this.#batchRows);
        await this.#write(spill, merged);
        this.#runs.splice(0, group.length);
        for (const run of group) await run.delete();
      }
    }
  }
}

const MIN_BATCH_ROWS = 16;
