import { type ErrorDetails, InvokeError } from '../common/errors.ts';
import { bodySize } from '../exchange/manifest.ts';
import {
  type Manifest,
  type ManifestPartition,
  type OutputPartitioning,
  PROTOCOL_VERSION,
  type Task,
  type TaskReport,
} from '../operators/task.ts';

/**
 * A report counts only for the attempt that was asked for, in the protocol of this driver, and with an output where it
 * belongs, partitioned as it was asked for. With a journal an earlier attempt of the task may have won; then its report counts.
 * Throws InvokeError SQ6005 or SQ6006.
 *
 * @param uriOf where an attempt's output belongs
 */
export function acceptReport(report: TaskReport, task: Task, uriOf: (attempt: Attempt) => string): TaskReport {
  const details: ErrorDetails = { stage: String(task.stage), task: String(task.task), attempt: task.attempt };
  if (report.version !== PROTOCOL_VERSION) {
    throw new InvokeError('SQ6006', `the worker speaks protocol ${report.version}, this driver ${PROTOCOL_VERSION}`, {
      hint: 'deploy the worker of the same version',
      details,
    });
  }
  const at = `stage ${task.stage}, task ${task.task}, attempt ${task.attempt}`;
  if (report.query !== task.query || !(sameAttempt(report, task) || isWinner(report, task))) {
    throw new InvokeError('SQ6005', `the function answered for another task than ${at}`, { details });
  }
  if (!report.outcome.ok) return report;
  const { manifest } = report.outcome;
  const { body } = manifest;
  const misplaced = body.kind === 'object' && !isPlace(body.uri, uriOf(report), task);
  if (!sameAttempt(manifest, report) || misplaced || (body.kind === 'links') !== (task.output.links !== undefined)) {
    throw new InvokeError('SQ6005', `the function delivered another output than that of ${at}`, { details });
  }
  if (!hasPartitions(manifest, task.output.partitioning ?? null)) {
    throw new InvokeError('SQ6005', `the function delivered other partitions than ${at} was asked for`, { details });
  }
  return report;
}

/** Whoever runs a task whose report only the journal gets adds something of its own to the key: Lambda may send an event twice. */
const isPlace = (uri: string, own: string, { journal }: Task): boolean =>
  uri === own ||
  (journal !== undefined && uri.startsWith(`${own}.`) && /^[0-9a-f]{8}$/.test(uri.slice(own.length + 1)));

/** A report out of the journal: only good ones are there. */
const isWinner = (report: TaskReport, task: Task): boolean =>
  task.journal !== undefined &&
  report.outcome.ok &&
  report.stage === task.stage &&
  report.task === task.task &&
  report.attempt < task.attempt;

/** All partitions, one behind the other, with all rows and all bytes; of what went over links, at most the rows. */
function hasPartitions(manifest: Manifest, wanted: OutputPartitioning | null): boolean {
  const { partitions, rows, body } = manifest;
  if (body.kind === 'links') return !partitions || sumOf(partitions) === rows;
  if (wanted === null || !partitions) return wanted === null && !partitions;
  let end = 0;
  for (const part of partitions) {
    if (part.offset !== end || part.length < 0 || part.length > 0 !== part.rows > 0) return false;
    if (wanted.kind === 'range' && !hasBounds(part, wanted.keys.length)) return false;
    end += part.length;
  }
  return partitions.length === wanted.partitions && sumOf(partitions) === rows && end === bodySize(manifest);
}

const sumOf = (partitions: readonly ManifestPartition[]): number =>
  partitions.reduce((sum, part) => sum + part.rows, 0);

/** A piece with rows says which are its first and its last. */
const hasBounds = ({ rows, range }: ManifestPartition, keys: number): boolean =>
  rows === 0 ? range === undefined : range?.first.length === keys && range.last.length === keys;

type Attempt = Pick<Task, 'stage' | 'task' | 'attempt'>;

const sameAttempt = (one: Attempt, other: Attempt): boolean =>
  one.stage === other.stage && one.task === other.task && one.attempt === other.attempt;
