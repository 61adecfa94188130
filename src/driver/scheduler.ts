import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import {
  asSquallError,
  assertNever,
  CancelledError,
  cancelled,
  fromWireError,
  InternalError,
  type SquallError,
  throwIfAborted,
} from '../common/errors.ts';
import { attemptId, type QueryId, type StageId, taskId } from '../common/ids.ts';
import { manifestPartition } from '../exchange/manifest.ts';
import {
  type ExchangeInput,
  type Manifest,
  PROTOCOL_VERSION,
  type Task,
  type TaskMetrics,
  type TaskReport,
} from '../operators/task.ts';
import { type RangeReading, rangeReadings } from '../planner/stages/range-bounds.ts';
import { type Reading, readings } from '../planner/stages/routes.ts';
import type { Stage, StageGraph, StageInput } from '../planner/stages/stage-graph.ts';
import { acceptReport } from './accept-report.ts';
import { type Cloud, inlineBytes } from './cloud.ts';
import { mayRetry, retryPause } from './retry.ts';
import type { Scratch } from './scratch.ts';

/** Share of a function's memory that a task may take as linear memory; the rest is Node, code and buffers in flight. */
const MEMORY_SHARE = 0.6;
/** A task gives up this long before its function would be killed, so that it can still report; at most a tenth of its time. */
const DEADLINE_MARGIN_MS = 1_000;

export interface SchedulerOptions {
  readonly query: QueryId;
  readonly cloud: Cloud;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  /** Called after every ended attempt. */
  readonly onAttempt: (event: AttemptEvent) => void;
}

/** One attempt has ended, well or not. */
export interface AttemptEvent {
  readonly stage: StageId;
  readonly task: number;
  readonly attempt: number;
  /** Clock.monotonic() at its start and end. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Null when the function never answered. */
  readonly metrics: TaskMetrics | null;
  readonly error: SquallError | null;
  /** The task will be started again. */
  readonly retried: boolean;
}

/**
 * Runs the stages in order: a stage starts when all of its inputs are complete. The first error that cannot be retried
 * stops every running task and is thrown; so does the signal. A stage of which only some rows are wanted is complete when it has
 * them: what still runs is stopped, what has not begun is never started.
 *
 * @returns the manifests of the last stage, in task order.
 */
export async function runStages(graph: StageGraph, options: SchedulerOptions): Promise<readonly Manifest[]> {
  const outputs = new Map<StageId, readonly Manifest[]>();
  let last: readonly Manifest[] = [];
  for (const stage of graph.stages) {
    throwIfAborted(options.signal);
    for (const input of stage.inputs) if (!outputs.has(input.stage)) missingInput(stage, input.stage);
    const inputs = stage.inputs.map(
      (input) => [input.stage, inputsOf(stage, input, outputs.get(input.stage) ?? [])] as const,
    );
    const exchanges = (task: number): Task['exchanges'] =>
      Object.fromEntries(inputs.map(([from, inputOf]) => [from, inputOf(task)]));
    const inlineShare = Math.floor(
      inlineBytes(options.cloud.limits) / stage.tasks.length / mostInputs(graph, stage.id),
    );
    last = await runStage(stage, { ...options, exchanges, inlineShare });
    outputs.set(stage.id, last);
  }
  return last;
}

/** What a stage delivered to each task of a reader: all of it, or what the task's route says. */
function inputsOf(stage: Stage, { route }: StageInput, outputs: readonly Manifest[]): (task: number) => ExchangeInput {
  const slices = (parts: readonly Reading[]) =>
    parts.flatMap(({ producer, from, to }) => {
      const output = outputs[producer];
      if (!output) throw new InternalError(`stage ${stage.id} reads a task ${producer} that did not run`);
      return Array.from({ length: to - from }, (_, i) => manifestPartition(output, from + i) ?? []).flat();
    });
  switch (route.kind) {
    case 'all':
      return () => ({ manifests: outputs });
    case 'partitions':
      return (task) => ({
        manifests: slices(readings(route, stage.tasks[task]?.partitions ?? { from: task, to: task + 1 })),
      });
    case 'range': {
      const ranges = rangeReadings(route, outputs, stage.tasks.length);
      return (task) => {
        const { range, readings: parts } = ranges[task] as RangeReading;
        return { manifests: slices(parts), range };
      };
    }
    default:
      return assertNever(route);
  }
}

