import type { Exchange } from '../exchange.ts';
import { receiveXml, xmlText } from '../payload/xml-body.ts';
import { sendEmpty, sendXml } from '../response/send.ts';
import type { XmlElement } from '../response/xml.ts';
import { S3Error } from '../s3-error.ts';

/** The region whose name S3 leaves out, and where making one's own bucket again is no error. */
const FIRST_REGION = 'us-east-1';

export const OWNER: XmlElement = [
  'Owner',
  [
    ['ID', 'squall'],
    ['DisplayName', 'squall'],
  ],
];

export async function listBuckets({ request, response, store, region }: Exchange): Promise<void> {
  const prefix = request.query.get('prefix') ?? '';
  const buckets = (await store.buckets.list()).filter(({ name }) => name.startsWith(prefix));
  const entries = buckets.map(({ name, created }): XmlElement => {
    const date = new Date(created).toISOString();
    return [
      'Bucket',
      [
        ['Name', name],
        ['CreationDate', date],
        ['BucketRegion', region],
      ],
    ];
  });
  sendXml(response, ['ListAllMyBucketsResult', [OWNER, ['Buckets', entries]]]);
}

export async function createBucket(exchange: Exchange): Promise<void> {
  const { request, response, store, region } = exchange;
  const body = await receiveXml(exchange, 'CreateBucketConfiguration');
  const wanted = body && xmlText(body, 'LocationConstraint');
  if (wanted !== undefined && wanted !== region) {
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    );
  }
  const isNew = await store.buckets.create(request.bucket);
  if (!isNew && region !== FIRST_REGION) {
    throw new S3Error(
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { fields: { BucketName: request.bucket } },
    );
  }
  sendEmpty(response, 200, { Location: `/${request.bucket}` });
}

export async function headBucket({ request, response, store, region }: Exchange): Promise<void> {
  await store.requireBucket(request.bucket);
  sendEmpty(response, 200, { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false' });
}

export async function deleteBucket({ request, response, store, uploads }: Exchange): Promise<void> {
  await store.removeBucket(request.bucket);
  await uploads.removeBucket(request.bucket);
  sendEmpty(response, 204);
}

export async function getBucketLocation({ request, response, store, region }: Exchange): Promise<void> {
  await store.requireBucket(request.bucket);
  sendXml(response, ['LocationConstraint', region === FIRST_REGION ? '' : region]);
}
