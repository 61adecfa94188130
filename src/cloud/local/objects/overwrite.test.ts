import { createHash } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startTestServer } from './fixtures/test-server.ts';

it('never answers with the bytes of one version and the ETag of another', async () => {
  const { client, close } = await startTestServer();
  try {
    const where = { Bucket: 'bucket', Key: 'hot' };
    await client.send(new CreateBucketCommand({ Bucket: 'bucket' }));
    const bodies = Array.from({ length: 4 }, (_, i) => Buffer.alloc(100_000, 65 + i));
    const put = (i: number) => client.send(new PutObjectCommand({ ...where, Body: bodies[i % bodies.length]! }));
    await put(0);
    let writing = true;
    const reader = async () => {
      while (writing) {
        const { Body, ETag } = await client.send(new GetObjectCommand(where));
        const bytes = await Body!.transformToByteArray();
        expect(ETag).toBe(`"${createHash('md5').update(bytes).digest('hex')}"`);
      }
    };
    const readers = Promise.all([reader(), reader(), reader()]);
    try {
      for (let i = 0; i < 15; i++) await Promise.all([put(i), put(i + 1)]);
    } finally {
      writing = false;
    }
    await readers;
  } finally {
    await close();
  }
});
