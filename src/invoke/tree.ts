import type { Clock, Random } from '../common/clock.ts';
import { asSquallError, cancelled, InternalError } from '../common/errors.ts';
import { encodeWire } from '../common/wire.ts';
import type { Task, TaskReport } from '../operators/task.ts';
import { expectManyListeners } from '../storage/abort.ts';
import type { Stores } from '../storage/stores.ts';
import type { InvokeOptions } from './invoke-options.ts';
import { type LambdaAnswer, type LambdaApi, MAX_EVENT_BYTES } from './lambda-api.ts';
import { mayHaveStarted } from './lambda-errors.ts';
import { untilOver } from './lingering.ts';
import {
  identityOf,
  type Journaled,
  packTask,
  type TaskEvent,
  type TreeEvent,
  type TreeShare,
  taskObject,
  treeObject,
} from './messages.ts';
import { compress, pack } from './pack.ts';
import { untilTaken } from './throttle.ts';
import { type Awaited, watchJournal } from './watch-journal.ts';

export interface TreeOptions extends InvokeOptions {
  readonly functionName: string;
  readonly lambda: LambdaApi;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly random: Random;
  /** Ends all waiting for functions that nobody has heard of again. */
  readonly closed: AbortSignal;
}

/**
 * Two generations: about √n functions are invoked, each with its share of the tasks; each invokes a function for every task of its
 * share but the first, which it runs itself. So n functions start in the time of two invokes, whatever one caller can have under
 * way (Lambada, SIGMOD 2020, section 4.2). All are Event invocations; the reports are looked for in the tasks' journal.
 */
export function invokeTree(tasks: readonly Task[], options: TreeOptions): readonly Promise<TaskReport>[] {
  const { clock, closed, lingers } = options;
  let over: Promise<void> | null = null;
  const left = () => {
    over ??= untilOver(Math.max(...awaited.map(({ deadline }) => deadline)), { clock, closed });
    lingers?.(over);
  };
  const awaited = tasks.map((task) => settlement(task, left));
  expectManyListeners(options.signal);
  void run(awaited, options);
  return awaited.map(({ report }) => report);
}

/** A task of a tree and the promise of its report. */
interface Settlement extends Awaited {
  readonly task: Task & Journaled;
  readonly report: Promise<TaskReport>;
  /** The event may have been taken, so that the task may run. */
  sent: boolean;
}

/** @param left told before a task is given up that may run, or may still be started */
function settlement(task: Task, left: () => void): Settlement {
  const { journal } = task;
  if (journal === undefined) throw new InternalError(`stage ${task.stage}, task ${task.task} has no journal`);
  let resolve: (report: TaskReport) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const report = new Promise<TaskReport>((...both) => {
    [resolve, reject] = both;
  });
  // A caller may look at one promise after the other: none is unhandled.
  report.catch(() => undefined);
  const settled: Settlement = {
    task: { ...task, journal },
    deadline: task.budget.deadline,
    report,
    open: true,
    invokedAt: null,
    sent: false,
    resolve: (value) => {
      settled.open = false;
      resolve(value);
    },
    reject: (error) => {
      settled.open = false;
      if (settled.sent) left();
      reject(error);
    },
  };
  return settled;
}

async function run(awaited: readonly Settlement[], options: TreeOptions): Promise<void> {
  const { signal } = options;
  const stop = () => {
    for (const one of awaited) if (one.open) one.reject(cancelled(signal));
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const shares = sharesOf(awaited).map((share) => launch(share, options));
    await Promise.all([...shares, watchJournal(awaited, options)]);
  } catch (error) {
    for (const one of awaited) if (one.open) one.reject(asSquallError(error));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** About √n shares of equal size. */
export function sharesOf<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(Math.sqrt(all.length));
  return Array.from({ length: count }, (_, i) =>
    all.slice(Math.floor((i * all.length) / count), Math.floor(((i + 1) * all.length) / count)),
  );
}

/** Sends one share. A share that cannot be sent fails all of its tasks. */
async function launch(share: readonly Settlement[], options: TreeOptions): Promise<void> {
  const { lambda, functionName, clock, random, signal, throttled } = options;
  const own = share[0]!.task;
  try {
    const event = await treeEvent(share, options);
    const send = async (waitedMs: number): Promise<LambdaAnswer> => {
      const payload = Buffer.from(JSON.stringify(waitedMs > 0 ? { ...event, waitedMs } : event));
      for (const one of share) Object.assign(one, { deadline: one.task.budget.deadline + waitedMs, sent: true });
      try {
        return await lambda.invoke({ functionName, payload, type: 'Event', signal });
      } catch (error) {
        for (const one of share) one.sent = mayHaveStarted(error);
        throw error;
      }
    };
    await untilTaken(send, { functionName, of: own, clock, random, signal, ...(throttled && { throttled }) });
    for (const one of share) one.invokedAt = clock.monotonic();
  } catch (error) {
    for (const one of share) if (one.open) one.reject(asSquallError(error));
  }
}

async function treeEvent(share: readonly Settlement[], options: TreeOptions): Promise<TreeEvent> {
  const events = await Promise.all(share.map(({ task }) => childEvent(task, options)));
  const own = share[0]!.task;
  const message: TreeShare = {
    own: events[0]!,
    others: share.slice(1).map(({ task }, i) => ({
      of: { ...identityOf(task), journal: task.journal },
      event: events[i + 1]!,
    })),
    storage: own.storage,
    deadline: own.budget.deadline,
  };
  const text = encodeWire(message);
  const event: TreeEvent = { tree: pack(text) };
  if (fits(event)) return event;
  const stored = await put(treeObject(own), text, options);
  return { treeAt: { uri: stored, storage: own.storage } };
}

/** The task's own event, not compressed: within the share it is compressed with all the others, which repeat most of it. */
async function childEvent(task: Task, options: TreeOptions): Promise<TaskEvent> {
  const text = encodeWire(task);
  if (text.length < MAX_EVENT_BYTES / 4 || fits({ task: packTask(task) })) return { task: text, unanswered: true };
  const uri = await put(taskObject(task), text, options);
  return { taskAt: { uri, storage: task.storage }, of: identityOf(task), unanswered: true };
}

/** What `waitedMs` and `unanswered` add to an event, bytes. */
const OPTIONS_BYTES = 100;

const fits = (event: object): boolean => Buffer.byteLength(JSON.stringify(event)) + OPTIONS_BYTES <= MAX_EVENT_BYTES;

async function put(uri: string, text: string, { stores, signal, wrote }: TreeOptions): Promise<string> {
  wrote(uri);
  const { store, location } = stores.resolve(uri);
  await store.put(location, compress(text), { signal });
  return uri;
}
