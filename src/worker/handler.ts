import { randomUUID } from 'node:crypto';
import { systemClock, systemRandom } from '../common/clock.ts';
import { MAX_SYNC_BYTES } from '../invoke/lambda-api.ts';
import type { WorkerAnswer, WorkerEvent } from '../invoke/messages.ts';
import type { StorageSettings } from '../storage/settings.ts';
import { Stores } from '../storage/stores.ts';
import { diskSpill } from './disk-spill.ts';
import type { FunctionHost, WorkerInstance } from './host.ts';
import { KeptMemory } from './kept-memory.ts';
import { openSelf } from './self.ts';
import { serve } from './serve.ts';
import { taskStores } from './task-stores.ts';

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

const host: FunctionHost = {
  clock: systemClock,
  random: systemRandom,
  openStores: (settings) => taskStores(storesFor(settings)),
  spillPlace: diskSpill,
  memory: new KeptMemory(),
  instance,
  answerBytes: MAX_SYNC_BYTES,
  openSelf: () => openSelf(process.env),
};

/** The function's entry: an event in, an answer out. Throws ExecutionError SQ3001 when the event holds no task. */
export const handler = (event: WorkerEvent): Promise<WorkerAnswer> => serve(event, host);
