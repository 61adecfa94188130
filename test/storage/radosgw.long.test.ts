import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StorageError } from '../../src/common/errors.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { S3ObjectStore } from '../../src/storage/s3.ts';
import { type Radosgw, startRadosgw } from '../conformance/radosgw/radosgw.ts';
import { type ContractTarget, storageContract } from './contract.ts';
import { createBucket } from './create-bucket.ts';

const BUCKET = 'contract';
const all = { kind: 'all' } as const;

let gateway: Radosgw;
let places = 0;

const connect = (more: { readonly secretAccessKey?: string; readonly anonymous?: boolean } = {}) => {
  const { endpoint, region, accessKeyId, secretAccessKey } = gateway;
  const credentials = { accessKeyId, secretAccessKey: more.secretAccessKey ?? secretAccessKey };
  return new S3ObjectStore({ endpoint, region, ...(more.anonymous ? { anonymous: true } : { credentials }) });
};

async function open(): Promise<ContractTarget> {
  const store = connect();
  return { store, bucket: BUCKET, prefix: `case-${places++}/`, close: () => store.close() };
}

const failure = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as StorageError,
  );

describe('Ceph RGW', () => {
  beforeAll(async () => {
    gateway = await startRadosgw();
    await createBucket(gateway, BUCKET);
  }, 400_000);
  afterAll(() => gateway.stop());

  storageContract('s3 against radosgw', open, {
    metadata: true,
    anyKey: true,
    buckets: true,
    minPartBytes: 5 << 20,
  });

  it('refuses parts that are too small', async () => {
    const store = connect();
    const upload = await store.multipart({ bucket: BUCKET, key: 'small' });
    await upload.write(new Uint8Array(10));
    await upload.write(new Uint8Array(10));
    expect(await failure(upload.complete())).toMatchObject({
      code: 'SQ5014',
      message: `s3://${BUCKET}/small: a part of the upload is too small`,
      hint: 'parts but the last need 5 MiB',
    });
    await upload.abort();
    await store.close();
  });

  it('refuses a wrong secret and unsigned requests', async () => {
    const wrong = connect({ secretAccessKey: 'wrong' });
    const unsigned = connect({ anonymous: true });
    expect(await failure(wrong.getRange({ bucket: BUCKET, key: 'k' }, all))).toMatchObject({ code: 'SQ5004' });
    expect(await failure(unsigned.getRange({ bucket: BUCKET, key: 'k' }, all))).toMatchObject({ code: 'SQ5003' });
    await wrong.close();
    await unsigned.close();
  });

  it('has one winner among 8 writers, 100 times, through the whole stack', async () => {
    const writers = Array.from({ length: 8 }, () => openStore(connect()).store);
    for (let round = 0; round < 100; round++) {
      const key = `race/${round}`;
      const outcomes = await Promise.all(
        writers.map((writer, i) => writer.putIfAbsent({ bucket: BUCKET, key }, Uint8Array.of(i))),
      );
      expect(outcomes.filter(({ created }) => created)).toHaveLength(1);
      const { body } = await (writers[0] as (typeof writers)[0]).getRange({ bucket: BUCKET, key }, all);
      expect(outcomes[body[0] as number]?.created).toBe(true);
    }
    await Promise.all(writers.map((writer) => writer.close()));
  });
});

describe('Ceph RGW that takes 8 requests at once', () => {
  let narrow: Radosgw;
  beforeAll(async () => {
    narrow = await startRadosgw({ maxRequests: 8 });
    await createBucket(narrow, BUCKET);
  }, 400_000);
  afterAll(() => narrow.stop());

  it('serves 1,000 reads from 200 callers, none lost, every 503 counted', async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = narrow;
    const transport = new S3ObjectStore({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    const opened = openStore(transport);
    const location = { bucket: BUCKET, key: 'hot/object' };
    await opened.store.put(location, new Uint8Array(64 << 10).fill(7));
    const caller = async () => {
      for (let i = 0; i < 5; i++) {
        const { body } = await opened.store.getRange(location, { kind: 'range', offset: 1024, length: 16 << 10 });
        expect(body.length).toBe(16 << 10);
      }
    };
    await Promise.all(Array.from({ length: 200 }, caller));
    const { requests, errors, bytes } = opened.requests().GET;
    expect(requests - errors).toBe(1_000);
    expect(bytes).toBe(1_000 * (16 << 10));
    expect(errors).toBeGreaterThan(0);
    expect(errors).toBeLessThan(500);
    await opened.store.close();
  });
});
