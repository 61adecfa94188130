import { InternalError } from '../common/errors.ts';
import type { LinkSummary } from '../exchange/direct/link-summary.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import type { Manifest, ManifestPartition, OutputPartitioning, Task } from '../operators/task.ts';
import type { Batch } from '../wasm/vector.ts';
import type { TaskStores } from './host.ts';
import type { TaskLinks } from './task-links.ts';
import type { TaskRun } from './task-run.ts';

/** Takes a task's rows to where they belong. */
export interface Delivery {
  add(batch: Batch): Promise<void>;
  /** Called once, after the last row. */
  finish(): Promise<Delivered>;
  /** Gives memory back. */
  free(): void;
}

export interface Delivered {
  readonly manifest: Manifest;
  /** Of rows that went over links. */
  readonly sent: LinkSummary | null;
}

export interface DeliveryOptions {
  readonly run: TaskRun;
  readonly stores: TaskStores;
  readonly context: ExecutionContext;
  readonly links: TaskLinks;
}

export const openDelivery = (options: DeliveryOptions): Promise<Delivery> =>
  options.run.task.output.links ? overLinks(options) : throughStore(options);

/** Into the report while it is small, else into one object. */
async function throughStore({ run, stores, context }: DeliveryOptions): Promise<Delivery> {
  const { task, signal } = run;
  const [{ outputSink }, { writeOutput }] = await Promise.all([
    import('../exchange/output-sink.ts'),
    import('../exchange/manifest.ts'),
  ]);
  const { partitioning = null, compression } = task.output;
  const sink = outputSink(context, task.plan.columns, partitioning, compression);
  const resolve = run.outputEdge.resolver(stores);
  return {
    add: async (batch) => sink.add(batch),
    finish: async () => {
      const manifest = await writeOutput(sink.finish(), { target: task.output, task, resolve, signal });
      return { manifest, sent: null };
    },
    free: () => sink.free(),
  };
}

/** Linear memory that rows may take before they are sent, bytes; and the share of what an operator may take. */
const SEND_BYTES = 8 * 1024 * 1024;
const SEND_SHARE = 4;

/**
 * To the tasks of the gang while the plan still computes. The pieces of one round are under way while the rows of the next are
 * collected: twice `SEND_BYTES` at most, then the plan waits for its consumers.
 */
async function overLinks({ run, context, links }: DeliveryOptions): Promise<Delivery> {
  const { task } = run;
  const [{ partitionEncoder }, { bodyCodec }] = await Promise.all([
    import('../exchange/output-sink.ts'),
    import('../exchange/body-codec.ts'),
  ]);
  const { writer } = links;
  const partitioning = sentBy(task);
  const unbounded: ExecutionContext = Object.create(context, { operatorBytes: { value: Number.POSITIVE_INFINITY } });
  const encoder = partitionEncoder(unbounded, task.plan.columns, partitioning, bodyCodec(task.output.compression));
  const rows = new Array<number>(partitioning.partitions).fill(0);
  let underway: Promise<unknown> = Promise.resolve();
  const send = async (): Promise<void> => {
    await underway;
    const sends = [...encoder.pieces()].map((piece) => {
      rows[piece.partition]! += piece.rows;
      run.outputEdge.add(piece.bytes.length);
      return writer.send(piece.partition, piece.bytes, piece.rows);
    });
    underway = Promise.all(sends);
    // What fails meanwhile is thrown by who waits for it next.
    underway.catch(() => undefined);
  };
  return {
    add: async (batch) => {
      encoder.add(batch);
      if (encoder.pendingBytes > Math.min(SEND_BYTES, context.operatorBytes / SEND_SHARE)) await run.wait(send);
    },
    finish: async () => {
      await send();
      await underway;
      const sent = await writer.finish();
      const all = rows.reduce((sum, n) => sum + n, 0);
      if (all !== encoder.rows || sent.rows !== encoder.rows)
        throw new InternalError(`of ${encoder.rows} rows ${sent.rows} were sent over links`);
      return { manifest: linkManifest(task, rows), sent };
    },
    free: () => encoder.free(),
  };
}

/** A whole output is one partition, for its one reader. */
function sentBy({ output, stage }: Task): Exclude<OutputPartitioning, { readonly kind: 'range' }> {
  const { partitioning = { kind: 'roundRobin', partitions: 1 }, links } = output;
  if (partitioning.kind === 'range' || links?.peers.length !== partitioning.partitions)
    throw new InternalError(`stage ${stage} cannot send its output over links`);
  return partitioning;
}

function linkManifest({ stage, task, attempt, output }: Task, rows: readonly number[]): Manifest {
  const partitions = rows.map((n): ManifestPartition => ({ rows: n, offset: 0, length: 0 }));
  return {
    stage,
    task,
    attempt,
    rows: rows.reduce((sum, n) => sum + n, 0),
    body: { kind: 'links' },
    ...(output.partitioning && { partitions }),
  };
}
