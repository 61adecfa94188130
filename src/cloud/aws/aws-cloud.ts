import { systemClock, systemRandom } from '../../common/clock.ts';
import { BindError } from '../../common/errors.ts';
import { US_EAST_1 } from '../../common/prices.ts';
import type { Cloud } from '../../driver/cloud.ts';
import type { RampLimits } from '../../driver/schedule/ramp.ts';
import { scratchBases } from '../../driver/scratch.ts';
import { MAX_SYNC_BYTES } from '../../invoke/lambda-api.ts';
import { lambdaClient } from '../../invoke/lambda-client.ts';
import { LambdaInvoker } from '../../invoke/lambda-invoker.ts';
import type { StorageSettings } from '../../storage/settings.ts';
import type { Stores } from '../../storage/stores.ts';
import { DEFAULT_CONCURRENCY } from './account-concurrency.ts';

export interface AwsCloudOptions {
  readonly stores: Stores;
  readonly storage: StorageSettings;
  /** Name or ARN of the function. */
  readonly functionName: string;
  /** As deployed; decides the bill and the memory budget of a task. */
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly concurrency: number | null;
  /** `s3://bucket/prefix` the function may write to; several with commas between them. */
  readonly scratch: string | null;
  readonly region: string | null;
}

/** What an answer may take beyond the function's own time: its start, and the way. */
const ANSWER_MARGIN_MS = 60_000;
/**
 * Nothing stops a function on AWS. So long the end waits for those of queries that were cancelled or had enough rows, to take away what
 * they write, ms; what comes later is left to the lifecycle rule of the scratch prefix.
 */
const CLOSE_MS = 10_000;
/** Tells functions their public address; AWS runs it for everybody. */
const ADDRESS_ECHO = 'https://checkip.amazonaws.com';

/** Lambda starts 1,000 instances of a function in 10 seconds, beyond those that it can start at once. */
const RAMP: RampLimits = { burst: 1_000, perSecond: 100 };

/** AWS Lambda over the SDK's credential chain; AWS_ENDPOINT_URL_LAMBDA points it elsewhere. */
export function awsCloud(options: AwsCloudOptions): Cloud {
  if (!options.scratch || !scratchBases(options.scratch).every((base) => base.startsWith('s3://'))) {
    throw new BindError('SQ1302', '--target aws needs a place on S3 for temporary objects', {
      hint: 'give --scratch s3://bucket/prefix that the function may read and write',
    });
  }
  const invoker = new LambdaInvoker({
    functionName: options.functionName,
    lambda: lambdaClient({
      client: options.region === null ? {} : { region: options.region },
      answerTimeoutMs: options.timeoutMs + ANSWER_MARGIN_MS,
    }),
    payloadBytes: MAX_SYNC_BYTES,
    stores: options.stores,
    clock: systemClock,
    random: systemRandom,
  });
  return {
    target: 'aws',
    clock: systemClock,
    random: systemRandom,
    stores: options.stores,
    storage: options.storage,
    invoker,
    limits: {
      memoryMb: options.memoryMb,
      timeoutMs: options.timeoutMs,
      concurrency: options.concurrency ?? DEFAULT_CONCURRENCY,
      payloadBytes: MAX_SYNC_BYTES,
      ramp: RAMP,
    },
    scratch: options.scratch,
    links: { kind: 'store', echo: ADDRESS_ECHO },
    prices: US_EAST_1,
    close: async () => {
      await invoker.drained(CLOSE_MS);
      invoker.close();
    },
  };
}
