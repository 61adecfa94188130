import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { assertNever, type StorageError, throwIfAborted } from '../common/errors.ts';
import { about, outside, type Subject, storageError, subject } from './errors.ts';
import { pageSizeOf } from './fold.ts';
import { deleteBatches } from './keys.ts';
import type {
  ByteRange,
  GetOptions,
  GetResult,
  ListOptions,
  ListPage,
  MultipartUpload,
  ObjectInfo,
  ObjectLocation,
  ObjectStore,
  PutIfAbsentResult,
  PutOptions,
  PutResult,
  RequestOptions,
} from './object-store.ts';
import { checkRange, resolveRange } from './ranges.ts';
import { readBody } from './s3-body.ts';
import { S3Clients, type S3StoreOptions } from './s3-clients.ts';
import { startUpload } from './s3-upload.ts';

/**
 * Objects in Amazon S3, or in a server that speaks its protocol. Each call sends one request, once: the SDK's own retries
 * are off. A request that went to the wrong region fails with SQ5006, `retryable`: by then the right one is known, and the
 * same call reaches it (RetryingObjectStore sends it at once). Without credentials requests go out unsigned, after a notice.
 */
export class S3ObjectStore implements ObjectStore {
  readonly #clients: S3Clients;

  constructor(options: S3StoreOptions = {}) {
    this.#clients = new S3Clients(options);
  }

  /** Regions of buckets as learned so far; `S3Settings.bucketRegions` of the next process. */
  get bucketRegions(): Readonly<Record<string, string>> {
    return this.#clients.bucketRegions;
  }

  async *list(options: ListOptions): AsyncGenerator<ListPage> {
    const { bucket, prefix, delimiter, startAfter, signal } = options;
    const of = subject('s3', { bucket, key: prefix });
    const input = {
      Bucket: bucket,
      Prefix: prefix,
      // Without it, a key with a control character makes the whole page unreadable XML.
      EncodingType: 'url' as const,
      MaxKeys: pageSizeOf(options),
      ...(delimiter !== undefined && { Delimiter: delimiter }),
      ...(startAfter !== undefined && { StartAfter: startAfter }),
    };
    let token: string | undefined;
    do {
      const page = await this.#clients.send(of, 's3:ListBucket', signal, (client, sdk, http) =>
        client.send(new sdk.ListObjectsV2Command({ ...input, ContinuationToken: token }), http),
      );
      token = page.NextContinuationToken;
      if (page.IsTruncated && !token) throw damaged(of, 'a page of the listing does not say where the next one starts');
      const decode = page.EncodingType === 'url' ? urlDecoded : (text: string) => text;
      yield {
        objects: (page.Contents ?? []).map((object) => ({
          key: decode(must(of, object.Key, 'key')),
          size: must(of, object.Size, 'size'),
          etag: must(of, object.ETag, 'ETag'),
          lastModified: must(of, object.LastModified, 'time').getTime(),
        })),
        commonPrefixes: (page.CommonPrefixes ?? []).map((common) => decode(must(of, common.Prefix, 'prefix'))),
        last: !page.IsTruncated,
      };
      if (!page.IsTruncated) return;
    } while (token);
  }

  async head(location: ObjectLocation, { signal }: RequestOptions = {}): Promise<ObjectInfo> {
    const of = subject('s3', location);
    const output = await this.#clients.send(of, 's3:GetObject', signal, (client, sdk, http) =>
      client.send(new sdk.HeadObjectCommand(named(location)), http),
    );
    return {
      size: must(of, output.ContentLength, 'size'),
      etag: must(of, output.ETag, 'ETag'),
      lastModified: must(of, output.LastModified, 'time').getTime(),
      metadata: output.Metadata ?? {},
    };
  }

  async getRange(location: ObjectLocation, range: ByteRange, options: GetOptions = {}): Promise<GetResult> {
    const { signal, ifMatch } = options;
    const of = subject('s3', location);
    checkRange(of, range);
    const Range = rangeHeader(range);
    return this.#clients.send(of, 's3:GetObject', signal, async (client, sdk, http) => {
      let output: GetObjectCommandOutput;
      try {
        const input = {
          ...named(location),
          ...(Range && { Range }),
          ...(ifMatch !== undefined && { IfMatch: ifMatch }),
        };
        output = await client.send(new sdk.GetObjectCommand(input), http);
      } catch (error) {
        throw error instanceof Error && error.name === 'InvalidRange'
          ? outside(of, range, undefined, { details: { status: 416 } })
          : error;
      }
      const body = await readBody(of, output.Body as Readable, output.ContentLength, signal);
      return checked(of, range, body, output);
    });
  }

  async put(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutResult> {
    const of = subject('s3', location);
    const output = await this.#put(of, body, options);
    return { etag: must(of, output.ETag, 'ETag') };
  }

  async putIfAbsent(location: ObjectLocation, body: Uint8Array, options: PutOptions = {}): Promise<PutIfAbsentResult> {
    const of = subject('s3', location);
    try {
      const output = await this.#put(of, body, options, { IfNoneMatch: '*' });
      return { created: true, etag: must(of, output.ETag, 'ETag') };
    } catch (error) {
      if ((error as Partial<StorageError>).code === 'SQ5005') return { created: false };
      throw error;
    }
  }

  async delete(bucket: string, keys: readonly string[], { signal }: RequestOptions = {}): Promise<void> {
    throwIfAborted(signal);
    for (const batch of deleteBatches(keys)) {
      const of = subject('s3', { bucket, key: batch[0] as string });
      const Delete = { Objects: batch.map((Key) => ({ Key })), Quiet: true };
      const output = await this.#clients.send(of, 's3:DeleteObject', signal, (client, sdk, http) =>
        client.send(new sdk.DeleteObjectsCommand({ Bucket: bucket, Delete }), http),
      );
      const errors = output.Errors ?? [];
      if (errors.length > 0) throw notDeleted(of, batch.length, errors);
    }
  }

  multipart(location: ObjectLocation, options: PutOptions = {}): Promise<MultipartUpload> {
    return startUpload(this.#clients, subject('s3', location), options);
  }

  async close(): Promise<void> {
    this.#clients.close();
  }

  #put(of: Subject, body: Uint8Array, options: PutOptions, condition: { readonly IfNoneMatch?: '*' } = {}) {
    const { signal } = options;
    const input = { ...named(of.location), ...attributes(options), ...condition, Body: body };
    return this.#clients.send(of, 's3:PutObject', signal, (client, sdk, http) =>
      client.send(new sdk.PutObjectCommand(input), http),
    );
  }
}

