import { createHash } from 'node:crypto';
import type { Exchange } from '../exchange.ts';
import { CHECKSUM_ALGORITHMS, checksumElement, checksumHeader, startChecksum } from '../payload/checksum.ts';
import { receiveXml, type XmlChildren, xmlElements, xmlText } from '../payload/xml-body.ts';
import { sendXml } from '../response/send.ts';
import { malformedXml, S3Error } from '../s3-error.ts';
import type { ObjectRecord, StoredChecksum } from '../store/object-record.ts';
import type { StagedFile } from '../store/staged-file.ts';
import type { StoredPart, Upload } from '../store/upload-files.ts';
import { findUpload } from './multipart.ts';
import { quoted } from './object-headers.ts';
import { compositeChecksum } from './part-checksum.ts';
import { withStaged } from './put-object.ts';
import { unquoted } from './read-conditions.ts';
import { writeConditions } from './write-conditions.ts';

/** Smallest part but the last, bytes. */
const MIN_PART_BYTES = 5 << 20;
const MAX_PARTS = 10_000;

export async function completeMultipartUpload(exchange: Exchange): Promise<void> {
  const { uploads } = exchange;
  const conditions = writeConditions(exchange.request);
  const upload = await findUpload(exchange);
  const body = await receiveXml(exchange, 'CompleteMultipartUpload');
  const named = body ? xmlElements(body, 'Part').map(readPart) : [];
  if (named.length === 0 || named.length > MAX_PARTS) throw malformedXml(`it names ${named.length} parts`);
  await uploads.exclusively(upload, async () => {
    await findUpload(exchange);
    const parts = choose(upload, named, await uploads.parts(upload));
    checkSize(exchange, parts);
    await withStaged(exchange, async (staged) => {
      const checksum = await join(exchange, upload, parts, staged);
      checkDeclared(exchange, checksum);
      const attributes = {
        headers: upload.headers,
        metadata: upload.metadata,
        etag: multipartEtag(parts),
        partSizes: parts.map(({ size }) => size),
        ...(checksum && { checksum }),
      };
      const record = await exchange.store.commit(upload.bucket, upload.key, staged, attributes, conditions);
      await uploads.remove(upload);
      sendResult(exchange, record);
    });
  });
}

interface NamedPart {
  readonly number: number;
  readonly etag: string;
  /** By the names of their elements. */
  readonly checksums: ReadonlyMap<string, string>;
}

function readPart(element: XmlChildren): NamedPart {
  const number = xmlText(element, 'PartNumber')?.trim() ?? '';
  const etag = xmlText(element, 'ETag');
  if (!/^\d{1,6}$/.test(number) || etag === undefined) throw malformedXml('a Part has no PartNumber or no ETag');
  const checksums = new Map<string, string>();
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const value = xmlText(element, checksumElement(algorithm));
    if (value !== undefined) checksums.set(checksumElement(algorithm), value);
  }
  return { number: Number(number), etag: unquoted(etag), checksums };
}

/** The stored parts that the request names. Throws InvalidPartOrder, InvalidPart and EntityTooSmall. */
function choose(upload: Upload, named: readonly NamedPart[], stored: readonly StoredPart[]): StoredPart[] {
  named.forEach((part, i) => {
    if (i > 0 && part.number <= (named[i - 1] as NamedPart).number) {
      throw new S3Error(
        'InvalidPartOrder',
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { fields: { UploadId: upload.id } },
      );
    }
  });
  const byNumber = new Map(stored.map((part) => [part.number, part]));
  const parts = named.map((part) => {
    const found = byNumber.get(part.number);
    if (!found || found.etag !== part.etag) throw invalidPart(upload, part);
    checkPartChecksum(upload, part, found);
    return found;
  });
  const small = parts.slice(0, -1).find(({ size }) => size < MIN_PART_BYTES);
  if (!small) return parts;
  throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
    fields: {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(small.number),
      ETag: small.etag,
    },
  });
}

function checkPartChecksum(upload: Upload, named: NamedPart, stored: StoredPart): void {
  const { checksum } = stored;
  const known = checksum && checksumElement(checksum.algorithm);
  for (const [name, value] of named.checksums) {
    if (name !== known || value !== checksum?.value.toString('base64')) throw invalidPart(upload, named);
  }
  if (upload.checksum?.type !== 'COMPOSITE' || named.checksums.size > 0) return;
  const { algorithm } = upload.checksum;
  throw new S3Error(
    'InvalidRequest',
    `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part. It was missing for part ${named.number} in the request.`,
  );
}

const invalidPart = (upload: Upload, part: NamedPart) =>
  new S3Error(
    'InvalidPart',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { fields: { UploadId: upload.id, PartNumber: String(part.number), ETag: part.etag } },
  );

function checkSize({ request }: Exchange, parts: readonly StoredPart[]): void {
  const declared = request.header('x-amz-mp-object-size');
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  if (declared === undefined || Number(declared) === size) return;
  throw new S3Error('InvalidRequest', `The provided 'x-amz-mp-object-size' header does not match what was computed.`);
}

/** Writes the parts one after the other; answers the checksum of the object. */
async function join(
  { uploads }: Exchange,
  { checksum }: Upload,
  parts: readonly StoredPart[],
  staged: StagedFile,
): Promise<StoredChecksum | undefined> {
  const whole = checksum?.type === 'FULL_OBJECT' ? startChecksum(checksum.algorithm) : undefined;
  for (const part of parts) {
    for await (const piece of uploads.readPart(part)) {
      whole?.update(piece);
      await staged.write(piece);
    }
  }
  if (!checksum) return undefined;
  const { algorithm } = checksum;
  if (whole) return { algorithm, value: whole.digest().toString('base64'), type: 'FULL_OBJECT' };
  return compositeChecksum(
    algorithm,
    parts.map((part) => part.checksum?.value as Buffer),
  );
}

/** A checksum of the whole object that the request itself names. */
function checkDeclared({ request }: Exchange, checksum: StoredChecksum | undefined): void {
  for (const algorithm of CHECKSUM_ALGORITHMS) {
    const declared = request.headers[checksumHeader(algorithm)];
    if (declared === undefined || checksum?.type !== 'FULL_OBJECT') continue;
    if (checksum.algorithm === algorithm && checksum.value === declared) continue;
    throw new S3Error(
      'BadDigest',
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    );
  }
}

function multipartEtag(parts: readonly StoredPart[]): string {
  const hash = createHash('md5');
  for (const { etag } of parts) hash.update(etag, 'hex');
  return `${hash.digest('hex')}-${parts.length}`;
}

function sendResult({ request, response }: Exchange, { etag, checksum }: ObjectRecord): void {
  const { host } = request.headers;
  sendXml(response, [
    'CompleteMultipartUploadResult',
    [
      ['Location', `http://${host}${request.rawPath}`],
      ['Bucket', request.bucket],
      ['Key', request.key],
      ['ETag', quoted(etag)],
      checksum && [checksumElement(checksum.algorithm), checksum.value],
      checksum && ['ChecksumType', checksum.type],
    ],
  ]);
}
