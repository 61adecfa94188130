import { type ErrorDetails, InvokeError } from '../common/errors.ts';
import { bodySize } from '../exchange/manifest.ts';
import { type Manifest, PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';

/**
 * A report counts only for the attempt that was asked for, in the protocol of this driver, and with an output where it
 * belongs, partitioned as it was asked for. Throws InvokeError SQ6005 or SQ6006.
 */
export function acceptReport(report: TaskReport, task: Task): TaskReport {
  const details: ErrorDetails = { stage: String(task.stage), task: String(task.task), attempt: task.attempt };
  if (report.version !== PROTOCOL_VERSION) {
    throw new InvokeError('SQ6006', `the worker speaks protocol ${report.version}, this driver ${PROTOCOL_VERSION}`, {
      hint: 'deploy the worker of the same version',
      details,
    });
  }
  const at = `stage ${task.stage}, task ${task.task}, attempt ${task.attempt}`;
  if (report.query !== task.query || !sameAttempt(report, task)) {
    throw new InvokeError('SQ6005', `the function answered for another task than ${at}`, { details });
  }
  if (!report.outcome.ok) return report;
  const { manifest } = report.outcome;
  const misplaced = manifest.body.kind === 'object' && manifest.body.uri !== task.output.uri;
  if (!sameAttempt(manifest, task) || misplaced) {
    throw new InvokeError('SQ6005', `the function delivered another output than that of ${at}`, { details });
  }
  if (!hasPartitions(manifest, task.output.partitioning?.partitions ?? null)) {
    throw new InvokeError('SQ6005', `the function delivered other partitions than ${at} was asked for`, { details });
  }
  return report;
}

/** All partitions, one behind the other, with all rows and all bytes. */
function hasPartitions(manifest: Manifest, wanted: number | null): boolean {
  const { partitions, rows } = manifest;
  if (wanted === null || !partitions) return wanted === null && !partitions;
  let [end, sum] = [0, 0];
  for (const part of partitions) {
    if (part.offset !== end || part.length < 0 || part.length > 0 !== part.rows > 0) return false;
    end += part.length;
    sum += part.rows;
  }
  return partitions.length === wanted && sum === rows && end === bodySize(manifest);
}

type Attempt = Pick<Task, 'stage' | 'task' | 'attempt'>;

const sameAttempt = (one: Attempt, other: Attempt): boolean =>
  one.stage === other.stage && one.task === other.task && one.attempt === other.attempt;
