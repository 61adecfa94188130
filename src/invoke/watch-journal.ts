import type { Clock } from '../common/clock.ts';
import { asSquallError } from '../common/errors.ts';
import { journalKey, type Task, type TaskReport } from '../operators/task.ts';
import { noRequests, sumCounts } from '../storage/counted.ts';
import type { Stores } from '../storage/stores.ts';
import { failedKey, lostInvocation, readReport, stagePrefix } from './journal.ts';
import { LEASE_MARGIN_MS } from './lease.ts';
import type { Journaled } from './messages.ts';

/** A task whose report is looked for. */
export interface Awaited {
  readonly task: Task & Journaled;
  /** When it gives up, ms since the Unix epoch. */
  deadline: number;
  /** Clock.monotonic() when it was invoked, or who invokes it was; null before. */
  invokedAt: number | null;
  open: boolean;
  readonly resolve: (report: TaskReport) => void;
  readonly reject: (error: unknown) => void;
}

export interface WatchOptions {
  readonly stores: Stores;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Pauses between two looks: a twentieth of the time that has passed, within these bounds, ms. */
const PAUSE_SHARE = 20;
const MIN_PAUSE_MS = 50;
const MAX_PAUSE_MS = 1_000;
/** When half of the tasks have reported, the others have so many times as long as the slowest of these, at least so many ms. */
const PATIENCE = 4;
const MIN_PATIENCE_MS = 5_000;

/**
 * Looks for the reports of tasks of one stage in their journal until all are there: a LIST (of what comes after the tasks that are
 * done), then a GET for every new one. A task is given up as lost (SQ6014, retryable) when its lease has passed, or long after
 * half of the others have reported: the function that should have invoked it died. Ends early when the signal fires; throws
 * StorageError.
 */
export async function watchJournal(awaited: readonly Awaited[], options: WatchOptions): Promise<void> {
  const { stores, clock, signal } = options;
  if (awaited.length === 0) return;
  const prefix = stores.resolve(stagePrefix(awaited[0]!.task));
  const keyOf = (uri: string) => stores.resolve(uri).location.key;
  const entries = awaited
    .map((one) => ({ one, done: keyOf(journalKey(one.task.journal, one.task)), failed: keyOf(failedKey(one.task)) }))
    .toSorted((a, b) => (a.done < b.done ? -1 : 1));
  const byKey = new Map(entries.flatMap(({ one, done, failed }) => [[done, one] as const, [failed, one] as const]));
  const startedAt = clock.monotonic();
  const took: number[] = [];
  let first = 0;
  for (;;) {
    while (first < entries.length && !entries[first]!.one.open) first++;
    if (first === entries.length || signal.aborted) return;
    const pause = (clock.monotonic() - startedAt) / PAUSE_SHARE;
    await clock.sleep(Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, pause)), signal);
    const startAfter = first === 0 ? undefined : entries[first - 1]!.done;
    const { bucket, key } = prefix.location;
    const listed = { bucket, prefix: key, signal, ...(startAfter !== undefined && { startAfter }) };
    const reads: Promise<void>[] = [];
    for await (const page of prefix.store.list(listed)) {
      for (const object of page.objects) {
        const one = byKey.get(object.key);
        if (!one?.open) continue;
        reads.push(take(one, object.key));
      }
    }
    await Promise.all(reads);
    giveUp(awaited, took, clock);
  }

  async function take(one: Awaited, key: string): Promise<void> {
    const { bucket } = prefix.location;
    const { body } = await prefix.store.getRange({ bucket, key }, { kind: 'all' }, { signal });
    if (!one.open) return;
    took.push(clock.monotonic() - (one.invokedAt ?? startedAt));
    try {
      one.resolve(withMarker(readReport(body, one.task), body.length));
    } catch (error) {
      one.reject(asSquallError(error));
    }
  }
}

/** The report with the request that put it there, which it cannot know. */
function withMarker(report: TaskReport, bytes: number): TaskReport {
  const { requests, output } = report.metrics;
  const put = { ...noRequests(), PUT: { requests: 1, errors: 0, bytes, ms: 0 } };
  const metrics = {
    ...report.metrics,
    requests: sumCounts([requests, put]),
    output: { requests: output.requests + 1, bytes: output.bytes + bytes },
  };
  return { ...report, metrics };
}

/** Whoever has had its time is lost. */
function giveUp(awaited: readonly Awaited[], took: readonly number[], clock: Clock): void {
  const [now, wall] = [clock.monotonic(), clock.now()];
  const half = Math.ceil(awaited.length / 2);
  const patience = took.length >= half ? Math.max(MIN_PATIENCE_MS, PATIENCE * quantile(took, half)) : null;
  for (const one of awaited) {
    if (!one.open || one.invokedAt === null) continue;
    if (wall > one.deadline + LEASE_MARGIN_MS) one.reject(lostInvocation(one.task, 'its time is over'));
    else if (patience !== null && now - one.invokedAt > patience) {
      const seconds = Math.round((now - one.invokedAt) / 1000);
      one.reject(
        lostInvocation(one.task, `${seconds} s have passed, half of the others took less than a quarter of it`),
      );
    }
  }
}

/** The nth smallest. */
const quantile = (values: readonly number[], n: number): number => values.toSorted((a, b) => a - b)[n - 1] ?? 0;
