import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom } from '../common/clock.ts';
import { ExecutionError } from '../common/errors.ts';
import { decodeWire, encodeWire } from '../common/wire.ts';
import type { Task } from '../operators/task.ts';
import type { StorageSettings } from '../storage/settings.ts';
import { Stores } from '../storage/stores.ts';
import { diskSpill } from './disk-spill.ts';
import type { WorkerHost, WorkerInstance } from './host.ts';
import { KeptMemory } from './kept-memory.ts';
import { runTask } from './run-task.ts';
import { taskStores } from './task-stores.ts';

/** What the function is invoked with: a Task as `encodeWire` writes it. */
export interface WorkerEvent {
  readonly task: string;
}

/** What it answers: a TaskReport as `encodeWire` writes it. A failed task is an answer, too. */
export interface WorkerAnswer {
  readonly report: string;
}

/** Sets of storage settings whose connections are kept between invocations. */
const WARM_STORES = 4;

const BYTES_PER_KIB = 1024;

const warm = new Map<string, Stores>();

/** The stores for these settings, with the connections of earlier invocations. */
function storesFor(settings: StorageSettings): Stores {
  const key = JSON.stringify(settings);
  const stores = warm.get(key) ?? new Stores(settings);
  warm.delete(key);
  warm.set(key, stores);
  for (const [oldest, idle] of warm) {
    if (warm.size <= WARM_STORES) break;
    warm.delete(oldest);
    idle.close().catch((error: unknown) => process.emitWarning(`closing idle connections: ${String(error)}`));
  }
  return stores;
}

let invocations = 0;
const initMs = process.uptime() * 1000;

const instance: WorkerInstance = {
  id: process.env.AWS_LAMBDA_LOG_STREAM_NAME || randomUUID(),
  start: () => {
    const coldStart = invocations++ === 0;
    return { coldStart, initMs: coldStart ? initMs : null };
  },
  memoryPeakBytes: () => process.resourceUsage().maxRSS * BYTES_PER_KIB,
};

const host: WorkerHost = {
  clock: systemClock,
  random: systemRandom,
  openStores: (settings) => taskStores(storesFor(settings)),
  spillPlace: diskSpill,
  memory: new KeptMemory(),
  instance,
};

/** The function's entry: one Task in, one TaskReport out. Throws ExecutionError SQ3001 when the event holds no task. */
export async function handler(event: WorkerEvent): Promise<WorkerAnswer> {
  if (typeof event?.task !== 'string') throw new ExecutionError('SQ3001', 'the event holds no task');
  const task = decodeWire(event.task);
  if (typeof task !== 'object' || task === null) throw new ExecutionError('SQ3001', 'the event holds no task');
  return { report: encodeWire(await runTask(task as Task, host)) };
}
