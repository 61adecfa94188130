import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { answer, FakeS3 } from '../../test/storage/fake-s3.ts';
import { noRequests } from './counted.ts';
import { MemoryObjectStore } from './memory.ts';
import { Stores } from './stores.ts';

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };

describe('Stores', () => {
  it('finds the store and the place of each URI', async () => {
    const stores = new Stores({}, { cwd: '/data' });
    expect(stores.resolve('s3://b/k')).toMatchObject({ scheme: 's3', location: { bucket: 'b', key: 'k' } });
    expect(stores.resolve('x/*.parquet').location).toEqual({ bucket: '', key: 'data/x/*.parquet' });
    expect(stores.resolve('memory://b/k').store).toBe(stores.store('memory'));
    expect(stores.resolve({ scheme: 'file', location: { bucket: '', key: 'a' } }).store).toBe(stores.store('file'));
    expect(() => stores.resolve('ftp://b/k')).toThrow('"ftp://b/k" is not a location: the scheme ftp is unknown');
    await stores.close();
  });

  it('counts over all stores', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'squall-stores-'));
    const stores = new Stores({}, { cwd: folder });
    expect(stores.requests()).toEqual(noRequests());
    for (const uri of ['file.bin', 'memory://b/k']) {
      const { store, location } = stores.resolve(uri);
      await store.put(location, new Uint8Array(3));
    }
    expect(stores.requests().PUT).toMatchObject({ requests: 2, bytes: 6 });
    await stores.close();
    await rm(folder, { recursive: true });
  });

  it('takes a transport from outside', async () => {
    const memory = new MemoryObjectStore();
    await memory.put({ bucket: 'b', key: 'k' }, new Uint8Array(3));
    const stores = new Stores({}, { transports: { s3: memory } });
    const { store, location } = stores.resolve('s3://b/k');
    expect((await store.head(location)).size).toBe(3);
    expect(stores.requests().HEAD.requests).toBe(1);
  });

  it('hands the regions it learned to workers, and never credentials', async () => {
    const fake = await FakeS3.start();
    fake.put('k', 'x');
    fake.failNext(answer(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-west-1' } }));
    const settings = { s3: { endpoint: fake.endpoint, region: 'us-east-1' } };
    const stores = new Stores(settings, { s3: { credentials } });
    expect(stores.settings).toEqual(settings);
    const { store, location } = stores.resolve('s3://bucket/k');
    await store.head(location);
    expect(stores.settings).toEqual({
      s3: { endpoint: fake.endpoint, region: 'us-east-1', bucketRegions: { bucket: 'eu-west-1' } },
    });
    await stores.close();
    await fake.stop();
  });
});
