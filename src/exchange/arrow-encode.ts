import type { Field } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import type { BodyCodec } from './body-codec.ts';
import { emptyStream } from './ipc-write.ts';
import { PartitionEncoder } from './partition-encoder.ts';
import { onePartition } from './row-partitioner.ts';

/** Batches of linear memory as an Arrow IPC stream, a record batch each: copied as they are added, so their memory may go after. */
export class ArrowEncoder {
  readonly #schema: readonly Field[];
  readonly #encoder: PartitionEncoder;

  /** Works in the memory of the arena. */
  constructor({ linear: memory }: Arena, schema: readonly Field[], codec: BodyCodec | null = null) {
    this.#schema = schema;
    const budget = () => memory.available;
    this.#encoder = new PartitionEncoder({ memory, budget, schema, partitioner: onePartition, codec });
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#encoder.rows;
  }

  /** Throws as `PartitionEncoder.add` does. */
  add(batch: Batch): void {
    try {
      this.#encoder.add(batch);
      this.#encoder.flush();
    } catch (error) {
      this.#encoder.free();
      throw error;
    }
  }

  /** The stream, whole. */
  finish(): Uint8Array {
    return this.rows === 0 ? emptyStream(this.#schema) : this.#encoder.finish().bytes;
  }
}