interface StageOptions extends SchedulerOptions {
  /** What a task reads of earlier stages. */
  readonly exchanges: (task: number) => Task['exchanges'];
  /** Bytes that one task's output may have to travel inside messages. */
  readonly inlineShare: number;
}

/**
 * The most inputs that a consumer of this stage has: all outputs of all of its inputs together stay below one payload, so that
 * one consumer can be handed them inline.
 */
const mostInputs = (graph: StageGraph, producer: StageId): number =>
  graph.stages.reduce(
    (most, { inputs }) => (inputs.some(({ stage }) => stage === producer) ? Math.max(most, inputs.length) : most),
    1,
  );

function missingInput(stage: Stage, input: StageId): never {
  throw asSquallError(new Error(`stage ${stage.id} is planned before its input, stage ${input}`));
}

/** The outputs of all tasks, in their order; of those that are enough, where the stage says how many rows are. */
async function runStage(stage: Stage, options: StageOptions): Promise<readonly Manifest[]> {
  const siblings = new AbortController();
  const sated = new AbortController();
  let rows = 0;
  const signal = AbortSignal.any([options.signal, siblings.signal, sated.signal]);
  // One listener a running task, however many there are: no leak.
  setMaxListeners(0, signal);
  const limit = pLimit(options.cloud.limits.concurrency);
  const runs = stage.tasks.map((_, index) =>
    limit(async () => {
      try {
        const manifest = await runTask(stage, index, { ...options, signal });
        rows += manifest.rows;
        if (stage.enough !== null && rows >= stage.enough)
          sated.abort(new CancelledError('SQ7000', 'enough rows are there'));
        return manifest;
      } catch (error) {
        if (sated.signal.aborted) return null;
        siblings.abort(asSquallError(error));
        throw error;
      }
    }),
  );
  const settled = await Promise.allSettled(runs);
  throwIfAborted(options.signal);
  if (siblings.signal.aborted) throw cancelled(siblings.signal);
  return settled.flatMap((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value ?? [];
  });
}

/** Attempts until one succeeds: the first accepted report wins. */
async function runTask(stage: Stage, index: number, options: StageOptions): Promise<Manifest> {
  const { cloud, scratch, signal } = options;
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(signal);
    const task = taskMessage(stage, index, attempt, options);
    const startedAt = cloud.clock.monotonic();
    const { report, error } = await attemptOnce(task, options);
    if (report?.outcome.ok) scratch.wrote(report.outcome.manifest);
    else scratch.lost(task.output.uri);
    const retried = error !== null && !signal.aborted && mayRetry(error, attempt);
    options.onAttempt({
      stage: stage.id,
      task: index,
      attempt,
      startedAt,
      endedAt: cloud.clock.monotonic(),
      metrics: report?.metrics ?? null,
      error,
      retried,
    });
    if (report?.outcome.ok) return report.outcome.manifest;
    if (!retried) throw error;
    await cloud.clock.sleep(retryPause(attempt, cloud.random), signal);
  }
}

interface Ended {
  readonly report: TaskReport | null;
  readonly error: SquallError | null;
}

async function attemptOnce(task: Task, { cloud, scratch, signal }: StageOptions): Promise<Ended> {
  try {
    const report = acceptReport(
      await cloud.invoker.invoke(task, { signal, wrote: (uri) => scratch.mayExist(uri) }),
      task,
    );
    return { report, error: report.outcome.ok ? null : fromWireError(report.outcome.error) };
  } catch (thrown) {
    return { report: null, error: asSquallError(thrown) };
  }
}

function taskMessage(
  stage: Stage,
  index: number,
  attempt: number,
  { query, cloud, scratch, exchanges, inlineShare }: StageOptions,
): Task {
  const ids = { stage: stage.id, task: taskId(index), attempt: attemptId(attempt) };
  const { memoryMb, timeoutMs } = cloud.limits;
  return {
    version: PROTOCOL_VERSION,
    query,
    ...ids,
    plan: stage.plan,
    scans: stage.tasks[index]!.scans,
    exchanges: exchanges(index),
    output: {
      uri: scratch.uri(ids),
      maxInlineBytes: inlineShare,
      ...(stage.output.kind !== 'whole' && { partitioning: stage.output }),
    },
    storage: cloud.storage,
    budget: {
      memoryBytes: Math.floor(memoryMb * 1024 * 1024 * MEMORY_SHARE),
      deadline: cloud.clock.now() + timeoutMs - Math.min(DEADLINE_MARGIN_MS, timeoutMs / 10),
    },
  };
}
