import type { ServerResponse } from 'node:http';
import type { Exchange } from '../exchange.ts';
import { type ChecksumAlgorithm, checksumElement, isChecksumAlgorithm, startChecksum } from '../payload/checksum.ts';
import type { S3Request } from '../request/s3-request.ts';
import { sendXml } from '../response/send.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { ObjectRecord, StoredChecksum } from '../store/object-record.ts';
import { openCopySource, readCopySource, readSource } from './copy-source.ts';
import { quoted, readWrittenHeaders, refuseUnsupported } from './object-headers.ts';
import { MAX_PUT_BYTES, withStaged, writableBucket } from './put-object.ts';
import { writeConditions } from './write-conditions.ts';

export async function copyObject(exchange: Exchange): Promise<void> {
  const { request, response, store } = exchange;
  const { bucket, key } = request;
  const source = readCopySource(request);
  const replaces = readDirective(request) === 'REPLACE';
  refuseUnsupported(request);
  if (!replaces && source.bucket === bucket && source.key === key) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const conditions = writeConditions(request);
  await writableBucket(exchange);
  const object = await openCopySource(exchange, source);
  try {
    const { record } = object;
    if (record.size > MAX_PUT_BYTES) {
      throw new S3Error(
        'InvalidRequest',
        'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
      );
    }
    const { headers, metadata } = replaces ? readWrittenHeaders(request) : record;
    const algorithm = requestedAlgorithm(request) ?? record.checksum?.algorithm;
    await withStaged(exchange, async (staged) => {
      const md5 = startChecksum('md5');
      const checksum = algorithm && startChecksum(algorithm);
      for await (const piece of readSource(object, { offset: 0, length: record.size })) {
        md5.update(piece);
        checksum?.update(piece);
        await staged.write(piece);
      }
      const kept: StoredChecksum | undefined = algorithm &&
        checksum && { algorithm, value: checksum.digest().toString('base64'), type: 'FULL_OBJECT' };
      const attributes = { headers, metadata, etag: md5.digest().toString('hex'), ...(kept && { checksum: kept }) };
      sendResult(response, await store.commit(bucket, key, staged, attributes, conditions));
    });
  } finally {
    await object.handle.close();
  }
}

function sendResult(response: ServerResponse, { etag, lastModified, checksum }: ObjectRecord): void {
  sendXml(response, [
    'CopyObjectResult',
    [
      ['ETag', quoted(etag)],
      ['LastModified', new Date(lastModified).toISOString()],
      checksum && [checksumElement(checksum.algorithm), checksum.value],
      checksum && ['ChecksumType', checksum.type],
    ],
  ]);
}

function readDirective(request: S3Request): 'COPY' | 'REPLACE' {
  const directive = request.header('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  throw new S3Error('InvalidArgument', 'Unknown metadata directive.', {
    fields: { ArgumentName: 'x-amz-metadata-directive', ArgumentValue: directive },
  });
}

/** The algorithm named by `x-amz-checksum-algorithm`. */
export function requestedAlgorithm(request: S3Request): ChecksumAlgorithm | undefined {
  const text = request.header('x-amz-checksum-algorithm');
  if (text === undefined) return undefined;
  const name = text.toLowerCase();
  if (isChecksumAlgorithm(name)) return name;
  throw notImplemented(`x-amz-checksum-algorithm: ${text}`);
}
