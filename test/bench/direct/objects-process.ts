import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startObjectServer } from '../../../src/cloud/local/objects/object-server.ts';

// The embedded S3 server in a process of its own, as slow as it is told; ends with its parent.
const ms = Number(process.argv[2]);
const credentials = { accessKeyId: process.argv[3] as string, secretAccessKey: process.argv[4] as string };
const root = await mkdtemp(join(tmpdir(), 'squall-bench-direct-'));
const latency = { GET: ms, PUT: ms };
const server = await startObjectServer({ root, credentials, region: 'eu-west-1', autoCreateBuckets: true, latency });
process.once('disconnect', async () => {
  await server.close();
  await rm(root, { recursive: true });
});
process.send?.(server.endpoint);
