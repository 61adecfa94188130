import { mkdir } from 'node:fs/promises';
import { type Credentials, LOCAL_FUNCTION, LOCAL_REGION, newCredentials, startWorkerFunction } from './local-cloud.ts';
import { type ObjectServer, startObjectServer } from './objects/object-server.ts';

export interface StartLocalOptions {
  /** Directory behind the S3 server; its folders are the buckets. Made when missing. */
  readonly data: string;
  readonly s3Port?: number;
  readonly lambdaPort?: number;
  readonly memoryMb: number;
  readonly timeoutMs: number;
}

/** The embedded cloud as another process would use it. */
export interface LocalServices {
  readonly s3: { readonly endpoint: string; readonly region: string } & Credentials;
  readonly lambda: { readonly endpoint: string; readonly functionName: string };
  /** Ends both servers and all functions. */
  close(): Promise<void>;
}

/** The embedded S3 server over a directory, with credentials of its own. */
export interface EmbeddedObjects {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: Credentials;
  /** What a process needs in its environment to sign requests. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export async function startObjects(data: string, port?: number): Promise<EmbeddedObjects> {
  await mkdir(data, { recursive: true });
  const credentials = newCredentials();
  const server: ObjectServer = await startObjectServer({
    root: data,
    credentials,
    region: LOCAL_REGION,
    autoCreateBuckets: true,
    ...(port !== undefined && { port }),
  });
  const env = {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: LOCAL_REGION,
  };
  return { endpoint: server.endpoint, region: LOCAL_REGION, credentials, env, close: () => server.close() };
}

/** Both servers on loopback: what `squall local up` keeps running. One pair of credentials opens both. */
export async function startLocal(options: StartLocalOptions): Promise<LocalServices> {
  const objects = await startObjects(options.data, options.s3Port);
  try {
    const functions = await startWorkerFunction({
      env: objects.env,
      memoryMb: options.memoryMb,
      timeoutMs: options.timeoutMs,
      credentials: objects.credentials,
      ...(options.lambdaPort !== undefined && { port: options.lambdaPort }),
    });
    return {
      s3: { endpoint: objects.endpoint, region: objects.region, ...objects.credentials },
      lambda: { endpoint: functions.endpoint, functionName: LOCAL_FUNCTION },
      close: async () => {
        try {
          await functions.close();
        } finally {
          await objects.close();
        }
      },
    };
  } catch (error) {
    await objects.close();
    throw error;
  }
}
