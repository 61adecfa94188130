import { ExecutionError } from '../common/errors.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import type { Task, TaskReport } from '../operators/task.ts';
import { noRequests } from '../storage/counted.ts';
import type { RequestCounts } from '../storage/object-store.ts';
import type { StorageSettings } from '../storage/settings.ts';
import { type Packed, pack } from './pack.ts';

/** Which attempt of which task, and where its report is looked for. */
export type TaskIdentity = Pick<Task, 'query' | 'stage' | 'task' | 'attempt' | 'journal'>;

/** A task with a journal. */
export type Journaled = TaskIdentity & { readonly journal: string };

/** A message too large for an invocation: an object that is written first. */
export interface Stored {
  readonly uri: string;
  readonly storage: StorageSettings;
}

/** What comes with every task. */
interface TaskOptions {
  /** Time that the message had to wait, ms: the deadline is so much later. */
  readonly waitedMs?: number;
  /** Nobody waits for an answer: the journal has it, a failed one too. */
  readonly unanswered?: true;
}

export type TaskEvent =
  /** A Task in wire form. */
  ({ readonly task: Packed } & TaskOptions) | ({ readonly taskAt: Stored; readonly of: TaskIdentity } & TaskOptions);

/** A share of a tree: the function invokes the others before it runs its own. */
export type TreeEvent =
  /** A TreeShare in wire form. */
  { readonly tree: Packed; readonly waitedMs?: number } | { readonly treeAt: Stored; readonly waitedMs?: number };

export interface TreeShare {
  readonly own: TaskEvent;
  readonly others: readonly TreeChild[];
  readonly storage: StorageSettings;
  /** Until when the others may be invoked, ms since the Unix epoch. */
  readonly deadline: number;
}

export interface TreeChild {
  readonly of: Journaled;
  readonly event: TaskEvent;
}

/** What the function is invoked with. */
export type WorkerEvent = TaskEvent | TreeEvent | /** Answered when the instance is ready. */ { readonly warm: true };

/** What it answers. A failed task is an answer, too. */
export type WorkerAnswer =
  /** A TaskReport in wire form. */
  | { readonly report: Packed }
  | {
      readonly reportAt: string;
      /** What storing it took; the report cannot know. */
      readonly requests: RequestCounts;
    }
  | { readonly warm: true }
  | { readonly unanswered: true };

/** Where a task that is too large for a message travels. */
export const taskObject = ({ output }: Pick<Task, 'output'>): string => `${output.uri}.task`;
/** Where the report of a task travels that is too large for a message. */
export const reportObject = ({ output }: Pick<Task, 'output'>): string => `${output.uri}.report`;
/** Where a share of a tree travels that is too large for an event, by the task that unfolds it. */
export const treeObject = ({ output }: Pick<Task, 'output'>): string => `${output.uri}.tree`;

export const identityOf = ({ query, stage, task, attempt, journal }: TaskIdentity): TaskIdentity => ({
  query,
  stage,
  task,
  attempt,
  ...(journal !== undefined && { journal }),
});

/** The report of a task that did not run. */
export const unrun = (
  { query, stage, task, attempt }: TaskIdentity,
  version: TaskReport['version'],
  error: Extract<TaskReport['outcome'], { ok: false }>['error'],
): TaskReport => ({
  version,
  query,
  stage,
  task,
  attempt,
  outcome: { ok: false, error },
  metrics: {
    rowsIn: 0,
    rowsOut: 0,
    operatorRows: [],
    requests: noRequests(),
    inputs: {},
    output: { requests: 0, bytes: 0 },
    ms: { fetch: 0, decode: 0, compute: 0, write: 0, total: 0 },
    memoryPeakBytes: 0,
    coldStart: false,
    initMs: null,
    instance: '',
  },
});

/** A task as it travels: its inline bodies are compressed as well as they can be. */
export const packTask = (task: Task): Packed => pack(encodeWire(task), base64Length(inlineInputs(task)));

export const packReport = (report: TaskReport): Packed => {
  const { outcome } = report;
  const body = outcome.ok && outcome.manifest.body.kind === 'inline' ? outcome.manifest.body.bytes.length : 0;
  return pack(encodeWire(report), base64Length(body));
};

/** The object that a message in wire form is. Throws ExecutionError SQ3001 for anything else. */
export function readMessage(text: string, what: string): object {
  const message = decodeWire(text);
  if (typeof message !== 'object' || message === null) throw new ExecutionError('SQ3001', `the event holds no ${what}`);
  return message;
}

function inlineInputs({ exchanges }: Task): number {
  let bytes = 0;
  for (const { manifests } of Object.values(exchanges)) {
    for (const { body } of manifests) if (body.kind === 'inline') bytes += body.bytes.length;
  }
  return bytes;
}

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;
