import type { Clock } from '../common/clock.ts';
import { CancelledError, InternalError, InvokeError, SquallError } from '../common/errors.ts';
import type { StageId, TaskId } from '../common/ids.ts';
import { manifestSlice } from '../exchange/manifest.ts';
import { endedKey, type ResolveUri, readIfThere, readReport } from '../invoke/journal.ts';
import { journalKey, type Manifest, type PartitionSlice, type Task } from '../operators/task.ts';

/** Pauses between two looks for one report, ms: each half as long again as the one before. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
const GROWTH = 1.5;
/** How often it is asked whether the query has ended, ms. */
const ENDED_EVERY_MS = 5_000;

export interface AwaitProducerOptions {
  readonly consumer: Task;
  readonly stage: StageId;
  readonly partitions: PartitionSlice | null;
  readonly resolve: ResolveUri;
  readonly clock: Clock;
  /** Fires at the consumer's deadline, and when the read is not wanted any more. */
  readonly signal: AbortSignal;
}

/**
 * What a producer that had not ended when the consumer was started delivers: its report is looked for in the journal until it is there.
 * Null when no row is for the consumer. Throws InvokeError SQ6013 (retryable) when the consumer's time is over before, CancelledError
 * when the query has ended.
 */
export async function awaitProducer(producer: TaskId, options: AwaitProducerOptions): Promise<Manifest | null> {
  const { consumer, stage, partitions, signal } = options;
  const { journal, query } = consumer;
  if (journal === undefined)
    throw new InternalError(`stage ${consumer.stage} waits for stage ${stage} without a journal`);
  const of = { query, stage, task: producer };
  const bytes = await poll(journalKey(journal, of), endedKey(journal), options).catch((error: unknown) => {
    throw signal.aborted && error instanceof SquallError && error.code === 'SQ4006'
      ? neverCame(producer, options)
      : error;
  });
  const { outcome } = readReport(bytes, of);
  if (!outcome.ok) throw new InternalError(`the journal has a failed report of stage ${stage}, task ${producer}`);
  const { manifest } = outcome;
  if (partitions) return manifestSlice(manifest, partitions);
  return manifest.rows === 0 ? null : manifest;
}

async function poll(uri: string, ended: string, options: AwaitProducerOptions): Promise<Uint8Array> {
  const { clock, signal, resolve } = options;
  let askedAt = clock.monotonic();
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(MAX_PAUSE_MS, pause * GROWTH)) {
    const bytes = await readIfThere(uri, resolve, signal);
    if (bytes) return bytes;
    if (clock.monotonic() - askedAt >= ENDED_EVERY_MS) {
      if (await readIfThere(ended, resolve, signal)) throw new CancelledError('SQ7000', 'the query has ended');
      askedAt = clock.monotonic();
    }
    await clock.sleep(pause, signal);
  }
}

const neverCame = (producer: TaskId, { consumer, stage }: AwaitProducerOptions): InvokeError =>
  new InvokeError(
    'SQ6013',
    `stage ${consumer.stage}, task ${consumer.task} waited for stage ${stage}, task ${producer} until its time was over`,
    { retryable: true, hint: 'use functions with a longer timeout' },
  );
