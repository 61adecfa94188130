import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, fieldOf } from '../operators/expr/expr.ts';
import type { Compression, OutputPartitioning } from '../operators/task.ts';
import type { Batch } from '../wasm/vector.ts';
import { type BodyCodec, bodyCodec } from './body-codec.ts';
import { emptyStream } from './ipc-write.ts';
import type { OutputBody } from './manifest.ts';
import { PartitionEncoder } from './partition-encoder.ts';
import { RangeEncoder } from './range-encoder.ts';
import { onePartition, type RowPartitioner, rowPartitioner } from './row-partitioner.ts';

/** Of an output that is not partitioned nothing is gained by keeping more in linear memory. */
const WHOLE_PENDING_BYTES = 8 * 1024 * 1024;

/** Takes copies of a task's rows until they are all there. */
export interface OutputSink {
  add(batch: Batch): void;
  /** Called once, at the end. */
  finish(): OutputBody;
  free(): void;
}

/** An output that is one whole, or partitioned. Throws UnsupportedError SQ2306 for zstd where Node.js has none. */
export function outputSink(
  context: ExecutionContext,
  columns: readonly Column[],
  partitioning: OutputPartitioning | null,
  compression?: Compression,
): OutputSink {
  const codec = bodyCodec(compression);
  if (partitioning?.kind === 'range') return new RangeEncoder(context, columns, partitioning, codec);
  if (partitioning) return partitionEncoder(context, columns, partitioning, codec);
  const encoder = encoderFor(context, columns, onePartition, codec, false);
  return {
    add(batch) {
      encoder.add(batch);
      if (encoder.pendingBytes > WHOLE_PENDING_BYTES) encoder.flush();
    },
    finish() {
      const { bytes, rows } = encoder.finish();
      return { bytes: rows === 0 ? emptyStream(columns.map(fieldOf)) : bytes, rows };
    },
    free: () => encoder.free(),
  };
}

/** Takes rows into partitions; for links its `pieces` are sent as they come. */
export function partitionEncoder(
  context: ExecutionContext,
  columns: readonly Column[],
  partitioning: Exclude<OutputPartitioning, { readonly kind: 'range' }>,
  codec: BodyCodec | null,
): PartitionEncoder {
  return encoderFor(context, columns, rowPartitioner(context, columns, partitioning), codec, true);
}

function encoderFor(
  context: ExecutionContext,
  columns: readonly Column[],
  partitioner: RowPartitioner,
  codec: BodyCodec | null,
  keepsCodes: boolean,
): PartitionEncoder {
  const { memory } = context;
  const schema = columns.map(fieldOf);
  return new PartitionEncoder({ memory, budget: () => context.operatorBytes, schema, partitioner, codec, keepsCodes });
}
