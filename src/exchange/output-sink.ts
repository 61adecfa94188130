import { InternalError } from '../common/errors.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, fieldOf } from '../operators/expr/expr.ts';
import type { OutputPartitioning } from '../operators/task.ts';
import type { Batch } from '../wasm/vector.ts';
import { emptyStream } from './ipc-write.ts';
import type { OutputBody } from './manifest.ts';
import { PartitionEncoder } from './partition-encoder.ts';
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

/** An output that is one whole, or partitioned. */
export function outputSink(
  context: ExecutionContext,
  columns: readonly Column[],
  partitioning: OutputPartitioning | null,
): OutputSink {
  if (partitioning?.kind === 'range') throw new InternalError('an output by range');
  if (partitioning) return partitionEncoder(context, columns, rowPartitioner(context, columns, partitioning));
  const encoder = partitionEncoder(context, columns, onePartition);
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

function partitionEncoder(
  context: ExecutionContext,
  columns: readonly Column[],
  partitioner: RowPartitioner,
): PartitionEncoder {
  const { memory } = context;
  const schema = columns.map(fieldOf);
  return new PartitionEncoder({ memory, budget: () => context.operatorBytes, schema, partitioner, codec: null });
}
