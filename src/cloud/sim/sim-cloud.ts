import { seededRandom } from '../../common/clock.ts';
import { InvokeError } from '../../common/errors.ts';
import { US_EAST_1 } from '../../common/prices.ts';
import { decodeWire, encodeWire } from '../../common/wire.ts';
import type { Cloud, CloudLimits, Invoker } from '../../driver/cloud.ts';
import { meteredStores } from '../../driver/request-meter.ts';
import type { InvokeOptions } from '../../invoke/invoke-options.ts';
import type { Task, TaskReport } from '../../operators/task.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { Stores, type StoresOptions } from '../../storage/stores.ts';
import { KeptMemory } from '../../worker/kept-memory.ts';
import { runTask } from '../../worker/run-task.ts';
import { taskStores } from '../../worker/task-stores.ts';
import { AWS_MODEL, drawLatency, type SimModel } from './models.ts';
import { SimStore } from './sim-store.ts';
import { Trace } from './trace.ts';
import { VirtualClock } from './virtual-clock.ts';

export interface SimCloudOptions {
  /** Decides every latency, every id and every pause: one seed, one trace. */
  readonly seed: number;
  /** The objects of scheme s3, usually a MemoryObjectStore. */
  readonly objects: ObjectStore;
  readonly model?: SimModel;
  readonly limits?: Partial<CloudLimits>;
}

export interface SimCloud extends Cloud {
  readonly target: 'sim';
  readonly clock: VirtualClock;
  /** What happened, in virtual time. */
  readonly trace: Trace;
}

const LIMITS: CloudLimits = { memoryMb: 1769, timeoutMs: 300_000, concurrency: 1_000, payloadBytes: 6_291_456 };

/**
 * The real driver and the real worker under virtual time and seeded dice: functions are calls, S3 is a memory store, both as
 * slow as the model says. Nothing outside the injected interfaces is touched, so the same seed gives the same trace.
 */
export async function simCloud(options: SimCloudOptions): Promise<SimCloud> {
  await warmUp();
  const clock = new VirtualClock();
  const random = seededRandom(options.seed);
  const trace = new Trace(clock);
  const model = options.model ?? AWS_MODEL;
  const { objects } = options;
  const storesOptions = (who: string): StoresOptions => ({
    clock,
    random,
    transports: { s3: new SimStore({ inner: objects, clock, random, model, trace, who }) },
  });
  const limits = { ...LIMITS, ...options.limits };
  return {
    target: 'sim',
    clock,
    random,
    trace,
    stores: meteredStores({}, storesOptions('driver')),
    storage: {},
    invoker: new SimInvoker({
      clock,
      random,
      trace,
      model,
      payloadBytes: limits.payloadBytes,
      stores: (who) => new Stores({}, storesOptions(who)),
    }),
    limits,
    scratch: 's3://scratch/squall',
    links: null,
    prices: US_EAST_1,
    close: async () => undefined,
  };
}

/**
 * Loads what a worker loads lazily: under virtual time nothing may wait for anything but the virtual clock, or the clock would
 * run ahead.
 */
async function warmUp(): Promise<void> {
  await Promise.all([
    import('../../exchange/output-sink.ts'),
    import('../../exchange/manifest.ts'),
    import('../../exchange/prefetch.ts'),
    import('../../parquet/read-row-group.ts'),
    import('../../parquet/open-row-group.ts'),
  ]);
}

interface SimInvokerOptions {
  readonly clock: VirtualClock;
  readonly random: ReturnType<typeof seededRandom>;
  readonly trace: Trace;
  readonly model: SimModel;
  /** Largest answer, bytes. */
  readonly payloadBytes: number;
  readonly stores: (who: string) => Stores;
}

interface Instance {
  readonly id: string;
  readonly stores: Stores;
  readonly memory: KeptMemory;
}

/** Functions under virtual time, each with connections of its own, warm ones used again. */
class SimInvoker implements Invoker {
  readonly #options: SimInvokerOptions;
  readonly #idle: Instance[] = [];
  #instances = 0;

  constructor(options: SimInvokerOptions) {
    this.#options = options;
  }

  async invoke(task: Task, { signal }: InvokeOptions): Promise<TaskReport> {
    const { clock, random, trace, model } = this.#options;
    const name = `stage ${task.stage} task ${task.task} attempt ${task.attempt}`;
    trace.add(`driver invokes ${name}`);
    await clock.sleep(drawLatency(model.invoke, random), signal);
    const warm = this.#idle.pop();
    const instance = warm ?? this.#newInstance();
    const initMs = warm ? null : drawLatency(model.coldStart, random);
    if (initMs !== null) await clock.sleep(initMs, signal);
    trace.add(`${instance.id} starts ${name}${warm ? '' : ' cold'}`);
    const received = decodeWire(encodeWire(task)) as Task;
    const report = await runTask(
      received,
      {
        clock,
        random,
        openStores: () => taskStores(instance.stores),
        spillPlace: () => ({ store: new MemoryObjectStore(), base: { bucket: 'spill', key: '' } }),
        memory: instance.memory,
        instance: { id: instance.id, start: () => ({ coldStart: !warm, initMs }), memoryPeakBytes: () => 0 },
      },
      { signal },
    );
    await clock.sleep(report.metrics.rowsIn / model.rowsPerMs, signal);
    trace.add(
      `${instance.id} ends ${name}: ${report.outcome.ok ? `${report.outcome.manifest.rows} rows` : report.outcome.error.code}`,
    );
    this.#idle.push(instance);
    const answer = encodeWire(report);
    if (Buffer.byteLength(answer) > this.#options.payloadBytes) {
      throw new InvokeError('SQ6004', `a function died (${name}): Function.ResponseSizeTooLarge`, { retryable: true });
    }
    return decodeWire(answer) as TaskReport;
  }

  #newInstance(): Instance {
    const id = `function-${this.#instances++}`;
    return { id, stores: this.#options.stores(id), memory: new KeptMemory() };
  }
}
