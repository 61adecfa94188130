import { expect } from 'vitest';

/** What a server does instead of what a case expects of it, by the name of the case. */
export type Deviations = Readonly<Record<string, unknown>>;

const CHECKSUM_ALGORITHMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'];

/** Neither checked, nor kept, nor given back. Trailers are not understood, and refused. */
const NO_CHECKSUMS = CHECKSUM_ALGORITHMS.flatMap((algorithm): [string, unknown][] => [
  [
    `checksum ${algorithm} in the header: answered, kept, given back by GET and HEAD`,
    { put: undefined, get: undefined, same: true, head: undefined },
  ],
  [`checksum ${algorithm} in the header: a wrong one is refused, nothing stays`, { put: '200', absent: '200' }],
  [`checksum ${algorithm} in the trailer of a stream: kept, no chunk frames in the data`, '411 MissingContentLength'],
  [
    `checksum ${algorithm} in the trailer of a stream: a wrong one is refused, nothing stays`,
    { put: '411 MissingContentLength', absent: '404 NoSuchKey' },
  ],
]);

/** Its error documents have no message, which AWS's command line does not expect. */
const NO_MESSAGE = "argument of type 'NoneType' is not iterable";

/** Ceph's gateway 16.2.15, through AWS's SDK for JavaScript and command line. */
export const RADOSGW: Deviations = {
  'bucket: made twice by its owner, what it holds stays': { again: '200', kept: 'here' },
  'bucket: names that are not allowed': ['200', '400 InvalidBucketName', '200', '400 InvalidBucketName', '200', '200'],
  'metadata: over 2 KB is refused': { most: '200', more: '200', absent: '200' },
  ...Object.fromEntries(NO_CHECKSUMS),
  'checksum in the trailer: a byte changed on the way is refused, what was there stays': {
    put: '411 MissingContentLength',
    kept: 'before',
  },
  'checksum: GET checks it, a range has none': { whole: undefined, range: undefined },
  'range: suffix of nothing': '206',
  'range: backwards is no range': '416 InvalidRange',
  'range: what is no number is no range': { status: 206, contentRange: 'bytes 0-0/100000', same: false },
  'range: another unit is no range': { status: 200, contentRange: 'bytes 0-99999/100000', same: true },
  'list: a token of no listing': '200',
  'multipart: three parts, the last one small': {
    etag: '',
    head: '"7571606f9bb803d09445d4bd5eddb040-3"',
    same: true,
  },
  'multipart: a part sent again counts alone, one not named is left out': '400 InvalidPart',
  'multipart: aborted, it is gone': {
    aborted: '204',
    again: '404 NoSuchUpload',
    part: '404 NoSuchUpload',
    parts: '404 NoSuchKey',
    object: '404 NoSuchKey',
  },
  'multipart: an upload nobody began': {
    part: '404 NoSuchUpload',
    parts: '404 NoSuchKey',
    complete: '500 InternalError',
    abort: '404 NoSuchUpload',
  },
  'multipart: parts named out of order': { refused: '200', absent: '200' },
  'multipart: parts named twice': { refused: '400 InvalidPart', absent: '404 NoSuchKey' },
  'multipart: part numbers outside 1 to 10,000': ['200', '200'],
  'multipart: a part with a wrong checksum is refused and not there': { refused: '200', parts: 1 },
  'multipart: GET and HEAD of one part': {
    status: 200,
    same: false,
    count: undefined,
    head: 10_485_767,
    none: '200',
  },
  'multipart: parts copied whole and by range': { same: true, etag: '41f19575afb4e53ae5df838e4e863e0a' },
  'multipart: copying what is not there, or beyond it': { absent: '404 NoSuchKey', beyond: '416 InvalidRange' },
  'multipart: the checksum of the checksums of the parts': { type: undefined, checksum: undefined },
  'multipart: the checksum of the whole object, made from those of the parts': {
    type: undefined,
    checksum: undefined,
    get: undefined,
  },
  'copy: bytes, metadata and type': {
    etag: '136fee0874fe4479824734424ecfa674',
    dated: true,
    same: true,
    metadata: { a: '1' },
    type: 'text/csv',
  },
  'copy: on conditions of the source': { match: '200', stale: '200', noneMatch: '200', other: '200', since: '200' },
  'copy: of an object of several parts is one part': { etag: 'ce1b6a1b90ec18c68233d4a4cda2b3d6-2', same: true },
  'delete many: 1,000 at most, none is none': { most: 1_000, more: '400', none: '200', left: ['k'] },
  'conditional read: If-Match of any': { get: '412 PreconditionFailed', head: '412' },
  'conditional write: If-Match of the ETag that is there, of another, of an absent key': {
    held: '412 PreconditionFailed',
    stale: '412 PreconditionFailed',
    absent: '412 PreconditionFailed',
    text: 'first',
  },
  'conditional write: If-Match by 16 writers at once: one wins, its bytes stay': { won: 0, lost: 16, left: false },
  'conditional write: If-Match counts without a lost update: 8 writers, 5 times each': { count: '0', counted: 0 },
  'conditional complete: If-None-Match * makes, and never overwrites': { made: '200', refused: '200', kept: 'second' },
  'conditional complete: If-None-Match * by 16 uploads at once: one wins, its bytes stay': {
    won: 16,
    lost: 0,
    left: false,
  },
  'conditional complete: If-Match of the ETag that is there, of another': {
    stale: '200',
    kept: 'second',
    held: '200',
    text: 'second',
  },
  // The complete overwrites whatever is there; only when it comes first it looks right.
  'conditional write: PUT and complete race for one key: one wins': expect.toBeOneOf([
    { won: 1, lost: 15, left: true },
    { won: 2, lost: 14, left: false },
  ]),
  'presigned GET: with a parameter left out': '403 AccessDenied',
  'authentication: another region': {
    get: '200',
    list: '200',
    buckets: '200',
    put: '200',
    remove: '204',
    kept: '404 NoSuchKey',
    made: '200',
  },
  'authentication: what is no signature': { get: '400 InvalidArgument', kept: 'kept' },
  'aws s3 mb, rb: a bucket that is empty, and one that is not': {
    kept: `1 remove_bucket failed: s3://BUCKET-cli ${NO_MESSAGE}`,
    kinds: ['made', 'kept', 'removed'],
  },
  'aws s3api: what is not there': { object: `255 ${NO_MESSAGE}`, head: '254 404', bucket: `255 ${NO_MESSAGE}` },
  'keys: over 1,024 bytes are refused': { ascii: '400 InvalidObjectName', utf8: '400 InvalidObjectName' },
};

/** The same through boto3: what `foreign.py` says it saw. */
export const RADOSGW_BOTO3: Readonly<Record<string, string>> = {
  'checksum CRC32: kept, given back, a wrong one refused': "[None, None, b'hello', '200']",
  'checksum SHA1: kept, given back, a wrong one refused': "[None, None, b'hello', '200']",
  'checksum SHA256: kept, given back, a wrong one refused': "[None, None, b'hello', '200']",
  'conditional write: If-Match': "['412 PreconditionFailed', b'first', '412 PreconditionFailed', b'first']",
  'conditional complete: If-None-Match * does not overwrite': "['200', b'second']",
};
