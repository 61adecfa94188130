import type { Exchange } from '../exchange.ts';
import { checksumElement } from '../payload/checksum.ts';
import type { S3Request } from '../request/s3-request.ts';
import { sendXml } from '../response/send.ts';
import type { XmlElement } from '../response/xml.ts';
import { S3Error } from '../s3-error.ts';
import type { ObjectFiles } from '../store/object-files.ts';
import type { ObjectRecord } from '../store/object-record.ts';
import { OWNER } from './buckets.ts';
import { quoted } from './object-headers.ts';

/** Most entries of one answer. */
export const MAX_KEYS = 1000;
/** Metadata read at the same time. */
const AT_ONCE = 32;

export async function listObjectsV2({ request, response, store }: Exchange): Promise<void> {
  const type = request.query.get('list-type') as string;
  if (type !== '2') {
    throw new S3Error('InvalidArgument', 'Invalid List Type specified in Request', {
      fields: { ArgumentName: 'list-type', ArgumentValue: type },
    });
  }
  const token = request.query.get('continuation-token');
  const startAfter = request.query.get('start-after');
  const place = token === undefined ? { after: startAfter ?? '' } : readToken(token);
  const list = listing(request, place);
  const page = await readPage(store, list);
  const text = textEncoder(request);
  const withOwner = request.query.get('fetch-owner') === 'true';
  sendXml(response, [
    'ListBucketResult',
    [
      ['Name', request.bucket],
      ['Prefix', text(list.prefix)],
      startAfter === undefined ? undefined : ['StartAfter', text(startAfter)],
      token === undefined ? undefined : ['ContinuationToken', token],
      page.last === undefined ? undefined : ['NextContinuationToken', writeToken(page.last)],
      ['KeyCount', page.objects.length + page.commonPrefixes.length],
      ...common(request, list, page, text),
      ...contents(page, text, withOwner),
    ],
  ]);
}

export async function listObjectsV1({ request, response, store }: Exchange): Promise<void> {
  const marker = request.query.get('marker') ?? '';
  const list = listing(request, { after: marker });
  const page = await readPage(store, list);
  const text = textEncoder(request);
  const next = list.delimiter === '' ? undefined : page.last;
  sendXml(response, [
    'ListBucketResult',
    [
      ['Name', request.bucket],
      ['Prefix', text(list.prefix)],
      ['Marker', text(marker)],
      next === undefined ? undefined : ['NextMarker', text(next.skip ?? next.after)],
      ...common(request, list, page, text),
      ...contents(page, text, true),
    ],
  ]);
}

/** Where a page begins. */
interface Place {
  /** Keys after this one, in byte order. */
  readonly after: string;
  /** Without those that begin with this: the common prefix that ended the page before. */
  readonly skip?: string;
}

interface Listing extends Place {
  readonly bucket: string;
  readonly prefix: string;
  /** Empty: none. */
  readonly delimiter: string;
  readonly maxKeys: number;
}

interface Page {
  readonly objects: readonly (ObjectRecord & { readonly key: string })[];
  readonly commonPrefixes: readonly string[];
  /** Where the next page begins; undefined on the last one. */
  readonly last: Place | undefined;
}

function listing(request: S3Request, place: Place): Listing {
  const delimiter = request.query.get('delimiter') ?? '';
  const prefix = request.query.get('prefix') ?? '';
  // A marker that is a common prefix itself stands for all that begins with it.
  const isRolledUp = delimiter !== '' && place.after.startsWith(prefix) && place.after.endsWith(delimiter);
  const first = isRolledUp ? place.after.indexOf(delimiter, prefix.length) : -1;
  const skip = place.skip ?? (isRolledUp && first + delimiter.length === place.after.length ? place.after : undefined);
  return {
    after: place.after,
    ...(skip !== undefined && { skip }),
    bucket: request.bucket,
    prefix,
    delimiter,
    maxKeys: readCount(request, 'max-keys', MAX_KEYS),
  };
}

