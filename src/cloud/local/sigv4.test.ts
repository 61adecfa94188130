import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import {
  type AwsCredentials,
  canonicalRequest,
  EMPTY_SHA256,
  type SignatureCheck,
  sha256Hex,
  signingKey,
  stringToSign,
  uriEncode,
  verifySignature,
} from './sigv4.ts';

const S3_DOCS: AwsCredentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const MAY_2013 = Date.UTC(2013, 4, 24);
const S3_SCOPE = 'Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request';

const s3Check = (more: Partial<SignatureCheck>): SignatureCheck => ({
  method: 'GET',
  rawPath: '/',
  rawQuery: '',
  headers: {},
  payloadHash: EMPTY_SHA256,
  doubleEncodePath: false,
  service: 's3',
  region: 'us-east-1',
  credentials: S3_DOCS,
  now: MAY_2013,
  ...more,
});

const s3Headers = (signed: string, signature: string, more: Record<string, string> = {}) => ({
  host: 'examplebucket.s3.amazonaws.com',
  'x-amz-date': '20130524T000000Z',
  'x-amz-content-sha256': EMPTY_SHA256,
  authorization: `AWS4-HMAC-SHA256 ${S3_SCOPE},SignedHeaders=${signed},Signature=${signature}`,
  ...more,
});

const BASIC = 'host;x-amz-content-sha256;x-amz-date';

const MISMATCH =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.';

describe('the examples of the S3 documentation', () => {
  it('GET with a range', () => {
    const signature = 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';
    const headers = s3Headers('host;range;x-amz-content-sha256;x-amz-date', signature, { range: 'bytes=0-9' });
    const verdict = verifySignature(s3Check({ rawPath: '/test.txt', headers }));
    expect(verdict).toMatchObject({ ok: true, kind: 'header', signature, scope: '20130524/us-east-1/s3/aws4_request' });
  });

  it('PUT of a key with a dollar sign', () => {
    const payloadHash = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
    const headers = s3Headers(
      'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
      {
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': payloadHash,
      },
    );
    const check = s3Check({ method: 'PUT', rawPath: '/test%24file.text', headers, payloadHash });
    expect(verifySignature(check).ok).toBe(true);
    expect(verifySignature({ ...check, rawPath: '/test$file.text' }).ok).toBe(true);
    expect(payloadHash).toBe(sha256Hex('Welcome to Amazon S3.'));
  });

  it('a query parameter without a value', () => {
    const headers = s3Headers(BASIC, 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543');
    expect(verifySignature(s3Check({ rawQuery: 'lifecycle', headers })).ok).toBe(true);
  });

  it('a listing, whatever the order of its parameters', () => {
    const headers = s3Headers(BASIC, '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
    expect(verifySignature(s3Check({ rawQuery: 'max-keys=2&prefix=J', headers })).ok).toBe(true);
    expect(verifySignature(s3Check({ rawQuery: 'prefix=J&max-keys=2', headers })).ok).toBe(true);
    expect(verifySignature(s3Check({ rawQuery: 'prefix=K&max-keys=2', headers })).ok).toBe(false);
  });

  it('the seed of a chunked upload', () => {
    const headers = {
      ...s3Headers(
        'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      ),
      host: 's3.amazonaws.com',
      'content-encoding': 'aws-chunked',
      'content-length': '66824',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    };
    const payloadHash = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
    const rawPath = '/examplebucket/chunkObject.txt';
    expect(verifySignature(s3Check({ method: 'PUT', rawPath, headers, payloadHash })).ok).toBe(true);
  });
});

const PRESIGNED =
  'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
  '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host' +
  '&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

describe('a presigned URL of the S3 documentation', () => {
  const check = s3Check({
    rawPath: '/test.txt',
    rawQuery: PRESIGNED,
    headers: { host: 'examplebucket.s3.amazonaws.com' },
    payloadHash: 'UNSIGNED-PAYLOAD',
  });

  it('is good to its last second', () => {
    expect(verifySignature(check)).toMatchObject({ ok: true, kind: 'presigned' });
    expect(verifySignature({ ...check, now: MAY_2013 + 86_400_000 }).ok).toBe(true);
  });

  it.each([
    ['expired', { now: MAY_2013 + 86_400_001 }, 'Request has expired'],
    ['skewed', { now: MAY_2013 - 900_001 }, 'Request is not valid yet'],
    ['mismatch', { rawPath: '/other.txt' }, MISMATCH],
    ['mismatch', { method: 'PUT' }, MISMATCH],
    ['mismatch', { rawQuery: `${PRESIGNED}&x=1` }, MISMATCH],
    [
      'malformed-query',
      { rawQuery: PRESIGNED.replace('Expires=86400', 'Expires=604801') },
      'X-Amz-Expires must be between 1 and 604800 seconds',
    ],
    ['malformed-query', { rawQuery: '%zz=1' }, 'The query string holds a broken percent escape'],
    [
      'unsigned-headers',
      { headers: { host: 'examplebucket.s3.amazonaws.com', 'x-amz-acl': 'public-read' } },
      'There were headers present in the request which were not signed: x-amz-acl',
    ],
  ] as const)('%s (%#)', (reason, change, message) => {
    expect(verifySignature({ ...check, ...change })).toEqual({ ok: false, reason, message });
  });
});

describe('the example of the Signature Version 4 documentation', () => {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: 'iam.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
  };
  const parts = {
    method: 'GET',
    rawPath: '/',
    rawQuery: 'Action=ListUsers&Version=2010-05-08',
    headers,
    payloadHash: EMPTY_SHA256,
    doubleEncodePath: true,
  };
  const names = ['content-type', 'host', 'x-amz-date'];

  it('gives every intermediate value', () => {
    const canonical = canonicalRequest(parts, names);
    expect(sha256Hex(canonical)).toBe('f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59');
    expect(stringToSign('20150830T123600Z', '20150830/us-east-1/iam/aws4_request', canonical)).toBe(
      'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\nf536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59',
    );
    const key = signingKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', '20150830', 'us-east-1', 'iam');
    expect(key.toString('hex')).toBe('c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9');
  });

  it('verifies', () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, ' +
      'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7';
    const verdict = verifySignature({
      ...parts,
      headers: { ...headers, authorization },
      service: 'iam',
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' },
      now: Date.UTC(2015, 7, 30, 12, 36),
    });
    expect(verdict.ok).toBe(true);
  });
});

const REGION = 'eu-west-3';
const SESSION: AwsCredentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token/+=' };

interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Record<string, string | string[] | null>;
  readonly headers: Record<string, string>;
}

