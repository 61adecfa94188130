import { asSquallError, fromWireError, type SquallError } from '../../common/errors.ts';
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
      return await cloud.invoker.invoke(task, { signal, throttled, wrote: (uri) => scratch.mayExist(uri) });
    } finally {
      turn.ended();
    }
  };
  return { task, startedAt: cloud.clock.monotonic(), report: invoked(), throttles: () => throttles };
}

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

/** The accepted report of an attempt or its error; never throws. What the attempt may have written is noted. */
export async function attemptEnd({ task, report }: Started, { cloud, scratch }: LaunchOptions): Promise<AttemptEnd> {
  const end = await settled(async () => acceptReport(await report, task, (ids) => scratch.uri(ids)));
  if (end.report?.outcome.ok) {
    scratch.wrote(end.report.outcome.manifest);
    if (end.report.attempt !== task.attempt) scratch.mayExist(task.output.uri);
  } else {
    scratch.lost(task.output.uri);
  }
  return { ...end, endedAt: cloud.clock.monotonic() };
}

async function settled(accepted: () => Promise<TaskReport>): Promise<Omit<AttemptEnd, 'endedAt'>> {
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
