import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startObjectServer } from '../../src/cloud/local/objects/object-server.ts';
import { FileObjectStore } from '../../src/storage/file.ts';
import { MemoryObjectStore } from '../../src/storage/memory.ts';
import { S3ObjectStore } from '../../src/storage/s3.ts';
import { storageContract } from './contract.ts';
import { createBucket } from './create-bucket.ts';
import { FakeS3 } from './fake-s3.ts';

storageContract(
  'memory',
  async () => ({
    store: new MemoryObjectStore(),
    bucket: 'b',
    prefix: 'some/prefix/',
    close: async () => undefined,
  }),
  { metadata: true, anyKey: true },
);

storageContract('file', async () => {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'squall-contract-'));
  return {
    store: new FileObjectStore(),
    bucket: '',
    prefix: `${folder.slice(1)}/`,
    close: () => rm(folder, { recursive: true }),
  };
});

storageContract(
  's3 against a tiny server',
  async () => {
    const fake = await FakeS3.start();
    const store = new S3ObjectStore({
      endpoint: fake.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    });
    const close = async () => {
      await store.close();
      await fake.stop();
    };
    return { store, bucket: 'bucket', prefix: 'some/prefix/', close };
  },
  { metadata: true, anyKey: true, buckets: true },
);

storageContract(
  'embedded',
  async () => {
    const root = await mkdtemp(join(tmpdir(), 'squall-contract-'));
    const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
    const region = 'us-east-1';
    const server = await startObjectServer({ root, region, credentials });
    await createBucket({ endpoint: server.endpoint, region, ...credentials }, 'bucket');
    const store = new S3ObjectStore({ endpoint: server.endpoint, region, credentials });
    const close = async () => {
      await store.close();
      await server.close();
      await rm(root, { recursive: true });
    };
    return { store, bucket: 'bucket', prefix: 'some/prefix/', close };
  },
  { metadata: true, anyKey: true, buckets: true, minPartBytes: 5 << 20 },
);
