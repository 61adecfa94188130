import { InternalError } from '../common/errors.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { type Column, fieldOf } from '../operators/expr/expr.ts';
import type { OutputPartitioning } from '../operators/task.ts';
import { Arena } from '../wasm/arena.ts';
import type { Batch } from '../wasm/vector.ts';
import { ArrowEncoder } from './arrow-encode.ts';
import type { OutputBody } from './manifest.ts';
import { PartitionEncoder } from './partition-encoder.ts';

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
  if (partitioning) {
    if (partitioning.kind !== 'hash' || partitioning.divisor !== 1 || partitioning.of !== partitioning.partitions)
      throw new InternalError(`an output by ${partitioning.kind} of several levels`);
    return new PartitionEncoder(context, columns, partitioning.keys, partitioning.partitions);
  }
  const arena = new Arena({ memory: context.memory });
  const encoder = new ArrowEncoder(arena, columns.map(fieldOf));
  return {
    add: (batch) => encoder.add(batch),
    finish: () => ({ bytes: encoder.finish(), rows: encoder.rows }),
    free: () => arena.reset(),
  };
}
