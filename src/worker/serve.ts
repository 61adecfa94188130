import { ExecutionError, toWireError } from '../common/errors.ts';
import { enterFailure, enterReport } from '../invoke/journal.ts';
import { LEASE_MARGIN_MS } from '../invoke/lease.ts';
import {
  type Journaled,
  packReport,
  readMessage,
  reportObject,
  type Stored,
  type TaskEvent,
  type TaskIdentity,
  type TreeEvent,
  type TreeShare,
  unrun,
  type WorkerAnswer,
  type WorkerEvent,
} from '../invoke/messages.ts';
import { compress, decompress, isPacked, unpack } from '../invoke/pack.ts';
import { postponed } from '../invoke/postponed.ts';
import { PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import { countsSince } from '../storage/counted.ts';
import type { RequestCounts } from '../storage/object-store.ts';
import type { FunctionHost, TaskStores } from './host.ts';
import { runTask } from './run-task.ts';

/** How long a warm instance stays busy, so that invocations sent at the same time go to others, ms. */
const WARM_MS = 100;

export interface ServeOptions {
  readonly signal?: AbortSignal;
  /** Told of the report before it goes anywhere; the report waits for it. */
  readonly ran?: (report: TaskReport) => Promise<void>;
}

/**
 * Answers one invocation: runs the task of the event, or the function's share of a tree. A failed task is an answer. Throws
 * ExecutionError SQ3001 when the event is none of ours; StorageError when a task that nobody waits for cannot be reported: then
 * Lambda sends the event again.
 */
export async function serve(event: WorkerEvent, host: FunctionHost, options: ServeOptions = {}): Promise<WorkerAnswer> {
  if (typeof event !== 'object' || event === null) throw noTask();
  if ('warm' in event) return warm(host);
  if ('tree' in event || 'treeAt' in event) return serveShare(event, host, options);
  if ('task' in event || 'taskAt' in event) return serveTask(event, host, options);
  throw noTask();
}

const noTask = () => new ExecutionError('SQ3001', 'the event holds no task');

async function warm({ clock, instance }: FunctionHost): Promise<WorkerAnswer> {
  const { coldStart } = instance.start();
  if (!coldStart) await clock.sleep(WARM_MS);
  return { warm: true };
}

/** Invokes the others of the share, then runs the own task. */
async function serveShare(event: TreeEvent, host: FunctionHost, options: ServeOptions): Promise<WorkerAnswer> {
  const { waitedMs } = event;
  const text =
    'treeAt' in event ? await readStored(event.treeAt, host.openStores(event.treeAt.storage)) : unpack(event.tree);
  const share = readMessage(text, 'tree') as TreeShare;
  if (isOver(share.deadline, event, host)) return { unanswered: true };
  const { invokeOthers } = await import('./invoke-others.ts');
  await invokeOthers(share, waitedMs ?? 0, host);
  return serveTask(waitedMs === undefined ? share.own : { ...share.own, waitedMs }, host, options);
}

async function serveTask(event: TaskEvent, host: FunctionHost, options: ServeOptions): Promise<WorkerAnswer> {
  const unanswered = event.unanswered === true;
  const { task, of, stores, error } = await receive(event, host);
  if (unanswered && task && isOver(task.budget.deadline, event, host)) return { unanswered: true };
  const run = task && postponed(unanswered ? withOwnOutput(task, host) : task, event.waitedMs ?? 0);
  const ran = run
    ? await runTask(run, host, { stores, ...(options.signal && { signal: options.signal }) })
    : unrun(of, PROTOCOL_VERSION, toWireError(error));
  await options.ran?.(ran);
  const report = await settle(ran, of, { stores, unanswered, options });
  if (unanswered) return { unanswered: true };
  const answer: WorkerAnswer = { report: packReport(report) };
  if (run === null || Buffer.byteLength(JSON.stringify(answer)) <= host.answerBytes) return answer;
  return throughStore(report, run, stores, options);
}

/** Lambda sends an event whose function died again, minutes later: by then nobody waits for it, and what it wrote would stay. */
const isOver = (deadline: number, { waitedMs = 0 }: TaskEvent | TreeEvent, { clock }: FunctionHost): boolean =>
  clock.now() > deadline + waitedMs + LEASE_MARGIN_MS;

interface Received {
  /** Null: it could not be read. */
  readonly task: Task | null;
  readonly of: TaskIdentity;
  readonly stores: TaskStores;
  readonly error: unknown;
}

async function receive(event: TaskEvent, host: FunctionHost): Promise<Received> {
  if ('task' in event) {
    if (!isPacked(event.task)) throw noTask();
    const task = readMessage(unpack(event.task), 'task') as Task;
    return { task, of: task, stores: host.openStores(task.storage), error: null };
  }
  const { of, taskAt } = event;
  const stores = host.openStores(taskAt.storage);
  try {
    const task = readMessage(await readStored(taskAt, stores), 'task') as Task;
    return { task, of, stores, error: null };
  } catch (error) {
    return { task: null, of, stores, error };
  }
}

async function readStored({ uri }: Stored, stores: TaskStores): Promise<string> {
  const { store, location } = stores.resolve(uri);
  return decompress((await store.getRange(location, { kind: 'all' })).body);
}

/** Lambda may send an event twice: what one of the two has written and reported the other must not overwrite. */
function withOwnOutput(task: Task, { random }: FunctionHost): Task {
  const own = Buffer.from(random.bytes(4)).toString('hex');
  return { ...task, output: { ...task.output, uri: `${task.output.uri}.${own}` } };
}

interface SettleOptions {
  readonly stores: TaskStores;
  readonly unanswered: boolean;
  readonly options: ServeOptions;
}

/**
 * Enters the report in the task's journal, if it has one. The answer is then the report of the attempt that was first, with the
 * metrics of this one.
 */
async function settle(
  ran: TaskReport,
  of: TaskIdentity,
  { stores, unanswered, options }: SettleOptions,
): Promise<TaskReport> {
  const before = stores.requests();
  if (!isJournaled(of)) return ran;
  const { signal } = options;
  const entering = { resolve: (uri: string) => stores.resolve(uri), ...(signal && { signal }) };
  let report = ran;
  if (ran.outcome.ok) {
    try {
      const { outcome, attempt } = await enterReport(ran, of, entering);
      report = { ...ran, attempt, outcome };
    } catch (error) {
      report = { ...ran, outcome: { ok: false, error: toWireError(error) } };
    }
  }
  if (!report.outcome.ok && unanswered) await enterFailure(report, of, entering);
  return withRequests(report, stores.requests(), countsSince(before, stores.requests()));
}

const isJournaled = (of: TaskIdentity): of is Journaled => of.journal !== undefined;

/** The report with what its task has asked of the store by now; `delivering` belongs to the output. */
function withRequests(report: TaskReport, requests: RequestCounts, delivering: RequestCounts): TaskReport {
  const { output } = report.metrics;
  const more = Object.values(delivering);
  const metrics = {
    ...report.metrics,
    requests,
    output: {
      requests: output.requests + more.reduce((sum, { requests: n }) => sum + n, 0),
      bytes: output.bytes + more.reduce((sum, { bytes }) => sum + bytes, 0),
    },
  };
  return { ...report, metrics };
}

/** A report that is too large for an answer. */
async function throughStore(
  report: TaskReport,
  task: Task,
  stores: TaskStores,
  { signal }: ServeOptions,
): Promise<WorkerAnswer> {
  const before = stores.requests();
  const uri = reportObject(task);
  const { store, location } = stores.resolve(uri);
  try {
    await store.put(location, compress(unpack(packReport(report))), signal ? { signal } : {});
    return { reportAt: uri, requests: countsSince(before, stores.requests()) };
  } catch (error) {
    return { report: packReport({ ...report, outcome: { ok: false, error: toWireError(error) } }) };
  }
}
