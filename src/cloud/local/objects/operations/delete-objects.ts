import type { Exchange } from '../exchange.ts';
import { declaredChecksum } from '../payload/declared-checksum.ts';
import { receiveXml, type XmlChildren, xmlElements, xmlText } from '../payload/xml-body.ts';
import { sendEmpty, sendXml } from '../response/send.ts';
import type { XmlElement } from '../response/xml.ts';
import { malformedXml, noSuchKey, notImplemented, S3Error } from '../s3-error.ts';
import { etagMatches, preconditionFailed } from './read-conditions.ts';

/** Most keys of one DeleteObjects. */
const MAX_KEYS = 1000;
const AT_ONCE = 16;

export async function deleteObject({ request, response, store }: Exchange): Promise<void> {
  await store.requireBucket(request.bucket);
  const ifMatch = request.headers['if-match'];
  await store.remove(
    request.bucket,
    request.key,
    ifMatch === undefined
      ? undefined
      : (current) => {
          if (!current) throw noSuchKey(request.key);
          if (!etagMatches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
        },
  );
  sendEmpty(response, 204);
}

export async function deleteObjects(exchange: Exchange): Promise<void> {
  const { request, response, store } = exchange;
  if (!declaredChecksum(request) && request.headers['content-md5'] === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  }
  await store.requireBucket(request.bucket);
  const body = await receiveXml(exchange, 'Delete');
  const objects = body ? xmlElements(body, 'Object') : [];
  if (objects.length === 0 || objects.length > MAX_KEYS) throw malformedXml(`it names ${objects.length} objects`);
  const isQuiet = body !== undefined && xmlText(body, 'Quiet')?.trim() === 'true';
  const keys = objects.map(readKey);
  const results: XmlElement[] = [];
  for (let i = 0; i < keys.length; i += AT_ONCE) {
    const batch = keys.slice(i, i + AT_ONCE);
    results.push(...(await Promise.all(batch.map((key) => deleteOne(exchange, key)))));
  }
  sendXml(response, ['DeleteResult', results.filter(([name]) => name === 'Error' || !isQuiet)]);
}

function readKey(object: XmlChildren): string {
  const key = xmlText(object, 'Key');
  if (key === undefined || key === '') throw malformedXml('an Object has no Key');
  for (const name of ['ETag', 'LastModifiedTime', 'Size']) if (object.has(name)) throw notImplemented(`Object.${name}`);
  const version = xmlText(object, 'VersionId');
  if (version !== undefined && version !== 'null') throw notImplemented('Object.VersionId');
  return key;
}

async function deleteOne({ request, store }: Exchange, key: string): Promise<XmlElement> {
  try {
    if (Buffer.byteLength(key) > 1024) throw new S3Error('KeyTooLongError', 'Your key is too long');
    await store.remove(request.bucket, key);
    return ['Deleted', [['Key', key]]];
  } catch (error) {
    if (!(error instanceof S3Error)) throw error;
    return [
      'Error',
      [
        ['Key', key],
        ['Code', error.s3Code],
        ['Message', error.message],
      ],
    ];
  }
}
