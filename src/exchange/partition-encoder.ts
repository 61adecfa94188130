import type { Field } from '../common/types.ts';
import { RowBuffer } from '../operators/rows/row-buffer.ts';
import type { ManifestPartition } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import type { LinearMemory } from '../wasm/linear-memory.ts';
import type { Batch } from '../wasm/vector.ts';
import { arrowSchema } from './arrow-types.ts';
import type { BodyCodec } from './body-codec.ts';
import { ByteSink } from './byte-sink.ts';
import { schemaMessage } from './ipc-write.ts';
import { BATCH_ROWS, PartitionedRows } from './partitioned-rows.ts';
import type { RowPartitioner } from './row-partitioner.ts';
import { StreamWriter } from './stream-writer.ts';

/** Share of an operator's memory that rows may take before they become batches, however few they are. */
const BUFFER_SHARE = 2;
const MAX_BUFFER_BYTES = 256 * 1024 * 1024;
/** A batch with fewer rows than these for each partition waits for others: nothing is gained by such short stretches. */
const ROWS_PER_STRETCH = 64;
const MAX_WAITING_ROWS = 8192;
/** What one stream has besides its rows, about. */
const STREAM_BYTES = 2048;

/** A task's output: the partitions one behind the other, each an Arrow IPC stream of its own; an empty one has no bytes. */
export interface PartitionedBody {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly partitions: readonly ManifestPartition[];
}

/** Rows of one partition as an Arrow IPC stream. */
export interface PartitionPiece {
  readonly partition: number;
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface PartitionEncoderOptions {
  readonly memory: LinearMemory;
  /** Bytes that rows may take; asked anew each time. */
  readonly budget: () => number;
  readonly schema: readonly Field[];
  /** Freed with the encoder. */
  readonly partitioner: RowPartitioner;
  readonly codec: BodyCodec | null;
  /** Text that comes as codes of dictionaries is written so where that is smaller; default false. */
  readonly keepsCodes?: boolean;
}

/** The stream of a partition that was begun. */
interface Begun {
  readonly sink: ByteSink;
  rows: number;
}

/**
 * Copies rows into their partitions in linear memory, and writes each partition as an Arrow IPC stream: all at the end, unless they outgrow
 * their memory before.
 */
export class PartitionEncoder {
  readonly #options: PartitionEncoderOptions;
  readonly #pending: PartitionedRows;
  /** Batches too small to be partitioned one by one. */
  readonly #waiting: RowBuffer;
  readonly #waitFor: number;
  /** For what lasts as long as partitions are read. */
  readonly #reading: Arena;
  /** For one record batch. */
  readonly #staging: Arena;
  /** Made with the first stream: it is decided then which columns are codes. */
  #format: { readonly writer: StreamWriter; readonly coded: ReadonlySet<number> } | null = null;
  readonly #begun: (Begun | null)[];
  readonly #widening: number;
  #rows = 0;

