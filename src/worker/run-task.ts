import { type ErrorDetails, InvokeError, toWireError, type WireError } from '../common/errors.ts';
import { executePlan } from '../operators/execute-plan.ts';
import { FileSpillSpace } from '../operators/spill/spill-space.ts';
import { type Manifest, PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import { noRequests } from '../storage/counted.ts';
import { startDeadline } from './deadline.ts';
import type { TaskStores, WorkerHost } from './host.ts';
import { taskContext } from './task-context.ts';
import { TaskRun } from './task-run.ts';

export interface RunTaskOptions {
  readonly signal?: AbortSignal;
  /** Opened already, for what came before the task; default: the host's. */
  readonly stores?: TaskStores;
}

/**
 * Runs one task to its report: reads the declared inputs, computes, delivers the output. Never throws: whatever goes wrong
 * is the report's error, with stage, task, attempt and, where one was at hand, the object. Stops at the deadline (SQ4006)
 * and when the signal fires (SQ7000), leaving no request under way. A task of another protocol version is refused (SQ6006).
 */
export async function runTask(task: Task, host: WorkerHost, options: RunTaskOptions = {}): Promise<TaskReport> {
  const { clock, instance } = host;
  const started = instance.start();
  const deadline = startDeadline(clock, task.budget?.deadline ?? clock.now(), options.signal);
  const run = new TaskRun(task, clock, deadline.signal);
  let stores = options.stores ?? null;
  let outcome: TaskReport['outcome'];
  try {
    checkVersion(task);
    stores ??= host.openStores(task.storage);
    outcome = { ok: true, manifest: await execute(run, stores, host) };
  } catch (error) {
    outcome = { ok: false, error: located(run, toWireError(error)) };
  } finally {
    deadline.stop();
  }
  const { stage, attempt, query } = task;
  const requests = stores?.requests() ?? noRequests();
  return {
    version: PROTOCOL_VERSION,
    query,
    stage,
    task: task.task,
    attempt,
    outcome,
    metrics: {
      rowsIn: run.rowsIn,
      rowsOut: outcome.ok ? outcome.manifest.rows : 0,
      operatorRows: run.operatorRows,
      requests,
      inputs: run.inputs,
      output: run.output,
      ms: run.times(),
      memoryPeakBytes: instance.memoryPeakBytes(),
      ...started,
      instance: instance.id,
    },
  };
}

function checkVersion({ version }: Task): void {
  if (version === PROTOCOL_VERSION) return;
  throw new InvokeError('SQ6006', `the task speaks protocol ${version}, this worker ${PROTOCOL_VERSION}`, {
    hint: 'deploy the worker of the same version',
  });
}

async function execute(run: TaskRun, stores: TaskStores, host: WorkerHost): Promise<Manifest> {
  const { task, signal } = run;
  run.checkpoint();
  const memory = host.memory.take(task.budget.memoryBytes);
  const [{ outputSink }, { writeOutput }] = await Promise.all([
    import('../exchange/output-sink.ts'),
    import('../exchange/manifest.ts'),
  ]);
  const spill = new FileSpillSpace({ memory, signal, ...host.spillPlace(task) });
  const context = taskContext(run, stores, { memory, buffers: host.memory.buffers, spill });
  const sink = outputSink(context, task.plan.columns, task.output.partitioning ?? null);
  let manifest: Manifest;
  try {
    await run.compute(async () => {
      for await (const batch of executePlan(task.plan, context)) sink.add(batch);
    });
    run.object = null;
    run.checkpoint();
    manifest = await run.time('write', () => {
      const resolve = (uri: string) => stores.resolve(uri);
      return writeOutput(sink.finish(), { target: task.output, task, resolve, signal });
    });
    if (manifest.body.kind === 'object') run.output = { requests: 1, bytes: manifest.body.size };
  } finally {
    sink.free();
    await spill.close();
  }
  host.memory.giveBack(memory);
  return manifest;
}

/** What the error itself says about its place comes first. */
function located({ task, object }: TaskRun, error: WireError): WireError {
  const details: ErrorDetails = {
    stage: String(task.stage),
    task: String(task.task),
    attempt: task.attempt,
    ...(object !== null && { object }),
    ...error.details,
  };
  return { ...error, details };
}
