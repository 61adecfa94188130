import { type ErrorDetails, InvokeError, toWireError, type WireError } from '../common/errors.ts';
import { executePlan } from '../operators/execute-plan.ts';
import type { ExecutionContext } from '../operators/execution.ts';
import { FileSpillSpace } from '../operators/spill/spill-space.ts';
import { type Manifest, PROTOCOL_VERSION, type Task, type TaskReport } from '../operators/task.ts';
import { noRequests } from '../storage/counted.ts';
import { startDeadline } from './deadline.ts';
import { openDelivery } from './delivery.ts';
import type { TaskStores, WorkerHost } from './host.ts';
import { taskContext } from './task-context.ts';
import { openTaskLinks, type TaskLinks } from './task-links.ts';
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
      output: run.outputEdge.traffic,
      ...(run.links && { links: run.links }),
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
  const links = await openTaskLinks(run, stores, host);
  let manifest: Manifest;
  try {
    const spill = new FileSpillSpace({ memory, signal, ...host.spillPlace(task) });
    try {
      const space = { memory, buffers: host.memory.buffers, spill, clock: host.clock, links };
      manifest = await compute(run, stores, taskContext(run, stores, space), links);
    } finally {
      await spill.close();
    }
  } catch (error) {
    await links.close(error);
    throw error;
  }
  await links.close();
  host.memory.giveBack(memory);
  return manifest;
}

async function compute(
  run: TaskRun,
  stores: TaskStores,
  context: ExecutionContext,
  links: TaskLinks,
): Promise<Manifest> {
  const delivery = await openDelivery({ run, stores, context, links });
  try {
    await run.compute(async () => {
      for await (const batch of executePlan(run.task.plan, context)) await delivery.add(batch);
    });
    run.object = null;
    run.checkpoint();
    const { manifest, sent } = await run.time('write', () => delivery.finish());
    run.links = links.traffic(sent);
    return manifest;
  } finally {
    delivery.free();
  }
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