/** A count between 0 and `most`; more means `most`. */
export function readCount(request: S3Request, name: string, most: number): number {
  const text = request.query.get(name);
  if (text === undefined || text === '') return most;
  if (/^\d{1,10}$/.test(text)) return Math.min(Number(text), most);
  throw new S3Error('InvalidArgument', `Provided ${name} not an integer or within integer range`, {
    fields: { ArgumentName: name, ArgumentValue: text },
  });
}

async function readPage(store: ObjectFiles, list: Listing): Promise<Page> {
  await store.requireBucket(list.bucket);
  const walk = store.walk(list.bucket, list.prefix, list.after);
  if (list.skip !== undefined) walk.skip(list.skip);
  const found: { key: string; path: string }[] = [];
  const commonPrefixes: string[] = [];
  let end: Place | undefined;
  let isTruncated = false;
  const isFull = () => found.length + commonPrefixes.length === list.maxKeys;
  for await (const object of walk.objects()) {
    if (isFull()) {
      isTruncated = list.maxKeys > 0;
      break;
    }
    const at = list.delimiter === '' ? -1 : object.key.indexOf(list.delimiter, list.prefix.length);
    if (at < 0) {
      found.push(object);
      end = { after: object.key };
    } else {
      const common = object.key.slice(0, at + list.delimiter.length);
      commonPrefixes.push(common);
      walk.skip(common);
      end = { after: object.key, skip: common };
    }
  }
  const objects: (ObjectRecord & { key: string })[] = [];
  for (let i = 0; i < found.length; i += AT_ONCE) {
    const batch = found.slice(i, i + AT_ONCE);
    const records = await Promise.all(batch.map((object) => store.describe(list.bucket, object)));
    records.forEach((record, j) => {
      // Undefined: deleted since the walk met it.
      if (record) objects.push({ ...record, key: (batch[j] as { key: string }).key });
    });
  }
  return { objects, commonPrefixes, last: isTruncated ? end : undefined };
}

type TextEncoder = (text: string) => string;

/** `encoding-type=url` lets any key pass through XML. */
export function textEncoder(request: S3Request): TextEncoder {
  const type = request.query.get('encoding-type');
  if (type === undefined || type === '') return (text) => text;
  if (type === 'url') return (text) => encodeURIComponent(text).replaceAll('%2F', '/');
  throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request', {
    fields: { ArgumentName: 'encoding-type', ArgumentValue: type },
  });
}

function common(request: S3Request, list: Listing, page: Page, text: TextEncoder): (XmlElement | undefined)[] {
  return [
    ['MaxKeys', list.maxKeys],
    list.delimiter === '' ? undefined : ['Delimiter', text(list.delimiter)],
    request.query.get('encoding-type') ? ['EncodingType', 'url'] : undefined,
    ['IsTruncated', page.last !== undefined],
  ];
}

function contents(page: Page, text: TextEncoder, withOwner: boolean): XmlElement[] {
  const objects = page.objects.map((object): XmlElement => {
    const { key, size, etag, lastModified, checksum } = object;
    return [
      'Contents',
      [
        ['Key', text(key)],
        ['LastModified', new Date(lastModified).toISOString()],
        ['ETag', quoted(etag)],
        checksum && ['ChecksumAlgorithm', checksumElement(checksum.algorithm).slice('Checksum'.length)],
        checksum && ['ChecksumType', checksum.type],
        ['Size', size],
        withOwner ? OWNER : undefined,
        ['StorageClass', 'STANDARD'],
      ],
    ];
  });
  const prefixes = page.commonPrefixes.map((prefix): XmlElement => ['CommonPrefixes', [['Prefix', text(prefix)]]]);
  return [...objects, ...prefixes];
}

const writeToken = (place: Place): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function readToken(token: string): Place {
  let place: unknown;
  try {
    place = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
  } catch (cause) {
    throw invalidToken(cause);
  }
  if (typeof place !== 'object' || place === null || !('after' in place) || typeof place.after !== 'string') {
    throw invalidToken();
  }
  const { after } = place;
  if (!('skip' in place)) return { after };
  if (typeof place.skip !== 'string') throw invalidToken();
  return { after, skip: place.skip };
}

const invalidToken = (cause?: unknown) =>
  new S3Error('InvalidArgument', 'The continuation token provided is incorrect', {
    fields: { ArgumentName: 'continuation-token' },
    cause,
  });
