import type { Exchange } from '../exchange.ts';
import type { S3Request } from '../request/s3-request.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { OpenObject } from '../store/object-files.ts';
import type { ByteSpan } from './byte-range.ts';
import { evaluate, preconditionFailed, readConditions } from './read-conditions.ts';

export interface CopySource {
  readonly bucket: string;
  readonly key: string;
}

/** Bytes copied at a time. */
const PIECE_BYTES = 1 << 20;

/** The object that `x-amz-copy-source` names: `bucket/key`, percent-encoded, with or without a slash before it. */
export function readCopySource(request: S3Request): CopySource {
  const [path, parameters] = (request.header('x-amz-copy-source') ?? '').split('?', 2) as [string, string | undefined];
  if (parameters !== undefined && parameters !== 'versionId=null') throw notImplemented('versionId of a copy source');
  let decoded: string;
  try {
    decoded = decodeURIComponent(path);
  } catch (cause) {
    throw invalidSource(cause);
  }
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decoded);
  if (!match) throw invalidSource();
  return { bucket: match[1] as string, key: match[2] as string };
}

/** Opens the source of a copy. Throws NoSuchKey, NoSuchBucket and PreconditionFailed. The caller closes the handle. */
export async function openCopySource({ request, store }: Exchange, source: CopySource): Promise<OpenObject> {
  const object = await store.open(source.bucket, source.key);
  const outcome = evaluate(readConditions(request.header, 'x-amz-copy-source-'), object.record);
  if (outcome === 'pass') return object;
  await object.handle.close();
  throw preconditionFailed(outcome === 'not-modified' ? 'x-amz-copy-source-If-None-Match' : outcome.failed);
}

/** The bytes of a source. Throws when its file becomes shorter meanwhile. */
export async function* readSource({ handle }: OpenObject, span: ByteSpan): AsyncGenerator<Buffer> {
  for (let done = 0; done < span.length; ) {
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, span.length - done));
    const { bytesRead } = await handle.read(piece, 0, piece.length, span.offset + done);
    if (bytesRead === 0) throw new S3Error('InternalError', 'The file of the copy source became shorter');
    done += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

/** `x-amz-copy-source-range`, which unlike Range must name both ends, inside the object. */
export function readCopyRange(request: S3Request, size: number): ByteSpan {
  const text = request.header('x-amz-copy-source-range');
  if (text === undefined) return { offset: 0, length: size };
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(text);
  const [offset, last] = [Number(match?.[1]), Number(match?.[2])];
  if (!match || last < offset) {
    throw new S3Error('InvalidArgument', 'The x-amz-copy-source-range value must be of the form bytes=first-last', {
      fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text },
    });
  }
  if (last < size) return { offset, length: last - offset + 1 };
  throw new S3Error('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, {
    fields: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: text },
  });
}

const invalidSource = (cause?: unknown) =>
  new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
    fields: { ArgumentName: 'x-amz-copy-source' },
    cause,
  });