  constructor(options: PartitionEncoderOptions) {
    const { memory, schema, partitioner } = options;
    this.#options = options;
    this.#pending = new PartitionedRows(memory, schema, partitioner.partitions, options.keepsCodes);
    this.#waiting = new RowBuffer({ memory }, schema);
    this.#waitFor = Math.min(partitioner.partitions * ROWS_PER_STRETCH, MAX_WAITING_ROWS);
    this.#reading = new Arena({ memory });
    this.#staging = new Arena({ memory });
    this.#begun = Array.from({ length: partitioner.partitions }, () => null);
    this.#widening = schema.filter(({ type }) => type.kind === 'decimal').length * 8;
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of linear memory that rows take which have not been written. */
  get pendingBytes(): number {
    return this.#pending.bytes + this.#waiting.bytes;
  }

  /**
   * Takes a copy of the rows. Throws what a key throws, ResourceError SQ4002 for 2 GiB of text in one column, ExecutionError SQ3002 for
   * an interval of over 292 years.
   */
  add(batch: Batch): void {
    if (batch.length === 0) return;
    this.#rows += batch.length;
    if (batch.length >= this.#waitFor) {
      this.#partitionWaiting();
      this.#partition(batch);
    } else {
      this.#waiting.appendVectors(batch.columns, batch.length, null);
      if (this.#waiting.rows >= this.#waitFor) this.#partitionWaiting();
    }
    const limit = Math.min(this.#options.budget() / BUFFER_SHARE, MAX_BUFFER_BYTES);
    if (this.pendingBytes > limit) this.flush();
  }

  /** Writes what waits in linear memory. */
  flush(): void {
    this.#partitionWaiting();
    if (this.#pending.rows === 0) return;
    const perRow = this.#expected() / this.#pending.rows;
    const { writer } = this.#formatted();
    for (const { partition, rows, write } of this.#read()) {
      const bytes = Math.ceil(rows * perRow) + STREAM_BYTES;
      let begun = this.#begun[partition];
      if (!begun) {
        begun = { sink: new ByteSink(bytes + writer.schemaBytes), rows: 0 };
        this.#begun[partition] = begun;
        writer.begin(begun.sink);
      } else begun.sink.expect(bytes);
      write(begun.sink);
      begun.rows += rows;
    }
    this.#pending.clear();
  }

  /**
   * What was added since the last call, each partition's rows as a stream of their own; what they took is given back after the last one.
   * Not to be mixed with `flush` and `finish`, and nothing is to be added meanwhile.
   */
  *pieces(): Generator<PartitionPiece> {
    this.#partitionWaiting();
    if (this.#pending.rows === 0) return;
    const perRow = this.#expected() / this.#pending.rows;
    const { writer } = this.#formatted();
    for (const { partition, rows, write } of this.#read()) {
      const sink = new ByteSink(Math.ceil(rows * perRow) + STREAM_BYTES + writer.schemaBytes);
      writer.begin(sink);
      write(sink);
      writer.end(sink);
      yield { partition, bytes: sink.bytes(), rows };
    }
    this.#pending.clear();
  }

  /** The output, whole. */
  finish(): PartitionedBody {
    if (this.#begun.some((begun) => begun !== null)) return this.#finishBegun();
    this.#partitionWaiting();
    const { writer } = this.#formatted();
    const streams = this.#begun.length * (writer.schemaBytes + STREAM_BYTES);
    const sink = new ByteSink(this.#pending.rows === 0 ? 0 : this.#expected() + streams);
    const partitions: ManifestPartition[] = [];
    const empty = (until: number) => {
      while (partitions.length < until) partitions.push({ rows: 0, offset: sink.length, length: 0 });
    };
    for (const { partition, rows, write } of this.#read()) {
      empty(partition);
      const offset = sink.length;
      writer.begin(sink);
      write(sink);
      writer.end(sink);
      partitions.push({ rows, offset, length: sink.length - offset });
    }
    empty(this.#begun.length);
    this.#pending.clear();
    return { bytes: sink.bytes(), rows: this.#rows, partitions };
  }

  /** Gives memory back; for the `finally` of an owner. */
  free(): void {
    this.#options.partitioner.free();
    this.#pending.clear();
    this.#waiting.free();
    this.#reading.reset();
    this.#staging.reset();
  }

  #finishBegun(): PartitionedBody {
    this.flush();
    const { writer } = this.#formatted();
    const ended = this.#begun.map((begun) => {
      if (!begun) return { rows: 0, bytes: new Uint8Array() };
      writer.end(begun.sink);
      return { rows: begun.rows, bytes: begun.sink.bytes() };
    });
    const sink = new ByteSink(ended.reduce((sum, { bytes }) => sum + bytes.length, 0));
    const partitions = ended.map(({ rows, bytes }): ManifestPartition => {
      const offset = sink.length;
      sink.append(bytes);
      return { rows, offset, length: bytes.length };
    });
    return { bytes: sink.bytes(), rows: this.#rows, partitions };
  }

  #formatted(): { readonly writer: StreamWriter; readonly coded: ReadonlySet<number> } {
    if (this.#format) return this.#format;
    const { schema, codec } = this.#options;
    const coded = this.#pending.smallerCoded();
    this.#format = { writer: new StreamWriter(schemaMessage(arrowSchema(schema, coded)), codec), coded };
    return this.#format;
  }

  /** Bytes that the pending rows will take, about. */
  #expected(): number {
    return this.#pending.bytes + this.#pending.rows * this.#widening;
  }

  #partitionWaiting(): void {
    const { rows } = this.#waiting;
    if (rows === 0) return;
    this.#partition(this.#waiting.batch(0, rows, this.#staging));
    this.#staging.reset();
    this.#waiting.clear();
  }

  #partition(batch: Batch): void {
    const order = this.#options.partitioner.order(batch, this.#pending.arena);
    this.#pending.add(batch.columns, batch.length, order);
  }

  /** The partitions that have pending rows, in order. */
  *#read(): Generator<{ partition: number; rows: number; write(sink: ByteSink): void }> {
    const { writer, coded } = this.#formatted();
    const reader = this.#pending.reader(this.#reading, coded);
    try {
      for (let partition = 0; partition < this.#begun.length; partition++) {
        const rows = reader.open(partition);
        if (rows === 0) continue;
        const write = (sink: ByteSink) => {
          for (const { column, entries, contents } of reader.dictionaries(rows, this.#staging)) {
            writer.dictionary(sink, column, entries, contents, this.#staging);
          }
          const mark = this.#staging.mark();
          for (let from = 0; from < rows; from += BATCH_ROWS) {
            const count = Math.min(BATCH_ROWS, rows - from);
            writer.batch(sink, count, reader.batch(from, count, this.#staging), this.#staging);
            this.#staging.release(mark);
          }
          this.#staging.reset();
        };
        yield { partition, rows, write };
      }
    } finally {
      this.#reading.reset();
      this.#staging.reset();
    }
  }
}
