import { StorageError, throwIfAborted } from '../common/errors.ts';
import type { GetResult, ObjectLocation, ObjectStore } from '../storage/object-store.ts';
import { parquetError, unsupportedParquet } from './errors.ts';
import { type ParquetFooter, parseFooter } from './parse-footer.ts';

export interface ReadFooterOptions {
  readonly signal?: AbortSignal;
  /** Bytes of the file's end to read at first; a footer within them costs one request. Default 65,536. */
  readonly tailBytes?: number;
  /** The file's name in errors; `s3://bucket/key`, or the path, by default. */
  readonly uri?: string;
}

/** A file whose footer has been read; `etag` names the version that was. */
export interface OpenedParquet {
  readonly footer: ParquetFooter;
  readonly etag: string;
  /** Bytes of the file. */
  readonly size: number;
  /** GETs it took: 1, or 2 for a footer longer than the tail. */
  readonly requests: number;
}

const DEFAULT_TAIL_BYTES = 65536;
const MAGIC = 'PAR1';
const ENCRYPTED_MAGIC = 'PARE';
/** Length and magic. */
const TRAILER_BYTES = 8;
/** Magic, an empty footer, trailer. */
const MIN_FILE_BYTES = 4 + 1 + TRAILER_BYTES;
/** Beyond this a footer is taken for damaged: 10,000 columns in 10,000 row groups are not one file's metadata. */
const MAX_FOOTER_BYTES = 512 * 1024 * 1024;

/**
 * Reads and parses a file's footer. Aborting ends the request under way.
 * @throws ExecutionError SQ3101 (not a Parquet file), SQ3102, SQ3103 (a damaged footer); UnsupportedError SQ2302 (an encrypted
 * one); StorageError
 */
export async function readFooter(
  store: ObjectStore,
  location: ObjectLocation,
  options: ReadFooterOptions = {},
): Promise<OpenedParquet> {
  const { signal } = options;
  const uri = options.uri ?? (location.bucket === '' ? `/${location.key}` : `s3://${location.bucket}/${location.key}`);
  const length = Math.max(options.tailBytes ?? DEFAULT_TAIL_BYTES, TRAILER_BYTES);
  throwIfAborted(signal);
  const tail = await readTail(store, location, length, uri, signal);
  const { body, size, etag } = tail;
  const footerLength = readTrailer(body, size, uri);
  const start = size - TRAILER_BYTES - footerLength;
  const missing = tail.offset - start;
  if (missing <= 0) {
    const bytes = body.slice(start - tail.offset, body.length - TRAILER_BYTES);
    return { footer: parseFooter(bytes, { uri, size }), etag, size, requests: 1 };
  }
  const head = await store.getRange(
    location,
    { kind: 'range', offset: start, length: missing },
    { ifMatch: etag, ...(signal && { signal }) },
  );
  const bytes = new Uint8Array(footerLength);
  bytes.set(head.body);
  bytes.set(body.subarray(0, body.length - TRAILER_BYTES), missing);
  return { footer: parseFooter(bytes, { uri, size }), etag, size, requests: 2 };
}

async function readTail(
  store: ObjectStore,
  location: ObjectLocation,
  length: number,
  uri: string,
  signal: AbortSignal | undefined,
): Promise<GetResult> {
  try {
    return await store.getRange(location, { kind: 'suffix', length }, { ...(signal && { signal }) });
  } catch (error) {
    // The store's answer for an empty object: it has no last byte.
    if (error instanceof StorageError && error.code === 'SQ5007') throw notParquet(uri, 'it is empty');
    throw error;
  }
}

/** Checks the file's last 8 bytes and returns the length of the footer before them. */
function readTrailer(tail: Uint8Array, size: number, uri: string): number {
  if (size < MIN_FILE_BYTES) throw notParquet(uri, `it has only ${size} bytes`);
  const trailer = Buffer.from(tail.buffer, tail.byteOffset + tail.length - TRAILER_BYTES, TRAILER_BYTES);
  const magic = trailer.toString('latin1', 4);
  if (magic === ENCRYPTED_MAGIC) throw unsupportedParquet('SQ2302', uri, 'the footer is encrypted');
  if (magic !== MAGIC) throw notParquet(uri, `it ends with ${JSON.stringify(magic)}, not with "${MAGIC}"`);
  const length = trailer.readUInt32LE(0);
  if (length === 0 || length > size - TRAILER_BYTES - MAGIC.length || length > MAX_FOOTER_BYTES) {
    throw parquetError(
      'SQ3102',
      uri,
      `the footer is damaged: it is said to have ${length} of the file's ${size} bytes`,
    );
  }
  return length;
}

const notParquet = (uri: string, why: string) => parquetError('SQ3101', uri, `not a Parquet file: ${why}`);
