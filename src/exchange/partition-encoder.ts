import type { Field } from '../common/types.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, type Expr, fieldOf } from '../operators/expr/expr.ts';
import { ExprEvaluator } from '../operators/expr/generate/expr-evaluator.ts';
import { KeyHasher } from '../operators/keys/key-hasher.ts';
import { RowBuffer } from '../operators/rows/row-buffer.ts';
import type { ManifestPartition } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import { kernel } from '../wasm/kernels.ts';
import type { Batch, Pointer } from '../wasm/vector.ts';
import { ArrowEncoder } from './arrow-encode.ts';

/** See kernels/exchange.as.ts. */
interface ExchangeKernel {
  partitionRows(hashes: Pointer, count: number, partitions: number, out: Pointer, starts: Pointer): void;
}

/** Rows of a partition that are put together before they become a batch. */
const BATCH_ROWS = 32_768;
/** Share of an operator's memory that rows may take before they become batches, however few they are. */
const BUFFER_SHARE = 2;

/** A task's output: the partitions one behind the other, each an Arrow IPC stream of its own; an empty one has no bytes. */
export interface PartitionedBody {
  readonly bytes: Uint8Array;
  readonly rows: number;
  readonly partitions: readonly ManifestPartition[];
}

interface Partition {
  readonly buffer: RowBuffer;
  encoder: ArrowEncoder | null;
}

/**
 * Partitions rows by the hash of their keys. The hash of equal keys of one type is the same in every task, so that rows with equal
 * keys, NULL among them, end in partitions of one number, whoever wrote them.
 */
export class PartitionEncoder {
  readonly #context: ExecutionContext;
  readonly #schema: readonly Field[];
  readonly #keys: ExprEvaluator;
  readonly #hasher: KeyHasher;
  readonly #kernel: ExchangeKernel;
  readonly #arena: Arena;
  readonly #encoding: Arena;
  readonly #partitions: readonly Partition[];
  #buffered = 0;
  #rows = 0;

  constructor(context: ExecutionContext, columns: readonly Column[], keys: readonly Expr[], partitions: number) {
    const { memory } = context;
    this.#context = context;
    this.#schema = columns.map(fieldOf);
    this.#keys = new ExprEvaluator(keys, columns, context, 'keys of an exchange');
    this.#hasher = new KeyHasher(
      keys.map(({ type }) => type),
      { memory },
    );
    this.#kernel = kernel<ExchangeKernel>(memory.memory, 'exchange');
    this.#arena = new Arena({ memory });
    this.#encoding = new Arena({ memory });
    this.#partitions = Array.from({ length: partitions }, () => ({
      buffer: new RowBuffer({ memory }, this.#schema),
      encoder: null,
    }));
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#rows;
  }

  /** Takes a copy of the rows. Throws what a key throws, and what `ArrowEncoder.add` does. */
  add(batch: Batch): void {
    const arena = this.#arena;
    const { length, columns } = batch;
    const keys = this.#keys.evaluate(
      { rows: length, selection: null, column: (index) => columns[index] as Batch['columns'][number] },
      arena,
    );
    const hashes = arena.allocate(length * 8);
    this.#hasher.hash(keys, length, null, hashes);
    const count = this.#partitions.length;
    const numbers = arena.allocate(length * 4);
    const starts = arena.allocate((count + 2) * 4);
    this.#kernel.partitionRows(hashes, length, count, numbers, starts);
    const bounds = new Uint32Array(arena.memory.buffer, starts, count + 1).slice();
    for (const [p, partition] of this.#partitions.entries()) {
      const from = bounds[p] as number;
      const rows = (bounds[p + 1] as number) - from;
      if (rows === 0) continue;
      const before = partition.buffer.bytes;
      partition.buffer.appendVectors(columns, length, { rows: numbers + from * 4, count: rows });
      this.#buffered += partition.buffer.bytes - before;
      if (partition.buffer.rows >= BATCH_ROWS) this.#encode(partition);
    }
    arena.reset();
    this.#rows += length;
    if (this.#buffered > this.#context.operatorBytes / BUFFER_SHARE) {
      for (const partition of this.#partitions) this.#encode(partition);
    }
  }

  /** The output, whole. */
  finish(): PartitionedBody {
    const bodies = this.#partitions.map((partition) => {
      this.#encode(partition);
      return { rows: partition.encoder?.rows ?? 0, bytes: partition.encoder?.finish() ?? new Uint8Array() };
    });
    const bytes = new Uint8Array(bodies.reduce((sum, body) => sum + body.bytes.length, 0));
    let offset = 0;
    const partitions = bodies.map((body): ManifestPartition => {
      bytes.set(body.bytes, offset);
      const part = { rows: body.rows, offset, length: body.bytes.length };
      offset += body.bytes.length;
      return part;
    });
    return { bytes, rows: this.#rows, partitions };
  }

  /** Gives memory back; for the `finally` of an owner. */
  free(): void {
    this.#keys.close();
    this.#hasher.free();
    this.#arena.reset();
    this.#encoding.reset();
    for (const { buffer } of this.#partitions) buffer.free();
  }

  /** Turns the rows that were put together into batches. */
  #encode(partition: Partition): void {
    const { buffer } = partition;
    if (buffer.rows === 0) return;
    const arena = this.#encoding;
    partition.encoder ??= new ArrowEncoder(arena, this.#schema);
    try {
      for (let from = 0; from < buffer.rows; from += BATCH_ROWS) {
        partition.encoder.add(buffer.batch(from, Math.min(BATCH_ROWS, buffer.rows - from), arena));
        arena.reset();
      }
    } finally {
      arena.reset();
    }
    this.#buffered -= buffer.bytes;
    buffer.clear();
  }
}
