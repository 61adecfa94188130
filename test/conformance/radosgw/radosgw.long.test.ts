import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { startRadosgw } from './radosgw.ts';

it('starts an independent S3 server and leaves nothing behind', async () => {
  const gateway = await startRadosgw();
  const client = new S3Client({
    endpoint: gateway.endpoint,
    region: gateway.region,
    credentials: { accessKeyId: gateway.accessKeyId, secretAccessKey: gateway.secretAccessKey },
    forcePathStyle: true,
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: 'first' }));
    await client.send(new PutObjectCommand({ Bucket: 'first', Key: 'a b+c', Body: 'hello' }));
    const answer = await client.send(new GetObjectCommand({ Bucket: 'first', Key: 'a b+c' }));
    expect(await answer.Body?.transformToString()).toBe('hello');
  } finally {
    client.destroy();
    await gateway.stop();
  }
  await expect(fetch(gateway.endpoint)).rejects.toThrow('fetch failed');
});
