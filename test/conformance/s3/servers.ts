import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startObjectServer } from '../../../src/cloud/local/objects/object-server.ts';
import type { Target } from './harness.ts';

export interface RunningServer extends Target {
  /** Ends the server and removes what it holds. */
  stop(): Promise<void>;
}

export async function startEmbedded(): Promise<RunningServer> {
  const root = await mkdtemp(join(tmpdir(), 'squall-s3-conformance-'));
  const credentials = { accessKeyId: 'AKIDCONFORMANCE', secretAccessKey: 'conformance/secret+key' };
  const region = 'eu-central-1';
  try {
    const server = await startObjectServer({ root, credentials, region });
    const stop = async () => {
      await server.close();
      await rm(root, { recursive: true });
    };
    return { endpoint: server.endpoint, region, ...credentials, stop };
  } catch (error) {
    await rm(root, { recursive: true });
    throw error;
  }
}
