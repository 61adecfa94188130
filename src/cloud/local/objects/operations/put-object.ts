import type { Exchange } from '../exchange.ts';
import { receive } from '../payload/receive.ts';
import { sendEmpty } from '../response/send.ts';
import type { StagedFile } from '../store/staged-file.ts';
import { checksumHeaders, quoted, readWrittenHeaders } from './object-headers.ts';
import { writeConditions } from './write-conditions.ts';

/** S3's limit for one PUT, bytes. */
export const MAX_PUT_BYTES = 5 * 2 ** 30;

export async function putObject(exchange: Exchange): Promise<void> {
  const { request, response, store } = exchange;
  const { bucket, key } = request;
  const written = readWrittenHeaders(request);
  const conditions = writeConditions(request);
  await writableBucket(exchange);
  await withStaged(exchange, async (staged) => {
    const body = await receive(exchange, { write: (bytes) => staged.write(bytes), maxBytes: MAX_PUT_BYTES });
    const checksum = body.checksum && {
      algorithm: body.checksum.algorithm,
      value: body.checksum.value.toString('base64'),
      type: 'FULL_OBJECT' as const,
    };
    const attributes = { ...written, etag: body.md5.toString('hex'), ...(checksum && { checksum }) };
    const record = await store.commit(bucket, key, staged, attributes, conditions);
    sendEmpty(response, 200, { ETag: quoted(record.etag), ...checksumHeaders(record) });
  });
}

/** Makes the bucket of a write where that is wanted. Throws NoSuchBucket. */
export async function writableBucket({ request, store, autoCreateBuckets }: Exchange): Promise<void> {
  if (autoCreateBuckets) await store.ensureBucket(request.bucket);
  else await store.requireBucket(request.bucket);
}

/** Gives `work` a staged file that is gone afterwards, unless it was moved into place. */
export async function withStaged<T>({ store }: Exchange, work: (staged: StagedFile) => Promise<T>): Promise<T> {
  const staged = await store.stage();
  try {
    return await work(staged);
  } finally {
    await staged.discard();
  }
}
