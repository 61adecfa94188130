import { InvokeError, SquallError } from '../common/errors.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import { journalKey, type TaskReport } from '../operators/task.ts';
import type { Resolved } from '../storage/stores.ts';
import { where } from './lambda-errors.ts';
import type { Journaled, TaskIdentity } from './messages.ts';

/** Finds the store and location of a URI; `Stores.resolve` does. */
export type ResolveUri = (uri: string) => Pick<Resolved, 'store' | 'location'>;

interface JournalOptions {
  readonly resolve: ResolveUri;
  readonly signal?: AbortSignal;
}

/** Where a journal has the report of an attempt that failed and that nobody waits for. */
export const failedKey = ({ journal, stage, task, attempt }: Journaled): string =>
  `${journal}stage-${stage}/task-${task}.attempt-${attempt}.failed.json`;

/** Prefix of the reports of a stage. */
export const stagePrefix = ({ journal, stage }: Pick<Journaled, 'journal' | 'stage'>): string =>
  `${journal}stage-${stage}/`;

/** An object that is there when the query has ended: who still waits for a report of it need not. */
export const endedKey = (journal: string): string => `${journal}ended`;

const JSON_TYPE = { contentType: 'application/json' };

/**
 * Enters the report of a task that succeeded. Exactly one attempt wins.
 *
 * @returns the report that counts: the own one, or that of the attempt that was first
 */
export async function enterReport(report: TaskReport, of: Journaled, options: JournalOptions): Promise<TaskReport> {
  const { store, location } = options.resolve(journalKey(of.journal, of));
  const requestOptions = options.signal ? { signal: options.signal } : {};
  const body = Buffer.from(encodeWire(report));
  const { created } = await store.putIfAbsent(location, body, { ...JSON_TYPE, ...requestOptions });
  if (created) return report;
  const first = await store.getRange(location, { kind: 'all' }, requestOptions);
  return readReport(first.body, of);
}

/** The report of a task that an attempt has entered; null when none has. Throws StorageError. */
export async function findReport(of: Journaled, { resolve, signal }: JournalOptions): Promise<TaskReport | null> {
  const bytes = await readIfThere(journalKey(of.journal, of), resolve, signal);
  return bytes && readReport(bytes, of);
}

/** An object of the journal; null while there is none. Throws StorageError. */
export async function readIfThere(uri: string, resolve: ResolveUri, signal?: AbortSignal): Promise<Uint8Array | null> {
  const { store, location } = resolve(uri);
  try {
    return (await store.getRange(location, { kind: 'all' }, signal ? { signal } : {})).body;
  } catch (error) {
    if (error instanceof SquallError && error.code === 'SQ5001') return null;
    throw error;
  }
}

/** Enters the report of a task that failed, for who polls the journal. */
export async function enterFailure(report: TaskReport, of: Journaled, options: JournalOptions): Promise<void> {
  const { store, location } = options.resolve(failedKey(of));
  const body = Buffer.from(encodeWire(report));
  await store.put(location, body, { ...JSON_TYPE, ...(options.signal && { signal: options.signal }) });
}

/** The report in a journal. Throws InvokeError SQ6005 when it is that of another task. */
export function readReport(bytes: Uint8Array, of: Pick<Journaled, 'query' | 'stage' | 'task'>): TaskReport {
  const report = parsed(bytes);
  if (report && report.query === of.query && report.stage === of.stage && report.task === of.task) return report;
  throw new InvokeError('SQ6005', `the journal has no report of stage ${of.stage}, task ${of.task} in its place`, {
    details: { stage: String(of.stage), task: String(of.task) },
  });
}

function parsed(bytes: Uint8Array): TaskReport | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const message = decodeWire(text);
  return typeof message === 'object' && message !== null ? (message as TaskReport) : null;
}

/** SQ6014. */
export const lostInvocation = (of: TaskIdentity, why: string): InvokeError =>
  new InvokeError('SQ6014', `stage ${of.stage}, task ${of.task} was invoked and not heard of again: ${why}`, {
    retryable: true,
    details: where(of),
  });
