/**
 * The one way to reach objects. Implementations are thin transports (`s3`, `file`, `memory`): one call is one request, sent
 * once. Counting, pacing, retry and, later, hedging are decorators over any of them (`open-store.ts` puts them together).
 * Every failure is a StorageError of `errors.ts`, every abort a CancelledError. A body given to a write must not change
 * before its promise settles; a body that was read belongs to the caller.
 */
export interface ObjectStore {
  /** Every object below a prefix, in byte order of the keys, page by page. One request per page. */
  list(options: ListOptions): AsyncIterable<ListPage>;
  /** Size and ETag of one object. Throws StorageError SQ5001 when there is none. */
  head(location: ObjectLocation, options?: RequestOptions): Promise<ObjectInfo>;
  /**
   * Bytes of one object: a range, a suffix, or all. A range past the end is clipped; one that starts there is SQ5007, and so
   * is any range or suffix of an empty object or of length 0. The body is as long as the range says, or the call fails.
   */
  getRange(location: ObjectLocation, range: ByteRange, options?: GetOptions): Promise<GetResult>;
  /** Writes an object whole; readers see the old one or the new one. */
  put(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutResult>;
  /** Writes only when the key is free (`If-None-Match: *`). Exactly one of several racing writers gets `created: true`. */
  putIfAbsent(location: ObjectLocation, body: Uint8Array, options?: PutOptions): Promise<PutIfAbsentResult>;
  /** Deletes keys of one bucket, in batches of 1,000. A missing key is no error. */
  delete(bucket: string, keys: readonly string[], options?: RequestOptions): Promise<void>;
  /** Writes an object too large for one put, part by part. */
  multipart(location: ObjectLocation, options?: PutOptions): Promise<MultipartUpload>;
  /** Ends connections. Idempotent. */
  close(): Promise<void>;
}

/** For the file store the bucket is '' and the key an absolute path without its leading slash. */
export interface ObjectLocation {
  readonly bucket: string;
  readonly key: string;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
  /** Told of every attempt as it ends, beside who counts all of a store's. */
  readonly onRequest?: (event: RequestEvent) => void;
}

export interface ListOptions extends RequestOptions {
  readonly bucket: string;
  readonly prefix: string;
  /** Keys that share the text up to this character after the prefix become one common prefix. */
  readonly delimiter?: string;
  /** Only keys after this one, in byte order. */
  readonly startAfter?: string;
  /** Keys per page, at most 1,000. */
  readonly pageSize?: number;
  /**
   * Also files under the temporary names that they have while they are written: a writer that was killed leaves such a one behind. For
   * who removes all that is below a prefix. S3 has nothing of the kind: a PUT that was broken off leaves nothing.
   */
  readonly unfinished?: boolean;
}

export interface ListPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** No page follows. A listing that ends without its last page is a short one. */
  readonly last: boolean;
}

export interface ListedObject {
  readonly key: string;
  /** Bytes. */
  readonly size: number;
  readonly etag: string;
  /** ms since the Unix epoch. */
  readonly lastModified: number;
}

export interface ObjectInfo {
  /** Bytes. */
  readonly size: number;
  /** With its quotes, as the service sent it. */
  readonly etag: string;
  readonly lastModified: number;
  /** What `put` was given, names in lower case; absent where the store keeps none (`file`). */
  readonly metadata?: Readonly<Record<string, string>>;
}

export type ByteRange =
  | { readonly kind: 'range' /** First byte. */; readonly offset: number; readonly length: number }
  | {
      readonly kind: 'suffix' /** The last so many bytes; a shorter object is returned whole. */;
      readonly length: number;
    }
  | { readonly kind: 'all' };

export interface GetOptions extends RequestOptions {
  /** Read only this version: SQ5005 when the object has changed. */
  readonly ifMatch?: string;
  /** Gives memory of so many bytes for the body; a store may use its own instead. */
  readonly allocate?: (bytes: number) => Uint8Array;
}

export interface GetResult {
  readonly body: Uint8Array;
  /** Offset of `body[0]` in the object. */
  readonly offset: number;
  /** Size of the whole object. */
  readonly size: number;
  readonly etag: string;
}

export interface PutOptions extends RequestOptions {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface PutResult {
  readonly etag: string;
}

export type PutIfAbsentResult = { readonly created: true; readonly etag: string } | { readonly created: false };

export interface PartOptions extends RequestOptions {
  /** From 1; sends a part again, or out of order. Without it, the next number in the order of `write` calls. */
  readonly partNumber?: number;
}

/** Every part but the last is at least 5 MiB on S3. */
export interface MultipartUpload {
  write(part: Uint8Array, options?: PartOptions): Promise<void>;
  /** Publishes the object; needs at least one part. Never trust the ETag of a completed upload: some servers send none. */
  complete(options?: RequestOptions): Promise<void>;
  /** Drops what was written. Idempotent. */
  abort(): Promise<void>;
}

/** The classes requests are counted, priced and limited by. */
export type RequestClass = 'GET' | 'HEAD' | 'PUT' | 'LIST' | 'DELETE';

/** One request as the meter saw it. Every attempt is a request of its own: what is billed is what is counted. */
export interface RequestEvent {
  readonly class: RequestClass;
  readonly location: ObjectLocation;
  /** Payload bytes read (GET) or written (PUT). */
  readonly bytes: number;
  /** From the call to the last byte. */
  readonly ms: number;
  readonly outcome: 'ok' | 'error' | 'throttled';
}

export interface RequestTotals {
  readonly requests: number;
  readonly errors: number;
  readonly bytes: number;
  /** Summed latency; exceeds wall time because requests overlap. */
  readonly ms: number;
}

export type RequestCounts = Readonly<Record<RequestClass, RequestTotals>>;
