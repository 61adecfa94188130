import { InternalError } from '../../common/errors.ts';
import type { Field } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gather } from '../../wasm/gather.ts';
import type { Morsel, Selection } from '../../wasm/morsel.ts';
import type { Vector } from '../../wasm/vector.ts';
import type { ExecutionContext, SpillFile, SpillSpace } from '../execution.ts';
import { type Column, fieldOf } from '../expr/expr.ts';
import { groupKernel } from '../keys/group-kernel.ts';
import { KeyHasher } from '../keys/key-hasher.ts';
import { morselsOfBatch } from '../morsel-batches.ts';
import type { AggregatePlan } from '../plan.ts';
import { type KeyedMorsel, keyTypes } from './keyed-morsel.ts';

const PARTITION_BITS = 4;
const PARTITIONS = 1 << PARTITION_BITS;
/** Then all bits of the hash are used up. */
export const MAX_DEPTH = 64 / PARTITION_BITS;

/**
 * Rows whose groups have no room, with their keys, in files by 4 bits of the keys' hash, other bits at every depth: a file's
 * groups are aggregated by themselves later. Only the columns that the aggregates read are kept.
 */
export class SpilledRows {
  readonly #context: ExecutionContext;
  readonly #space: SpillSpace;
  readonly #hasher: KeyHasher;
  readonly #schema: readonly Field[];
  /** Columns of the input that are kept, by position. */
  readonly #used: readonly number[];
  readonly #depth: number;
  readonly #keys: number;
  #files: (SpillFile | null)[] = new Array(PARTITIONS).fill(null);

  constructor(plan: AggregatePlan, context: ExecutionContext, used: readonly number[], depth: number) {
    if (!context.spill) throw new InternalError('there is nowhere to spill to');
    this.#context = context;
    this.#space = context.spill;
    const types = keyTypes(plan);
    this.#hasher = new KeyHasher(types, context);
    const keyFields = types.map((type, i): Field => ({ name: `key ${i}`, type, nullable: true }));
    this.#schema = [...keyFields, ...used.map((position) => fieldOf(plan.input.columns[position] as Column))];
    this.#used = used;
    this.#depth = depth;
    this.#keys = types.length;
  }

  /** Keeps the selected rows. */
  async append({ keys, morsel }: KeyedMorsel, rows: Selection): Promise<void> {
    const arena = new Arena({ memory: this.#context.memory });
    try {
      const { count } = rows;
      const hashes = arena.allocate(count * 8);
      this.#hasher.hash(keys, morsel.rows, rows, hashes);
      const sorted = arena.allocate(count * 4);
      const ends = arena.allocate(PARTITIONS * 4);
      const shift = 64 - PARTITION_BITS * (this.#depth + 1);
      groupKernel(this.#context.memory).partition(rows.rows, hashes, count, shift, sorted, ends);
      const bounds = Array.from({ length: PARTITIONS }, (_, p) => arena.view().getUint32(ends + p * 4, true));
      const columns = [...keys, ...this.#used.map((position) => morsel.column(position))];
      for (let p = 0, from = 0; p < PARTITIONS; from = bounds[p++] as number) {
        const length = (bounds[p] as number) - from;
        if (length === 0) continue;
        const mark = arena.mark();
        const gathered = columns.map((column) => gather(arena, column, sorted + from * 4, length));
        this.#files[p] ??= this.#space.create();
        await this.#files[p]?.append({ schema: this.#schema, length, columns: gathered });
        arena.release(mark);
      }
    } finally {
      arena.reset();
    }
  }

  /** The partitions, each to be read to its end before the next; each gives its space back then. */
  async *partitions(width: number): AsyncGenerator<AsyncIterable<KeyedMorsel>> {
    for (const [p, file] of this.#files.entries()) {
      if (!file) continue;
      yield this.#read(file, width);
      this.#files[p] = null;
      await file.delete();
    }
  }

  async *#read(file: SpillFile, width: number): AsyncGenerator<KeyedMorsel> {
    const arena = new Arena({ memory: this.#context.memory });
    try {
      for await (const batch of file.read(arena)) {
        for (const morsel of morselsOfBatch(batch)) yield this.#keyed(morsel, width);
      }
    } finally {
      arena.reset();
    }
  }

  #keyed(morsel: Morsel, width: number): KeyedMorsel {
    const keys = Array.from({ length: this.#keys }, (_, i) => morsel.column(i));
    const places = new Array<number>(width).fill(-1);
    for (const [i, position] of this.#used.entries()) places[position] = this.#keys + i;
    const column = (index: number): Vector => {
      const place = places[index] ?? -1;
      if (place < 0) throw new InternalError(`column ${index} was not spilled`);
      return morsel.column(place);
    };
    return { keys, morsel: { rows: morsel.rows, selection: null, column } };
  }

  async free(): Promise<void> {
    this.#hasher.free();
    const files = this.#files;
    this.#files = new Array(PARTITIONS).fill(null);
    for (const file of files) await file?.delete();
  }
}
