import { expect, it } from 'vitest';
import { US_EAST_1 } from '../../common/prices.ts';
import { Stores } from '../../storage/stores.ts';
import { awsCloud } from './aws-cloud.ts';

const OPTIONS = {
  stores: new Stores(),
  storage: {},
  functionName: 'squall-worker',
  memoryMb: 2048,
  timeoutMs: 900_000,
  concurrency: null,
  scratch: 's3://bucket/scratch',
  region: 'eu-central-1',
};

it('offers what AWS Lambda does, at list prices', async () => {
  const cloud = awsCloud(OPTIONS);
  expect(cloud).toMatchObject({ target: 'aws', scratch: 's3://bucket/scratch', prices: US_EAST_1 });
  expect(cloud.limits).toEqual({
    memoryMb: 2048,
    timeoutMs: 900_000,
    ramp: { burst: 1_000, perSecond: 100 },
    concurrency: 1_000,
    payloadBytes: 6_291_456,
  });
  await cloud.close();
  await cloud.close();
  expect(awsCloud({ ...OPTIONS, concurrency: 7 }).limits.concurrency).toBe(7);
});

it.each([null, 'file:///tmp/x', './x'])(
  'needs a place for temporary objects that functions reach, not %s',
  (scratch) => {
    expect(() => awsCloud({ ...OPTIONS, scratch })).toThrow('--target aws needs a place on S3 for temporary objects');
  },
);
