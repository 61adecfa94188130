import type { RequestClass } from '../../../../storage/object-store.ts';
import type { Operation } from '../exchange.ts';
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from '../operations/buckets.ts';
import { completeMultipartUpload } from '../operations/complete-upload.ts';
import { copyObject } from '../operations/copy-object.ts';
import { deleteObject, deleteObjects } from '../operations/delete-objects.ts';
import { getObject, headObject } from '../operations/get-object.ts';
import { listObjectsV1, listObjectsV2 } from '../operations/list-objects.ts';
import { listMultipartUploads } from '../operations/list-uploads.ts';
import {
  abortMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from '../operations/multipart.ts';
import { putObject } from '../operations/put-object.ts';
import { notImplemented, S3Error } from '../s3-error.ts';
import type { S3Request } from './s3-request.ts';

export interface Route {
  readonly method: string;
  readonly on: 'service' | 'bucket' | 'object';
  /** Parameters that must be there. */
  readonly query?: readonly string[];
  /** A header that must be there. */
  readonly header?: string;
  /** The class it counts as, is slowed down and disturbed by. */
  readonly class: RequestClass;
  readonly run: Operation;
}

const COPY_SOURCE = 'x-amz-copy-source';

/** The first that fits is taken: what needs more stands before what needs less. */
const ROUTES: readonly Route[] = [
  { method: 'GET', on: 'service', class: 'LIST', run: listBuckets },
  { method: 'GET', on: 'bucket', query: ['location'], class: 'GET', run: getBucketLocation },
  { method: 'GET', on: 'bucket', query: ['uploads'], class: 'LIST', run: listMultipartUploads },
  { method: 'GET', on: 'bucket', query: ['list-type'], class: 'LIST', run: listObjectsV2 },
  { method: 'GET', on: 'bucket', class: 'LIST', run: listObjectsV1 },
  { method: 'HEAD', on: 'bucket', class: 'HEAD', run: headBucket },
  { method: 'PUT', on: 'bucket', class: 'PUT', run: createBucket },
  { method: 'DELETE', on: 'bucket', class: 'DELETE', run: deleteBucket },
  { method: 'POST', on: 'bucket', query: ['delete'], class: 'DELETE', run: deleteObjects },
  { method: 'GET', on: 'object', query: ['uploadId'], class: 'LIST', run: listParts },
  { method: 'GET', on: 'object', class: 'GET', run: getObject },
  { method: 'HEAD', on: 'object', class: 'HEAD', run: headObject },
  {
    method: 'PUT',
    on: 'object',
    query: ['uploadId', 'partNumber'],
    header: COPY_SOURCE,
    class: 'PUT',
    run: uploadPartCopy,
  },
  { method: 'PUT', on: 'object', query: ['uploadId', 'partNumber'], class: 'PUT', run: uploadPart },
  { method: 'PUT', on: 'object', header: COPY_SOURCE, class: 'PUT', run: copyObject },
  { method: 'PUT', on: 'object', class: 'PUT', run: putObject },
  { method: 'POST', on: 'object', query: ['uploads'], class: 'PUT', run: createMultipartUpload },
  { method: 'POST', on: 'object', query: ['uploadId'], class: 'PUT', run: completeMultipartUpload },
  { method: 'DELETE', on: 'object', query: ['uploadId'], class: 'DELETE', run: abortMultipartUpload },
  { method: 'DELETE', on: 'object', class: 'DELETE', run: deleteObject },
];

/** Parameters that name another operation of S3's, each of which this server lacks. */
const UNSUPPORTED: readonly string[] = [
  'accelerate',
  'acl',
  'analytics',
  'attributes',
  'cors',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'logging',
  'metadataConfiguration',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'versioning',
  'versions',
  'website',
];

/** The operation a request asks for. Throws NotImplemented or MethodNotAllowed. */
export function findRoute(request: S3Request): Route {
  const unsupported = UNSUPPORTED.find((name) => request.query.has(name));
  if (unsupported !== undefined) throw notImplemented(`?${unsupported}`);
  const version = request.query.get('versionId');
  if (version !== undefined && version !== 'null') {
    throw new S3Error('InvalidArgument', 'Invalid version id specified', {
      fields: { ArgumentName: 'versionId', ArgumentValue: version },
    });
  }
  const on = request.key !== '' ? 'object' : request.bucket !== '' ? 'bucket' : 'service';
  const route = ROUTES.find(
    (one) =>
      one.method === request.method &&
      one.on === on &&
      (one.query ?? []).every((name) => request.query.has(name)) &&
      (one.header === undefined || request.header(one.header) !== undefined),
  );
  if (route) return route;
  if (request.method === 'POST') throw notImplemented(`POST of ${on === 'object' ? 'an object' : `a ${on}`}`);
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    fields: { Method: request.method, ResourceType: on.toUpperCase() },
  });
}