/** The request as an AWS client signed it, in the form a server sees it. */
function received(service: string, url: URL, method: string, headers: Record<string, string>): SignatureCheck {
  return {
    ...s3Check({}),
    method,
    rawPath: url.pathname,
    rawQuery: url.search.slice(1),
    headers,
    service,
    region: REGION,
    credentials: SESSION,
    now: Date.now(),
    doubleEncodePath: service !== 's3',
  };
}

describe("against the SDK's signer", () => {
  const clientConfig = (captured: HttpRequest[]) => ({
    region: REGION,
    endpoint: 'http://localhost:9000',
    credentials: SESSION,
    maxAttempts: 1,
    requestHandler: {
      handle: async (request: HttpRequest) => {
        captured.push(request);
        throw new Error('captured');
      },
    },
  });

  function onWire(service: string, request: HttpRequest): SignatureCheck {
    const query = Object.entries(request.query ?? {}).flatMap(([name, value]) =>
      [value ?? ''].flat().map((one) => `${uriEncode(name)}=${uriEncode(one)}`),
    );
    const url = new URL(`http://localhost:9000${request.path}?${query.join('&')}`);
    return { ...received(service, url, request.method, request.headers), rawPath: request.path };
  }

  function expectOnlyItself(check: SignatureCheck): void {
    expect(verifySignature(check)).toMatchObject({ ok: true, kind: 'header' });
    expect(verifySignature({ ...check, payloadHash: sha256Hex('other') })).toMatchObject({ reason: 'mismatch' });
    expect(verifySignature({ ...check, rawPath: `${check.rawPath}x` })).toMatchObject({ reason: 'mismatch' });
    expect(verifySignature({ ...check, rawQuery: `${check.rawQuery}&x=1` })).toMatchObject({ reason: 'mismatch' });
    const { sessionToken: _, ...withoutToken } = SESSION;
    expect(verifySignature({ ...check, credentials: withoutToken })).toMatchObject({ reason: 'wrong-token' });
  }

  it('Lambda: a path that is encoded twice', async () => {
    const captured: HttpRequest[] = [];
    const FunctionName = `arn:aws:lambda:${REGION}:000000000000:function:f`;
    const invoke = new InvokeCommand({ FunctionName, Qualifier: '$LATEST', Payload: '{"a":1}' });
    await expect(new LambdaClient(clientConfig(captured)).send(invoke)).rejects.toThrow('captured');
    expect(captured[0]?.path).toContain('arn%3Aaws%3Alambda');
    expectOnlyItself({ ...onWire('lambda', captured[0]!), payloadHash: sha256Hex('{"a":1}') });
  });

  it('S3: odd keys, encoded once', async () => {
    const captured: HttpRequest[] = [];
    const client = new S3Client({ ...clientConfig(captured), forcePathStyle: true });
    const get = new GetObjectCommand({ Bucket: 'bucket', Key: "odd +%&<>é!'()*~/..", Range: 'bytes=0-1' });
    await expect(client.send(get)).rejects.toThrow('captured');
    const check = onWire('s3', captured[0]!);
    expectOnlyItself({ ...check, payloadHash: check.headers['x-amz-content-sha256'] as string });
  });

  it('S3: a presigned URL with a session token', async () => {
    const client = new S3Client({ ...clientConfig([]), forcePathStyle: true });
    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket: 'b', Key: 'k ä' }), { expiresIn: 60 });
    const check = {
      ...received('s3', new URL(url), 'GET', { host: 'localhost:9000' }),
      payloadHash: 'UNSIGNED-PAYLOAD',
    };
    expect(verifySignature(check)).toMatchObject({ ok: true, kind: 'presigned' });
    expect(verifySignature({ ...check, now: check.now + 62_000 })).toMatchObject({ reason: 'expired' });
    expect(verifySignature({ ...check, method: 'PUT' })).toMatchObject({ reason: 'mismatch' });
  });
});

