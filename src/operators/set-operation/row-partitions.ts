import type { Field, SqlType } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gather, gatherKernel } from '../../wasm/gather.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import type { ExecutionContext, SpillFile, SpillSpace } from '../execution.ts';
import { groupKernel } from '../keys/group-kernel.ts';
import { KeyHasher } from '../keys/key-hasher.ts';
import { morselsOfBatch } from '../morsel-batches.ts';
import { rowNumbers } from '../rows/row-numbers.ts';

const PARTITION_BITS = 4;
export const PARTITIONS = 1 << PARTITION_BITS;
/** Then all bits of the hash are used up. */
export const MAX_DEPTH = 64 / PARTITION_BITS;

/** Rows in files by 4 bits of the hash of their first columns, other bits at every depth. */
export class RowPartitions {
  readonly #context: ExecutionContext;
  readonly #space: SpillSpace;
  readonly #hasher: KeyHasher;
  readonly #width: number;
  readonly #schema: readonly Field[];
  readonly #shift: number;
  readonly #files: (SpillFile | null)[] = new Array(PARTITIONS).fill(null);

  /** The hash is that of the first columns, which have these types. */
  constructor(
    types: readonly SqlType[],
    schema: readonly Field[],
    depth: number,
    context: ExecutionContext,
    space: SpillSpace,
  ) {
    this.#context = context;
    this.#space = space;
    this.#hasher = new KeyHasher(types, context);
    this.#width = types.length;
    this.#schema = schema;
    this.#shift = 64 - PARTITION_BITS * (depth + 1);
  }

  /** Writes the live rows of a morsel. */
  async add(morsel: Morsel): Promise<void> {
    const count = liveRows(morsel);
    if (count === 0) return;
    const { memory } = this.#context;
    const arena = new Arena({ memory });
    try {
      const columns = this.#schema.map((_, i) => morsel.column(i));
      const hashes = arena.allocate(count * 8);
      this.#hasher.hash(columns.slice(0, this.#width), morsel.rows, morsel.selection, hashes);
      const sorted = arena.allocate(count * 4);
      const ends = arena.allocate(PARTITIONS * 4);
      const numbers = morsel.selection?.rows ?? rowNumbers(gatherKernel(memory.memory), arena, 0, count);
      groupKernel(memory).partition(numbers, hashes, count, this.#shift, sorted, ends);
      const bounds = Array.from({ length: PARTITIONS }, (_, p) => arena.view().getUint32(ends + p * 4, true));
      const mark = arena.mark();
      for (const [p, end] of bounds.entries()) {
        const from = p === 0 ? 0 : (bounds[p - 1] as number);
        if (end === from) continue;
        const part = columns.map((column) => gather(arena, column, sorted + from * 4, end - from));
        this.#files[p] ??= this.#space.create();
        await this.#files[p]?.append({ schema: this.#schema, length: end - from, columns: part });
        arena.release(mark);
      }
    } finally {
      arena.reset();
    }
  }

  /** The rows of a partition. */
  async *read(partition: number): AsyncGenerator<Morsel> {
    const file = this.#files[partition];
    if (!file) return;
    const arena = new Arena({ memory: this.#context.memory });
    try {
      for await (const batch of file.read(arena)) yield* morselsOfBatch(batch);
    } finally {
      arena.reset();
    }
  }

  /** Gives a partition's space back. */
  async delete(partition: number): Promise<void> {
    const file = this.#files[partition];
    this.#files[partition] = null;
    await file?.delete();
  }

  async free(): Promise<void> {
    this.#hasher.free();
    for (let partition = 0; partition < PARTITIONS; partition++) await this.delete(partition);
  }
}