export const named = ({ bucket, key }: ObjectLocation) => ({ Bucket: bucket, Key: key });

export const attributes = ({ contentType, metadata }: PutOptions) => ({
  ...(contentType !== undefined && { ContentType: contentType }),
  ...(metadata && { Metadata: { ...metadata } }),
});

/** A field that every answer has; without it the answer is not to be trusted. */
export function must<T>(of: Subject, value: T | undefined, name: string): T {
  if (value === undefined) throw damaged(of, `the answer has no ${name}`);
  return value;
}

function damaged(of: Subject, why: string): StorageError {
  return storageError('SQ5010', `${of.uri}: ${why}`, { details: about(of) });
}

function rangeHeader(range: ByteRange): string | undefined {
  switch (range.kind) {
    case 'range':
      return `bytes=${range.offset}-${range.offset + range.length - 1}`;
    case 'suffix':
      return `bytes=-${range.length}`;
    case 'all':
      return undefined;
    default:
      return assertNever(range);
  }
}

/** The bytes asked for, whatever the server sent: some answer a range that covers the object with the object. */
function checked(of: Subject, range: ByteRange, body: Uint8Array, output: GetObjectCommandOutput): GetResult {
  const etag = must(of, output.ETag, 'ETag');
  const sent = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(output.ContentRange ?? '');
  if (output.ContentRange !== undefined && !sent) throw damaged(of, `the answer is for "${output.ContentRange}"`);
  const size = sent ? Number(sent[3]) : body.length;
  const { offset, length } = resolveRange(of, range, size);
  if (!sent) return { body: body.subarray(offset, offset + length), offset, size, etag };
  if (Number(sent[1]) !== offset || Number(sent[2]) !== offset + length - 1 || body.length !== length) {
    throw damaged(of, `${body.length} bytes of "${sent[0]}" arrived, but ${length} from ${offset} were asked for`);
  }
  return { body, offset, size, etag };
}

/** In listings S3 writes a space as +. */
const urlDecoded = (text: string) => decodeURIComponent(text.replaceAll('+', ' '));

const TRANSIENT: ReadonlySet<string | undefined> = new Set(['InternalError', 'SlowDown', 'ServiceUnavailable']);

function notDeleted(
  of: Subject,
  asked: number,
  errors: readonly { readonly Key?: string | undefined; readonly Code?: string | undefined }[],
): StorageError {
  const some = errors.slice(0, 5).map(({ Key, Code }) => `${Key} (${Code})`);
  const more = errors.length > some.length ? `, and ${errors.length - some.length} more` : '';
  const { bucket } = of.location;
  return storageError(
    'SQ5016',
    `${errors.length} of ${asked} keys in bucket "${bucket}" were not deleted: ${some.join(', ')}${more}`,
    {
      retryable: errors.every(({ Code }) => TRANSIENT.has(Code)),
      ...(errors.some(({ Code }) => Code === 'AccessDenied') && {
        hint: `add to the principal's policy: {"Effect":"Allow","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::${bucket}/*"}`,
      }),
      details: { bucket, keys: errors.map(({ Key }) => Key ?? '') },
    },
  );
}
