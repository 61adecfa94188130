import { asSquallError, fromWireError, type SquallError } from '../../common/errors.ts';
import type { InvokeOptions } from '../../invoke/invoke-options.ts';
import { findReport } from '../../invoke/journal.ts';
import type { Task, TaskReport } from '../../operators/task.ts';
import { acceptReport } from '../accept-report.ts';
import type { Launch, LaunchPace } from './launch-pace.ts';
import type { ScheduleOptions } from './schedule-options.ts';

/** An invocation that is under way. */
export interface Started {
  readonly task: Task;
  /** Clock.monotonic(). */
  readonly startedAt: number;
  readonly report: Promise<TaskReport>;
  /** How often it has been throttled (429). */
  readonly throttles: () => number;
}

export interface LaunchOptions extends Pick<ScheduleOptions, 'cloud' | 'scratch'> {
  readonly pace: LaunchPace;
  readonly signal: AbortSignal;
}

/** Invokes a function when it is its turn. Throws when the signal fires before that. */
export async function launch(message: () => Task, options: LaunchOptions): Promise<Started> {
  const { cloud, scratch, pace, signal } = options;
  const turn = await pace.turn(signal);
  let throttles = 0;
  const task = messageAt(turn, message);
  scratch.starts(task);
  const throttled = async () => {
    throttles++;
    await turn.throttled(signal);
  };
  const invoked = async () => {
    try {
      return await cloud.invoker.invoke(task, { ...noted(scratch), signal, throttled });
    } finally {
      turn.ended();
    }
  };
  return { task, startedAt: cloud.clock.monotonic(), report: invoked(), throttles: () => throttles };
}

/** What an invoker tells of objects goes to the query's scratch. */
export const noted = (scratch: ScheduleOptions['scratch']): Pick<InvokeOptions, 'wrote' | 'lingers'> => ({
  wrote: (uri) => scratch.mayExist(uri),
  lingers: (gone) => scratch.lingers(gone),
});

function messageAt(turn: Launch, message: () => Task): Task {
  try {
    return message();
  } catch (error) {
    turn.ended();
    throw error;
  }
}

export interface AttemptEnd {
  readonly report: TaskReport | null;
  /** Null: it succeeded. */
  readonly error: SquallError | null;
  /** Clock.monotonic(). */
  readonly endedAt: number;
}

/**
 * The accepted report of an attempt or its error; never throws. A function that was lost may have entered its report before: then that
 * counts. What the attempt may have written is noted.
 */
export async function attemptEnd(started: Started, options: LaunchOptions): Promise<AttemptEnd> {
  const { task, report } = started;
  const { cloud, scratch, signal } = options;
  const accepted = async (found: Promise<TaskReport>) => acceptReport(await found, task, (ids) => scratch.uri(ids));
  let end = await settled(() => accepted(report));
  if (end.report === null) {
    scratch.lost(task.output.uri);
    if (end.error?.retryable && !signal.aborted) end = (await entered(task, accepted, options)) ?? end;
  }
  if (end.report?.outcome.ok) scratch.wrote(end.report.outcome.manifest);
  if (!end.report?.outcome.ok || end.report.attempt !== task.attempt) scratch.mayExist(task.output.uri);
  return { ...end, endedAt: cloud.clock.monotonic() };
}

type Settled = Omit<AttemptEnd, 'endedAt'>;

/** The report that the task has in the journal, or why it could not be read; null: there is none. */
async function entered(
  task: Task,
  accepted: (found: Promise<TaskReport>) => Promise<TaskReport>,
  { cloud, signal }: LaunchOptions,
): Promise<Settled | null> {
  const { journal } = task;
  if (journal === undefined) return null;
  const resolve = (uri: string) => cloud.stores.resolve(uri);
  try {
    const found = await findReport({ ...task, journal }, { resolve, signal });
    return found && (await settled(() => accepted(Promise.resolve(found))));
  } catch (error) {
    return { report: null, error: asSquallError(error) };
  }
}

async function settled(accepted: () => Promise<TaskReport>): Promise<Settled> {
  try {
    const report = await accepted();
    return { report, error: report.outcome.ok ? null : fromWireError(report.outcome.error) };
  } catch (thrown) {
    return { report: null, error: asSquallError(thrown) };
  }
}

/** Tells how an attempt ended. */
export function tell(started: Started, end: AttemptEnd, retried: boolean, options: ScheduleOptions): void {
  const { stage, task, attempt } = started.task;
  options.onAttempt({
    stage,
    task,
    attempt,
    startedAt: started.startedAt,
    endedAt: end.endedAt,
    metrics: end.report?.metrics ?? null,
    error: end.error,
    retried,
    throttles: started.throttles(),
  });
}
