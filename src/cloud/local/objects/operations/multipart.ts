import type { Exchange } from '../exchange.ts';
import { checksumElement } from '../payload/checksum.ts';
import { receive } from '../payload/receive.ts';
import type { S3Request } from '../request/s3-request.ts';
import { sendEmpty, sendXml } from '../response/send.ts';
import type { XmlElement } from '../response/xml.ts';
import { S3Error } from '../s3-error.ts';
import type { PartRecord, Upload } from '../store/upload-files.ts';
import { OWNER } from './buckets.ts';
import { openCopySource, readCopyRange, readCopySource, readSource } from './copy-source.ts';
import { MAX_KEYS, readCount, textEncoder } from './list-objects.ts';
import { checksumHeaders, quoted, readWrittenHeaders } from './object-headers.ts';
import { keepPart, PartSums, requestedChecksum } from './part-checksum.ts';
import { MAX_PUT_BYTES, withStaged, writableBucket } from './put-object.ts';

const MAX_PART_NUMBER = 10_000;

export async function createMultipartUpload(exchange: Exchange): Promise<void> {
  const { request, response, uploads, now } = exchange;
  const written = readWrittenHeaders(request);
  const checksum = requestedChecksum(request);
  await writableBucket(exchange);
  const record = { ...written, key: request.key, initiated: now(), ...(checksum && { checksum }) };
  const id = await uploads.create(request.bucket, record);
  sendXml(
    response,
    [
      'InitiateMultipartUploadResult',
      [
        ['Bucket', request.bucket],
        ['Key', request.key],
        ['UploadId', id],
      ],
    ],
    checksum && {
      'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
      'x-amz-checksum-type': checksum.type,
    },
  );
}

export async function uploadPart(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  const number = readPartNumber(request);
  const upload = await findUpload(exchange);
  await withStaged(exchange, async (staged) => {
    const body = await receive(exchange, {
      write: (bytes) => staged.write(bytes),
      maxBytes: MAX_PUT_BYTES,
      ...(upload.checksum?.type === 'FULL_OBJECT' && { compute: upload.checksum.algorithm }),
    });
    const part = { number, etag: body.md5.toString('hex'), checksum: body.checksum };
    await keepPart(exchange, upload, staged, part);
    const { checksum } = part;
    sendEmpty(response, 200, {
      ETag: quoted(part.etag),
      ...(checksum &&
        checksumHeaders({
          checksum: { algorithm: checksum.algorithm, value: checksum.value.toString('base64'), type: 'FULL_OBJECT' },
        })),
      'x-amz-checksum-type': undefined,
    });
  });
}

export async function uploadPartCopy(exchange: Exchange): Promise<void> {
  const { request, response, now } = exchange;
  const number = readPartNumber(request);
  const upload = await findUpload(exchange);
  const object = await openCopySource(exchange, readCopySource(request));
  try {
    const span = readCopyRange(request, object.record.size);
    if (span.length > MAX_PUT_BYTES) {
      throw new S3Error('InvalidRequest', 'The specified copy source is larger than the maximum allowable size');
    }
    await withStaged(exchange, async (staged) => {
      const sums = new PartSums(upload);
      for await (const piece of readSource(object, span)) {
        sums.update(piece);
        await staged.write(piece);
      }
      const part = { number, ...sums.digest() };
      await keepPart(exchange, upload, staged, part);
      sendXml(response, [
        'CopyPartResult',
        [['ETag', quoted(part.etag)], ['LastModified', new Date(now()).toISOString()], checksumXml(part)],
      ]);
    });
  } finally {
    await object.handle.close();
  }
}

export async function abortMultipartUpload(exchange: Exchange): Promise<void> {
  const upload = await findUpload(exchange);
  await exchange.uploads.exclusively(upload, () => exchange.uploads.remove(upload));
  sendEmpty(exchange.response, 204);
}

export async function listParts(exchange: Exchange): Promise<void> {
  const { request, response, uploads } = exchange;
  const upload = await findUpload(exchange);
  const marker = readCount(request, 'part-number-marker', Number.MAX_SAFE_INTEGER);
  const after = request.query.get('part-number-marker') ? marker : 0;
  const maxParts = readCount(request, 'max-parts', MAX_KEYS);
  const rest = (await uploads.parts(upload)).filter(({ number }) => number > after);
  const page = rest.slice(0, maxParts);
  const text = textEncoder(request);
  sendXml(response, [
    'ListPartsResult',
    [
      ['Bucket', request.bucket],
      ['Key', text(request.key)],
      ['UploadId', upload.id],
      ['Initiator', OWNER[1]],
      OWNER,
      ['StorageClass', 'STANDARD'],
      upload.checksum && ['ChecksumAlgorithm', upload.checksum.algorithm.toUpperCase()],
      upload.checksum && ['ChecksumType', upload.checksum.type],
      ['PartNumberMarker', after],
      ['NextPartNumberMarker', page.at(-1)?.number ?? 0],
      ['MaxParts', maxParts],
      ['IsTruncated', rest.length > page.length],
      ...page.map((part): XmlElement => {
        return [
          'Part',
          [
            ['PartNumber', part.number],
            ['LastModified', new Date(part.lastModified).toISOString()],
            ['ETag', quoted(part.etag)],
            ['Size', part.size],
            checksumXml(part),
          ],
        ];
      }),
    ],
  ]);
}

export const findUpload = ({ request, uploads, store }: Exchange): Promise<Upload> =>
  store
    .requireBucket(request.bucket)
    .then(() => uploads.find(request.bucket, request.key, request.query.get('uploadId') ?? ''));

function readPartNumber(request: S3Request): number {
  const text = request.query.get('partNumber') ?? '';
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_PART_NUMBER) return number;
  throw new S3Error('InvalidArgument', `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive`, {
    fields: { ArgumentName: 'partNumber', ArgumentValue: text },
  });
}

const checksumXml = ({ checksum }: Pick<PartRecord, 'checksum'>): XmlElement | undefined =>
  checksum && [checksumElement(checksum.algorithm), checksum.value.toString('base64')];
