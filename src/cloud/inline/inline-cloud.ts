import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pLimit from 'p-limit';
import { type Clock, type Random, systemClock, systemRandom } from '../../common/clock.ts';
import { throwIfAborted } from '../../common/errors.ts';
import { decodeWire, encodeWire } from '../../common/wire.ts';
import type { Cloud, Invoker } from '../../driver/cloud.ts';
import { postponed } from '../../invoke/postponed.ts';
import type { Task, TaskReport } from '../../operators/task.ts';
import type { StorageSettings } from '../../storage/settings.ts';
import type { Stores } from '../../storage/stores.ts';
import { diskSpill } from '../../worker/disk-spill.ts';
import type { WorkerHost } from '../../worker/host.ts';
import { KeptMemory } from '../../worker/kept-memory.ts';
import { runTask } from '../../worker/run-task.ts';
import { taskStores } from '../../worker/task-stores.ts';

export interface InlineCloudOptions {
  readonly stores: Stores;
  readonly storage: StorageSettings;
  /** Stores of the tasks' own, so that their requests are counted apart from the driver's. */
  readonly taskStores: Stores;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** URI prefix for temporary objects; null: a folder of the system's, removed at the end. */
  readonly scratch: string | null;
}

/** Payload of AWS Lambda, so that what travels inline there travels inline here. */
const PAYLOAD_BYTES = 6_291_456;

const BYTES_PER_KIB = 1024;

/** Runs tasks in the calling process, one after the other: the very messages and the very worker code, no function. */
export function inlineCloud(options: InlineCloudOptions): Cloud {
  const { stores, storage, memoryMb, timeoutMs } = options;
  const folder = options.scratch === null ? mkdtempSync(join(tmpdir(), 'squall-')) : null;
  return {
    target: 'inline',
    clock: systemClock,
    random: systemRandom,
    stores,
    storage,
    invoker: inlineInvoker(options.taskStores, systemClock, systemRandom),
    limits: { memoryMb, timeoutMs, concurrency: 1, payloadBytes: PAYLOAD_BYTES },
    scratch: options.scratch ?? pathToFileURL(`${folder}/`).href,
    links: null,
    prices: null,
    close: async () => {
      try {
        await options.taskStores.close();
      } finally {
        if (folder !== null) await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function inlineInvoker(stores: Stores, clock: Clock, random: Random): Invoker {
  const one = pLimit(1);
  const host: WorkerHost = {
    clock,
    random,
    openStores: () => taskStores(stores),
    spillPlace: diskSpill,
    memory: new KeptMemory(),
    instance: {
      id: 'inline',
      start: () => ({ coldStart: false, initMs: null }),
      memoryPeakBytes: () => process.resourceUsage().maxRSS * BYTES_PER_KIB,
    },
  };
  return {
    invoke: (task, { signal }) => {
      const calledAt = clock.monotonic();
      return one(async () => {
        throwIfAborted(signal);
        const received = decodeWire(encodeWire(postponed(task, clock.monotonic() - calledAt))) as Task;
        const report = await runTask(received, host, { signal });
        throwIfAborted(signal);
        return decodeWire(encodeWire(report)) as TaskReport;
      });
    },
  };
}
