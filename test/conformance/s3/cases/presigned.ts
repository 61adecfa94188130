import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Case } from '../cases.ts';
import { answered, outcome, pattern, type Subject, through } from '../harness.ts';
import { begin, complete } from './uploads.ts';

const HOUR = 3_600;

const urlToGet = ({ client, bucket }: Subject, options = {}, Key = 'k') =>
  getSignedUrl(client, new GetObjectCommand({ Bucket: bucket, Key }), { expiresIn: HOUR, ...options });

const urlToPut = ({ client, bucket }: Subject, more = {}) =>
  getSignedUrl(client, new PutObjectCommand({ Bucket: bucket, Key: 'k', ...more }), { expiresIn: HOUR });

/** Other than it was, of the same form. */
const other = (hex: string) => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);

const refused = (name: string, expected: string, url: (subject: Subject) => Promise<string>): Case => ({
  name: `presigned GET: ${name}`,
  expected,
  run: async (subject) => {
    await subject.put('k', 'secret');
    await subject.put('other', 'more secret');
    return answered(await url(subject));
  },
});

export const PRESIGNED: readonly Case[] = [
  {
    name: 'presigned GET',
    expected: '200 the body',
    run: async (subject) => {
      await subject.put('k', 'the body');
      return answered(await urlToGet(subject));
    },
  },
  {
    name: 'presigned GET: of odd keys',
    expected: ['200 0', '200 1', '200 2', '200 3'],
    run: async (subject) => {
      const found = [];
      for (const [i, key] of ['a b+c', 'x%20y', "é/日本&=?#'()*!", 'a//b'].entries()) {
        await subject.put(key, String(i));
        found.push(await answered(await urlToGet(subject, {}, key)));
      }
      return found;
    },
  },
  {
    name: 'presigned GET: with a range that was not signed',
    expected: { range: '206 the', beyond: '416 InvalidRange' },
    run: async (subject) => {
      await subject.put('k', 'the body');
      const url = await urlToGet(subject);
      return {
        range: await answered(url, { headers: { range: 'bytes=0-2' } }),
        beyond: await answered(url, { headers: { range: 'bytes=100-' } }),
      };
    },
  },
  {
    name: 'presigned GET: with headers that the URL asks for',
    expected: 'text/x-asked',
    run: async (subject) => {
      const { client, bucket } = subject;
      await subject.put('k', 'the body');
      const command = new GetObjectCommand({ Bucket: bucket, Key: 'k', ResponseContentType: 'text/x-asked' });
      const answer = await fetch(await getSignedUrl(client, command, { expiresIn: HOUR }));
      await answer.arrayBuffer();
      return answer.headers.get('content-type');
    },
  },
  {
    name: 'presigned GET: of what is not there',
    expected: '404 NoSuchKey',
    run: async (subject) => answered(await urlToGet(subject)),
  },
  {
    name: 'presigned PUT',
    expected: { put: '200 ', same: true },
    run: async (subject) => {
      const body = new Uint8Array(pattern(50_000));
      const put = await answered(await urlToPut(subject), { method: 'PUT', body });
      return { put, same: (await subject.read('k')).equals(body) };
    },
  },
  {
    name: 'presigned PUT: the signed If-None-Match never overwrites',
    expected: { put: '412 PreconditionFailed', kept: 'first' },
    run: async (subject) => {
      await subject.put('k', 'first');
      const { client, bucket } = subject;
      const command = new PutObjectCommand({ Bucket: bucket, Key: 'k', IfNoneMatch: '*' });
      const url = await getSignedUrl(client, command, {
        expiresIn: HOUR,
        unhoistableHeaders: new Set(['if-none-match']),
      });
      const put = await answered(url, { method: 'PUT', body: 'second', headers: { 'if-none-match': '*' } });
      return { put, kept: await subject.text('k') };
    },
  },
  {
    name: 'presigned PUT: without a header that is signed',
    expected: { put: '403 SignatureDoesNotMatch', absent: '404 NoSuchKey' },
    run: async (subject) => {
      const { client, bucket } = subject;
      const command = new PutObjectCommand({ Bucket: bucket, Key: 'k', ContentType: 'text/csv' });
      const url = await getSignedUrl(client, command, { expiresIn: HOUR, signableHeaders: new Set(['content-type']) });
      const put = await answered(url, { method: 'PUT', body: 'body', headers: { 'content-type': 'text/html' } });
      return { put, absent: await outcome(subject.get('k')) };
    },
  },
  {
    name: 'presigned part of a multipart upload',
    expected: { put: '200 ', text: 'part' },
    run: async (subject) => {
      const upload = await begin(subject);
      const url = await getSignedUrl(subject.client, new UploadPartCommand({ ...upload, PartNumber: 1 }));
      const answer = await fetch(url, { method: 'PUT', body: 'part' });
      const put = `${answer.status} ${await answer.text()}`;
      await complete(subject, upload, [{ PartNumber: 1, ETag: answer.headers.get('etag') as string }]);
      return { put, text: await subject.text('k') };
    },
  },
  {
    name: 'presigned HEAD and DELETE',
    expected: { head: '200 ', remove: '204 ', gone: '404 ' },
    run: async ({ client, bucket, put }) => {
      await put('k', 'the body');
      const input = { Bucket: bucket, Key: 'k' };
      const head = await getSignedUrl(client, new HeadObjectCommand(input));
      return {
        head: await answered(head, { method: 'HEAD' }),
        remove: await answered(await getSignedUrl(client, new DeleteObjectCommand(input)), { method: 'DELETE' }),
        gone: await answered(head, { method: 'HEAD' }),
      };
    },
  },
  refused('expired', '403 AccessDenied', (subject) =>
    urlToGet(subject, { expiresIn: 60, signingDate: new Date(Date.now() - 120_000) }),
  ),
  refused('signature changed', '403 SignatureDoesNotMatch', async (subject) =>
    (await urlToGet(subject)).replace(/(?<=X-Amz-Signature=)[0-9a-f]+/, other),
  ),
  refused('for another key', '403 SignatureDoesNotMatch', async (subject) =>
    (await urlToGet(subject)).replace(`/${subject.bucket}/k?`, `/${subject.bucket}/other?`),
  ),
  refused('made to last longer', '403 SignatureDoesNotMatch', async (subject) =>
    (await urlToGet(subject)).replace('X-Amz-Expires=3600', 'X-Amz-Expires=36000'),
  ),
  refused(
    'with a parameter added',
    '403 SignatureDoesNotMatch',
    async (subject) => `${await urlToGet(subject)}&response-content-type=text%2Fhtml`,
  ),
  refused('with a parameter left out', '400 AuthorizationQueryParametersError', async (subject) =>
    (await urlToGet(subject)).replace(/&X-Amz-Signature=[0-9a-f]+/, ''),
  ),
  refused('signed with another secret', '403 SignatureDoesNotMatch', (subject) => {
    const { accessKeyId } = subject.target;
    return urlToGet(through(subject, subject.connect({ credentials: { accessKeyId, secretAccessKey: 'wrong' } })));
  }),
  refused('signed with an unknown key', '403 InvalidAccessKeyId', (subject) => {
    const { secretAccessKey } = subject.target;
    return urlToGet(through(subject, subject.connect({ credentials: { accessKeyId: 'AKIDNOBODY', secretAccessKey } })));
  }),
  {
    name: 'presigned GET used to PUT or DELETE',
    expected: { put: '403 SignatureDoesNotMatch', remove: '403 SignatureDoesNotMatch', kept: 'kept' },
    run: async (subject) => {
      await subject.put('k', 'kept');
      const url = await urlToGet(subject);
      return {
        put: await answered(url, { method: 'PUT', body: 'changed' }),
        remove: await answered(url, { method: 'DELETE' }),
        kept: await subject.text('k'),
      };
    },
  },
];
