import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StorageError } from '../../../common/errors.ts';
import type { AwsCredentials } from '../sigv4.ts';
import { type DisturbanceOptions, Disturbances } from './disturbances/disturbances.ts';
import type { Service } from './exchange.ts';
import { authenticate } from './request/authenticate.ts';
import { findRoute } from './request/route.ts';
import { readS3Request } from './request/s3-request.ts';
import { sendError } from './response/send.ts';
import { Meter, type ObjectServerStats } from './server-stats.ts';
import { ObjectFiles } from './store/object-files.ts';
import { UploadFiles } from './store/upload-files.ts';

export interface ObjectServerOptions extends DisturbanceOptions {
  /** Directory whose folders are the buckets; made when missing. */
  readonly root: string;
  /** On 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  /** What callers must sign with. */
  readonly credentials: AwsCredentials;
  readonly region: string;
  /** A write to a bucket that is not there makes it; NoSuchBucket unless told otherwise, as on S3. */
  readonly autoCreateBuckets?: boolean;
  /** Wall time, ms since the Unix epoch. */
  readonly now?: () => number;
}

export interface ObjectServer {
  /** URL for the `endpoint` of an S3Client. */
  readonly endpoint: string;
  readonly port: number;
  stats(): ObjectServerStats;
  /** Ends when no request runs any more and no temporary file is left. */
  close(): Promise<void>;
}

/**
 * Serves a directory with Amazon S3's API on a loopback port: path-style and virtual-hosted requests, signed with
 * Signature Version 4 in the header or the URL. Objects are plain files; what a file cannot say is kept in `ROOT/.squall`.
 */
export async function startObjectServer(options: ObjectServerOptions): Promise<ObjectServer> {
  const now = options.now ?? Date.now;
  const disturbances = new Disturbances(options, now);
  const store = await ObjectFiles.open(options.root, now);
  const uploads = new UploadFiles(store);
  await uploads.sweep();
  const service: Service = {
    store,
    uploads,
    region: options.region,
    autoCreateBuckets: options.autoCreateBuckets ?? false,
    now,
    meter: new Meter(),
  };
  const running = new Set<Promise<void>>();
  const onRequest = (incoming: IncomingMessage, response: ServerResponse) => {
    const work = serve(incoming, response, { ...service, disturbances, credentials: options.credentials }).finally(() =>
      running.delete(work),
    );
    running.add(work);
  };
  const server = createServer({ maxHeaderSize: 64 * 1024 }, onRequest);
  server.on('checkContinue', onRequest);
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  try {
    await listen(server, options.port ?? 0);
  } catch (error) {
    await store.close();
    throw error;
  }
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    stats: () => service.meter.stats,
    close: async () => {
      disturbances.close();
      server.close();
      server.closeAllConnections();
      await Promise.all(running);
      await store.close();
    },
  };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      reject(new StorageError('SQ5101', `port ${port} is not free for the embedded objects`, { cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Serving extends Service {
  readonly credentials: AwsCredentials;
  readonly disturbances: Disturbances;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  response.setHeader('x-amz-request-id', randomBytes(8).toString('hex').toUpperCase());
  response.setHeader('x-amz-id-2', randomBytes(32).toString('base64'));
  response.setHeader('Server', 'AmazonS3');
  response.once('error', () => response.destroy());
  try {
    await answer(incoming, response, serving);
  } catch (error) {
    refuse(incoming, response, serving, error);
  }
  // What nobody reads would keep the next request of the connection from being read.
  if (!incoming.complete) incoming.resume();
}

async function answer(incoming: IncomingMessage, response: ServerResponse, serving: Serving): Promise<void> {
  const request = readS3Request(incoming);
  const signed = authenticate(request, serving);
  const route = findRoute(request);
  serving.meter.request(route.class);
  const disturbance = await serving.disturbances.meet(request, route.class);
  if (disturbance === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  if (disturbance === 'lostAnswer') holdBack(response);
  await route.run({ ...serving, request, signed, incoming, response, disturbance });
}

/** Resets the connection instead of sending the first byte of the answer. */
function holdBack(response: ServerResponse): void {
  response.writeHead = () => {
    response.socket?.resetAndDestroy();
    return response;
  };
}

function refuse(incoming: IncomingMessage, response: ServerResponse, serving: Serving, error: unknown): void {
  // The client is gone.
  if (incoming.destroyed && !incoming.complete) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  // A client that waits for 100 Continue sends no body now: the connection cannot be used again.
  if (incoming.headers.expect !== undefined && !incoming.complete) response.setHeader('Connection', 'close');
  const refusal = sendError(response, error, (incoming.url ?? '/').split('?', 1)[0] as string);
  serving.meter.error(refusal.s3Code);
}
