import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, sendSigned } from '../fixtures/signed-request.ts';
import { CREDENTIALS, failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';

const at = { Bucket: 'bucket', Key: 'some key+&' };
let test: TestServer;

beforeAll(async () => {
  test = await startTestServer();
  await test.client.send(new CreateBucketCommand({ Bucket: at.Bucket }));
  await test.client.send(new PutObjectCommand({ ...at, Body: 'secret' }));
});
afterAll(() => test.close());

const code = async (answer: Response): Promise<string> => {
  const text = await answer.text();
  return `${answer.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1] ?? text}`;
};

describe('signed headers', () => {
  const get = new GetObjectCommand(at);

  it('refuse a wrong secret, an unknown key and nobody', async () => {
    const wrong = { accessKeyId: CREDENTIALS.accessKeyId, secretAccessKey: 'wrong' };
    expect(await failure(test.newClient({ credentials: wrong }).send(get))).toBe('SignatureDoesNotMatch 403');
    const unknown = { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' };
    expect(await failure(test.newClient({ credentials: unknown }).send(get))).toBe('InvalidAccessKeyId 403');
    const nobody = test.newClient({ signer: { sign: async (request) => request } });
    expect(await failure(nobody.send(get))).toBe('AccessDenied 403');
    expect(await failure(nobody.send(new HeadObjectCommand(at)))).toBe('Unknown 403');
  });

  it('refuse another region, another clock and session tokens', async () => {
    const elsewhere = test.newClient({ region: 'us-west-2', followRegionRedirects: false });
    expect(await failure(elsewhere.send(get))).toBe('AuthorizationHeaderMalformed 400');
    const late = { method: 'GET', target: '/bucket/some%20key%2B%26', signedAt: Date.now() - 16 * 60_000 };
    expect((await sendSigned(test.server.endpoint, late)).code).toBe('RequestTimeTooSkewed');
    const token = test.newClient({ credentials: { ...CREDENTIALS, sessionToken: 'token' } });
    expect(await failure(token.send(get))).toBe('InvalidToken 400');
  });

  it('need the hash of the payload and every x-amz header', async () => {
    const { endpoint } = test.server;
    const without = await send(endpoint, { method: 'GET', target: '/bucket' }, { authorization: 'AWS4-HMAC-SHA256 ' });
    expect(without.code).toBe('AuthorizationHeaderMalformed');
    const old = await send(endpoint, { method: 'GET', target: '/bucket' }, { authorization: 'AWS AKID:abc=' });
    expect(old).toMatchObject({ status: 400, code: 'InvalidRequest' });
  });

  it('answers HEAD errors on a connection that stays open', async () => {
    const answer = await send(
      test.server.endpoint,
      { method: 'HEAD', target: '/bucket/k' },
      { connection: 'keep-alive' },
    );
    expect(answer).toMatchObject({ status: 403, body: '' });
    expect(answer.headers).toMatchObject({ 'content-length': '0', connection: 'keep-alive' });
  });
});

describe('presigned URLs', () => {
  const url = (expiresIn = 60, signingDate = new Date()) =>
    getSignedUrl(test.client, new GetObjectCommand(at), { expiresIn, signingDate });

  it('open what they name', async () => {
    expect(await (await fetch(await url())).text()).toBe('secret');
    const typed = new GetObjectCommand({ ...at, ResponseContentType: 'text/z' });
    const answer = await fetch(await getSignedUrl(test.client, typed));
    expect(answer.headers.get('content-type')).toBe('text/z');
    await answer.text();
  });

  it('put with the metadata they were signed with', async () => {
    const put = new PutObjectCommand({ Bucket: 'bucket', Key: 'presigned', Metadata: { a: 'b' } });
    const answer = await fetch(await getSignedUrl(test.client, put), { method: 'PUT', body: 'some bytes' });
    expect(answer.status).toBe(200);
    const head = await test.client.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'presigned' }));
    expect(head).toMatchObject({ Metadata: { a: 'b' }, ContentLength: 10 });
  });

  it('open nothing else', async () => {
    const right = await url();
    expect(await code(await fetch(right.replace('some%20key', 'other')))).toBe('403 SignatureDoesNotMatch');
    expect(await code(await fetch(right, { method: 'DELETE' }))).toBe('403 SignatureDoesNotMatch');
    expect(await code(await fetch(`${right}&versionId=null`))).toBe('403 SignatureDoesNotMatch');
    expect(await code(await fetch(right.replace(/AKID\w+/, 'AKIDOTHER')))).toBe('403 InvalidAccessKeyId');
    expect(await code(await fetch(right.split('?')[0] as string))).toBe('403 AccessDenied');
    expect(await code(await fetch(right.replace(/&X-Amz-Date=\w+/, '')))).toBe('400 AuthorizationQueryParametersError');
  });

  it('are open for their time only', async () => {
    expect(await code(await fetch(await url(60, new Date(Date.now() - 62_000))))).toBe('403 AccessDenied');
    expect(await code(await fetch(await url(60, new Date(Date.now() + 16 * 60_000))))).toBe('403 AccessDenied');
    const old = `${test.server.endpoint}/bucket/k?AWSAccessKeyId=AKID&Signature=abc&Expires=9999999999`;
    expect(await code(await fetch(old))).toBe('400 InvalidRequest');
  });
});
