import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';

export interface BucketServer {
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** The store makes no buckets; tests need one. */
export async function createBucket({ endpoint, region, ...credentials }: BucketServer, bucket: string): Promise<void> {
  const { accessKeyId, secretAccessKey } = credentials;
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  } finally {
    client.destroy();
  }
}