describe('what is refused, and how', () => {
  const signature = '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7';
  const good = s3Check({ rawQuery: 'max-keys=2&prefix=J', headers: s3Headers(BASIC, signature) });
  const scope = (text: string) => ({ headers: { ...good.headers, authorization: `AWS4-HMAC-SHA256 ${text}` } });
  const credential = (text: string) => scope(`Credential=${text}, SignedHeaders=${BASIC}, Signature=${signature}`);

  it.each<[string, Partial<SignatureCheck>, string]>([
    ['missing', { headers: { host: 'h' } }, 'Request is missing Authentication Token'],
    [
      'malformed-header',
      { headers: { authorization: 'AWS a:b' } },
      'Authorization header must start with AWS4-HMAC-SHA256',
    ],
    ['malformed-header', scope('Signature=1'), 'Authorization header requires Credential, SignedHeaders and Signature'],
    [
      'malformed-header',
      credential('AKIAIOSFODNN7EXAMPLE/us-east-1/s3/aws4_request'),
      'The credential must be of the form <key>/YYYYMMDD/<region>/<service>/aws4_request',
    ],
    [
      'malformed-header',
      credential('AKIAIOSFODNN7EXAMPLE/20130525/us-east-1/s3/aws4_request'),
      "The date in the credential scope, '20130525', is not the date of the request",
    ],
    [
      'malformed-header',
      { headers: { ...good.headers, 'x-amz-date': 'yesterday' } },
      'AWS authentication requires a valid Date or x-amz-date header',
    ],
    [
      'wrong-region',
      credential('AKIAIOSFODNN7EXAMPLE/20130524/us-west-2/s3/aws4_request'),
      "The credential names region 'us-west-2'; expecting 'us-east-1'",
    ],
    [
      'wrong-scope',
      credential('AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/sqs/aws4_request'),
      "The credential names service 'sqs'; expecting 's3'",
    ],
    [
      'unknown-key',
      credential('AKIA/20130524/us-east-1/s3/aws4_request'),
      'The security token included in the request is invalid.',
    ],
    [
      'skewed',
      { now: MAY_2013 + 900_001 },
      'The difference between the request time and the current time is too large.',
    ],
    ['mismatch', { credentials: { ...S3_DOCS, secretAccessKey: 'wrong' } }, MISMATCH],
    ['mismatch', { headers: s3Headers(BASIC, signature.slice(1)) }, MISMATCH],
    ['mismatch', { rawPath: '/%zz' }, 'The request path holds a broken percent escape'],
  ])('%s (%#)', (reason, change, message) => {
    expect(verifySignature({ ...good, ...change })).toEqual({ ok: false, reason, message });
  });

  it('accepts a clock that is 15 minutes off', () => {
    expect(verifySignature({ ...good, now: MAY_2013 + 900_000 }).ok).toBe(true);
    expect(verifySignature({ ...good, now: MAY_2013 - 900_000 }).ok).toBe(true);
  });
});
