import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Disturbance } from './disturbances/disturbances.ts';
import type { Signed } from './request/authenticate.ts';
import type { S3Request } from './request/s3-request.ts';
import type { Meter } from './server-stats.ts';
import type { ObjectFiles } from './store/object-files.ts';
import type { UploadFiles } from './store/upload-files.ts';

/** What the operations of one server share. */
export interface Service {
  readonly store: ObjectFiles;
  readonly uploads: UploadFiles;
  readonly region: string;
  /** A write to a bucket that is not there makes it. */
  readonly autoCreateBuckets: boolean;
  /** Wall time, ms since the Unix epoch. */
  readonly now: () => number;
  readonly meter: Meter;
}

/** One authenticated request and the way to answer it. */
export interface Exchange extends Service {
  readonly request: S3Request;
  readonly signed: Signed;
  readonly incoming: IncomingMessage;
  readonly response: ServerResponse;
  /** What is to go wrong with the answer. */
  readonly disturbance: Disturbance | undefined;
}

/** Answers a request, or throws S3Error before the first byte of an answer. */
export type Operation = (exchange: Exchange) => Promise<void>;
