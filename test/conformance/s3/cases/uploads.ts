import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { pattern, type Subject } from '../harness.ts';

/** The least that all parts but the last must have. */
export const PART = 5 << 20;

export async function begin({ client, bucket }: Subject, more: Partial<CreateMultipartUploadCommandInput> = {}) {
  const created = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'k', ...more }));
  return { Bucket: bucket, Key: 'k', ...(more.Key && { Key: more.Key }), UploadId: created.UploadId };
}
export type Begun = Awaited<ReturnType<typeof begin>>;

export const send = ({ client }: Subject, upload: Begun, PartNumber: number, Body: Uint8Array) =>
  client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));

export async function part(subject: Subject, upload: Begun, number: number, body: Uint8Array): Promise<CompletedPart> {
  const { ETag } = await send(subject, upload, number, body);
  return { PartNumber: number, ETag };
}

export const complete = ({ client }: Subject, upload: Begun, Parts: CompletedPart[], more = {}) =>
  client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));

export const FIRST = pattern(PART, 1);
export const SECOND = pattern(PART + 7, 2);
/** Smaller than a part may be that is not the last. */
export const LAST = pattern(10, 3);
