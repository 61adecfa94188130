import { seededRandom } from '../../common/clock.ts';
import { US_EAST_1 } from '../../common/prices.ts';
import type { Cloud, CloudLimits } from '../../driver/cloud.ts';
import { meteredStores } from '../../driver/request-meter.ts';
import { LambdaInvoker } from '../../invoke/lambda-invoker.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { Stores, type StoresOptions } from '../../storage/stores.ts';
import { AWS_MODEL, type SimModel } from './models.ts';
import { SimFunctions } from './sim-functions.ts';
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
  /** Whether a function dies as it starts; told the number of its invocation, from 0. */
  readonly dies?: (nth: number) => boolean;
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
  const stores = meteredStores({}, storesOptions('driver'));
  const functions = new SimFunctions({
    clock,
    random,
    trace,
    model,
    payloadBytes: limits.payloadBytes,
    stores: (who) => new Stores({}, storesOptions(who)),
    ...(options.dies && { dies: options.dies }),
  });
  const invoker = new LambdaInvoker({
    functionName: 'squall-worker',
    lambda: functions.caller('driver'),
    payloadBytes: limits.payloadBytes,
    stores,
    clock,
    random,
  });
  return {
    target: 'sim',
    clock,
    random,
    trace,
    stores,
    storage: {},
    invoker,
    limits,
    scratch: 's3://scratch/squall',
    links: null,
    prices: US_EAST_1,
    close: async () => {
      invoker.close();
      await functions.close();
    },
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
    import('../../exchange/range-filter.ts'),
    import('../../worker/invoke-others.ts'),
    import('../../worker/pending-producers.ts'),
  ]);
}
