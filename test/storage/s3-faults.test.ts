import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CancelledError, type StorageError } from '../../src/common/errors.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { type OpenedStore, openStore } from '../../src/storage/open-store.ts';
import { S3ObjectStore } from '../../src/storage/s3.ts';
import type { S3StoreOptions } from '../../src/storage/s3-clients.ts';
import { answer, FakeS3, type Fault, hangUp, type SeenRequest, serveThenHangUp, truncated } from './fake-s3.ts';
import { VirtualClock } from './virtual-clock.ts';

const at = (key: string) => ({ bucket: 'bucket', key });
const all = { kind: 'all' } as const;
const body = (text: string) => new TextEncoder().encode(text);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

let fake: FakeS3;
let transport: S3ObjectStore;
let opened: OpenedStore;

const open = (options: S3StoreOptions = {}) => {
  transport = new S3ObjectStore({ endpoint: fake.endpoint, region: 'us-east-1', credentials, ...options });
  opened = openStore(transport, { clock: new VirtualClock() });
  return opened.store;
};

beforeEach(async () => {
  fake = await FakeS3.start();
  open();
});
afterEach(async () => {
  await transport.close();
  await fake.stop();
});

const failure = async (work: Promise<unknown>): Promise<StorageError> => {
  try {
    await work;
  } catch (error) {
    return error as StorageError;
  }
  throw new Error('it should have failed');
};

const drained = async (store: ObjectStore) => {
  const keys: string[] = [];
  for await (const page of store.list({ bucket: 'bucket', prefix: '' }))
    keys.push(...page.objects.map(({ key }) => key));
  return keys;
};

describe('s3: damaged answers', () => {
  it('never takes a cut body for the object', async () => {
    fake.fault = truncated(10, 'abc');
    const error = await failure(transport.getRange(at('k'), { kind: 'range', offset: 0, length: 10 }));
    expect(error).toMatchObject({ code: 'SQ5010', retryable: true, message: 's3://bucket/k: 3 of 10 bytes arrived' });
  });

  it('reads again after a cut body, and counts both', async () => {
    fake.put('k', '0123456789');
    fake.failNext(truncated(10, 'abc'));
    expect(text((await opened.store.getRange(at('k'), all)).body)).toBe('0123456789');
    expect(opened.requests().GET).toMatchObject({ requests: 2, errors: 1, bytes: 10 });
  });

  const with206 =
    (range: string, sent: string): Fault =>
    (_request, response) => {
      response.writeHead(206, { 'Content-Range': range, 'Content-Length': sent.length, ETag: '"e"' });
      response.end(sent);
      return true;
    };

  it.each([
    ['bytes 1-4/10', 'abcd', '4 bytes of "bytes 1-4/10" arrived, but 4 from 0 were asked for'],
    ['bytes 0-2/10', 'abc', '3 bytes of "bytes 0-2/10" arrived, but 4 from 0 were asked for'],
    ['bytes 0-3/10', 'abc', '3 bytes of "bytes 0-3/10" arrived, but 4 from 0 were asked for'],
    ['bytes 0-3/*', 'abcd', 'the answer is for "bytes 0-3/*"'],
    ['nonsense', 'abcd', 'the answer is for "nonsense"'],
  ])('refuses %s with %s', async (range, sent, why) => {
    fake.fault = with206(range, sent);
    const error = await failure(transport.getRange(at('k'), { kind: 'range', offset: 0, length: 4 }));
    expect(error).toMatchObject({ code: 'SQ5010', retryable: true, message: `s3://bucket/k: ${why}` });
  });

  it('takes the part asked for from a server that ignores ranges', async () => {
    fake.fault = (_request, response) => {
      response.writeHead(200, { ETag: '"e"', 'Content-Length': 10 }).end('0123456789');
      return true;
    };
    const read = (range: Parameters<ObjectStore['getRange']>[1]) => transport.getRange(at('k'), range);
    expect(await read({ kind: 'range', offset: 2, length: 3 })).toEqual({
      body: body('234'),
      offset: 2,
      size: 10,
      etag: '"e"',
    });
    expect(text((await read({ kind: 'suffix', length: 2 })).body)).toBe('89');
  });

  it('reads a body of unannounced length, and notices its cut', async () => {
    const chunked =
      (cut: boolean): Fault =>
      (_request, response) => {
        response.writeHead(200, { ETag: '"e"' });
        response.write('abc', () => (cut ? response.socket?.destroy() : response.end('def')));
        return true;
      };
    fake.fault = chunked(false);
    expect(text((await transport.getRange(at('k'), all)).body)).toBe('abcdef');
    fake.fault = chunked(true);
    expect(await failure(transport.getRange(at('k'), all))).toMatchObject({ code: 'SQ5009', retryable: true });
  });

  it('refuses an answer without ETag', async () => {
    fake.fault = (_request, response) => {
      response.end('abc');
      return true;
    };
    expect((await failure(transport.getRange(at('k'), all))).message).toBe('s3://bucket/k: the answer has no ETag');
  });

  it('refuses a listing that does not say how it goes on', async () => {
    fake.fault = (_request, response) => {
      response.end('<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>');
      return true;
    };
    const error = await failure(drained(transport));
    expect(error).toMatchObject({
      code: 'SQ5010',
      message: 's3://bucket/: a page of the listing does not say where the next one starts',
    });
  });

  it('refuses a listing that is not XML', async () => {
    fake.fault = (_request, response) => {
      response.end('<html><body>Welcome to the proxy');
      return true;
    };
    expect(await failure(drained(transport))).toMatchObject({ code: 'SQ5010', retryable: true });
  });
});

describe('s3: connections and 5xx', () => {
  it.each([
    ['a reset', hangUp, 'SQ5009', /^s3:\/\/bucket\/k: the connection to 127\.0\.0\.1:\d+ broke \(ECONNRESET\)$/],
    ['500', answer(500, 'InternalError'), 'SQ5009', /^s3:\/\/bucket\/k: the store failed \(500 InternalError\)$/],
    ['502', answer(502, 'BadGateway'), 'SQ5009', /^s3:\/\/bucket\/k: the store failed \(502 BadGateway\)$/],
    ['504', answer(504, 'GatewayTimeout'), 'SQ5009', /^s3:\/\/bucket\/k: the store failed \(504 GatewayTimeout\)$/],
    ['503', answer(503, 'SlowDown'), 'SQ5008', /^s3:\/\/bucket\/k: the store asks to slow down \(503 SlowDown\)$/],
    ['429', answer(429, 'TooManyRequests'), 'SQ5008', /: the store asks to slow down \(429 TooManyRequests\)$/],
    ['400 RequestTimeout', answer(400, 'RequestTimeout'), 'SQ5009', /: the store failed \(400 RequestTimeout\)$/],
    ['409', answer(409, 'OperationAborted'), 'SQ5009', /: another request is changing it \(409 OperationAborted\)$/],
  ])('%s is retryable, and one call is one request', async (_name, fault, code, message) => {
    fake.fault = fault;
    const error = await failure(transport.getRange(at('k'), all));
    expect(error).toMatchObject({ code, retryable: true });
    expect(error.message).toMatch(message);
    expect(fake.seen).toHaveLength(1);
  });

  it('survives a storm of 503', async () => {
    fake.put('k', 'x');
    let refused = 0;
    fake.fault = (request, response, serve) => refused++ < 40 && answer(503, 'SlowDown')(request, response, serve);
    const sizes = await Promise.all(
      Array.from({ length: 20 }, async () => (await opened.store.getRange(at('k'), all)).size),
    );
    expect(sizes).toEqual(new Array(20).fill(1));
    expect(opened.requests().GET).toMatchObject({ requests: 60, errors: 40, bytes: 20 });
    expect(fake.seen).toHaveLength(60);
  });

  it('says where nothing listens', async () => {
    const { endpoint } = fake;
    await fake.stop();
    const error = await failure(transport.head(at('k')));
    expect(error).toMatchObject({
      code: 'SQ5009',
      retryable: true,
      message: `s3://bucket/k: nothing listens at ${new URL(endpoint).host}`,
      hint: 'check the endpoint',
    });
    fake = await FakeS3.start();
  });

  it('does not wait for ever for a silent server', async () => {
    open({ idleTimeoutMs: 50 });
    fake.fault = () => true;
    const error = await failure(transport.head(at('k')));
    expect(error).toMatchObject({ code: 'SQ5009', retryable: true });
    expect(error.message).toMatch(/^s3:\/\/bucket\/k: 127\.0\.0\.1:\d+ did not answer in time$/);
  });

  it('does not wait for ever for the rest of a body', async () => {
    open({ idleTimeoutMs: 50 });
    fake.fault = (_request, response) => {
      response.writeHead(200, { ETag: '"e"', 'Content-Length': 10 }).write('abc');
      return true;
    };
    const error = await failure(transport.getRange(at('k'), all));
    expect(error).toMatchObject({ code: 'SQ5009', retryable: true });
    expect(error.message).toMatch(/ did not answer in time$/);
  });

  it('hears how long to wait', async () => {
    fake.fault = answer(503, 'SlowDown', { headers: { 'Retry-After': '3' } });
    expect((await failure(transport.head(at('k')))).details).toMatchObject({ status: 503, retryAfterMs: 3_000 });
  });
});

describe('s3: writes whose answer is lost', () => {
  it('knows its own conditional write', async () => {
    fake.failNext(serveThenHangUp);
    expect(await opened.store.putIfAbsent(at('k'), body('mine'))).toMatchObject({ created: true });
    expect(opened.requests()).toMatchObject({ PUT: { requests: 2, errors: 1 }, HEAD: { requests: 1 } });
  });

  it('tries again after a conflict with another writer', async () => {
    fake.failNext(answer(409, 'ConditionalRequestConflict'));
    expect(await opened.store.putIfAbsent(at('k'), body('mine'))).toMatchObject({ created: true });
    expect(opened.requests()).toMatchObject({ PUT: { requests: 2, errors: 1 }, HEAD: { requests: 0 } });
  });

  it('knows that its upload is complete', async () => {
    const upload = await opened.store.multipart(at('k'));
    await upload.write(body('mine'));
    fake.failNext(serveThenHangUp);
    await upload.complete();
    expect(text((await opened.store.getRange(at('k'), all)).body)).toBe('mine');
    expect(opened.requests()).toMatchObject({ PUT: { requests: 4, errors: 2 }, HEAD: { requests: 1 } });
  });

  it('takes an error inside a 200 for an error', async () => {
    const upload = await transport.multipart(at('k'));
    await upload.write(body('mine'));
    fake.fault = (_request, response) => {
      response.end('<?xml version="1.0"?><Error><Code>InternalError</Code><Message>no</Message></Error>');
      return true;
    };
    expect(await failure(upload.complete())).toMatchObject({ code: 'SQ5009', retryable: true });
  });
});

describe('s3: regions', () => {
  const regionOf = (request: SeenRequest) =>
    /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
  const inIreland: Fault = (request, response, serve) =>
    regionOf(request) !== 'eu-west-1' &&
    answer(301, 'PermanentRedirect', { headers: { 'x-amz-bucket-region': 'eu-west-1' } })(request, response, serve);

  it('learns the region of a bucket from the redirect, and keeps it', async () => {
    fake.put('k', 'x');
    fake.fault = inIreland;
    await opened.store.head(at('k'));
    await opened.store.getRange(at('k'), all);
    expect(fake.seen.map(regionOf)).toEqual(['us-east-1', 'eu-west-1', 'eu-west-1']);
    expect(opened.requests()).toMatchObject({ HEAD: { requests: 2, errors: 1 }, GET: { requests: 1 } });
    expect(transport.bucketRegions).toEqual({ bucket: 'eu-west-1' });
  });

  it('starts in the region it was told', async () => {
    fake.put('k', 'x');
    fake.fault = inIreland;
    await open({ bucketRegions: { bucket: 'eu-west-1' } }).head(at('k'));
    expect(fake.seen.map(regionOf)).toEqual(['eu-west-1']);
  });

  it('learns it from the text of a refusal', async () => {
    const message = "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'";
    fake.fault = answer(400, 'AuthorizationHeaderMalformed', { message });
    expect(await failure(transport.getRange(at('k'), all))).toMatchObject({
      code: 'SQ5006',
      retryable: true,
      message: 'bucket "bucket" is in region eu-west-1, not us-east-1',
      hint: 'give the region eu-west-1',
      details: { region: 'eu-west-1', resend: true },
    });
  });

  it('says so when the store does not tell', async () => {
    fake.fault = answer(301, 'PermanentRedirect');
    expect(await failure(opened.store.head(at('k')))).toMatchObject({
      code: 'SQ5006',
      retryable: false,
      message: 'bucket "bucket" is not in region us-east-1, and the store does not say where it is',
      hint: "give the bucket's region",
    });
  });
});

describe('s3: access', () => {
  it('names principal, action and resource, and the line to add', async () => {
    const message =
      'User: arn:aws:sts::123456789012:assumed-role/reader/me is not authorized to perform: s3:GetObject on resource: ' +
      '"arn:aws:s3:::bucket/k" because no identity-based policy allows the s3:GetObject action';
    fake.fault = answer(403, 'AccessDenied', { message });
    expect(await failure(opened.store.getRange(at('k'), all))).toMatchObject({
      code: 'SQ5003',
      retryable: false,
      message:
        'access to s3://bucket/k was denied: s3:GetObject on arn:aws:s3:::bucket/k is not allowed for ' +
        'arn:aws:sts::<account>:assumed-role/reader/me',
      hint: 'add to the principal\'s policy: {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/k"}',
      details: { bucket: 'bucket', key: 'k', status: 403, action: 's3:GetObject' },
    });
  });

  it.each([
    ['list', (store: ObjectStore) => drained(store), 's3://bucket/', 's3:ListBucket on arn:aws:s3:::bucket'],
    [
      'put',
      (store: ObjectStore) => store.put(at('k'), body('')),
      's3://bucket/k',
      's3:PutObject on arn:aws:s3:::bucket/k',
    ],
    ['head', (store: ObjectStore) => store.head(at('k')), 's3://bucket/k', 's3:GetObject on arn:aws:s3:::bucket/k'],
    [
      'delete',
      (store: ObjectStore) => store.delete('bucket', ['k']),
      's3://bucket/k',
      's3:DeleteObject on arn:aws:s3:::bucket/k',
    ],
  ] as const)('knows what %s would need', async (_name, call, uri, needs) => {
    fake.fault = answer(403, 'AccessDenied');
    expect((await failure(call(opened.store))).message).toBe(`access to ${uri} was denied: ${needs} is not allowed`);
  });

  it.each([
    ['ExpiredToken', 400, 's3://bucket/k: the AWS credentials have expired'],
    ['InvalidAccessKeyId', 403, 's3://bucket/k: the access key is not known to the store'],
    ['SignatureDoesNotMatch', 403, 's3://bucket/k: the signature does not fit: the secret key is wrong'],
  ])('translates %s', async (code, status, message) => {
    fake.fault = answer(status, code, { message: `key ${credentials.accessKeyId}` });
    expect(await failure(opened.store.getRange(at('k'), all))).toMatchObject({
      code: 'SQ5004',
      retryable: false,
      message,
    });
  });

  it('signs with the right time once the store has told it', async () => {
    fake.put('k', 'x');
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    fake.failNext(answer(403, 'RequestTimeTooSkewed', { headers: { Date: inAnHour } }));
    expect((await opened.store.getRange(at('k'), all)).size).toBe(1);
    expect(opened.requests().GET).toMatchObject({ requests: 2, errors: 1 });
  });

  it('reports each key that was not deleted', async () => {
    fake.fault = (_request, response) => {
      const errors = Array.from({ length: 7 }, (_, i) => `<Error><Key>k${i}</Key><Code>AccessDenied</Code></Error>`);
      response.end(`<?xml version="1.0"?><DeleteResult>${errors.join('')}</DeleteResult>`);
      return true;
    };
    const error = await failure(
      opened.store.delete(
        'bucket',
        Array.from({ length: 9 }, (_, i) => `k${i}`),
      ),
    );
    expect(error).toMatchObject({
      code: 'SQ5016',
      retryable: false,
      message:
        '7 of 9 keys in bucket "bucket" were not deleted: k0 (AccessDenied), k1 (AccessDenied), k2 (AccessDenied), ' +
        'k3 (AccessDenied), k4 (AccessDenied), and 2 more',
      details: { bucket: 'bucket', keys: ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6'] },
    });
  });

  it('deletes again what failed inside the store', async () => {
    fake.put('k', 'x');
    fake.failNext((_request, response) => {
      response.end('<DeleteResult><Error><Key>k</Key><Code>InternalError</Code></Error></DeleteResult>');
      return true;
    });
    await opened.store.delete('bucket', ['k']);
    expect(await drained(opened.store)).toEqual([]);
    expect(opened.requests().DELETE).toMatchObject({ requests: 2, errors: 1 });
  });

  it('lets no secret into an error', async () => {
    const message =
      `The key ${credentials.accessKeyId} of account 123456789012 at ` +
      'https://bucket.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE&X-Amz-Signature=0123abcd was refused';
    fake.fault = answer(400, 'InvalidArgument', { message });
    const error = await failure(transport.getRange(at('k'), all));
    expect(error.message).toBe(
      's3://bucket/k: the store refused the request (400 InvalidArgument): The key <access key> of account <account> at ' +
        'https://bucket.s3.amazonaws.com/k?<signed> was refused',
    );
    const { inspect } = await import('node:util');
    const everything = inspect(error, { depth: 20, showHidden: true });
    for (const secret of [
      credentials.accessKeyId,
      credentials.secretAccessKey,
      '123456789012',
      '0123abcd',
      'Signature=',
    ]) {
      expect(everything).not.toContain(secret);
    }
  });
});

describe('s3: without credentials', () => {
  const NAMES = [
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_PROFILE',
    'AWS_EC2_METADATA_DISABLED',
    'AWS_SHARED_CREDENTIALS_FILE',
    'AWS_CONFIG_FILE',
    'AWS_WEB_IDENTITY_TOKEN_FILE',
    'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
    'AWS_CONTAINER_CREDENTIALS_FULL_URI',
    'AWS_REGION',
    'AWS_ENDPOINT_URL',
    'AWS_ENDPOINT_URL_S3',
    'AWS_DEFAULT_REGION',
  ];
  let before: Record<string, string | undefined>;
  const notices: string[] = [];

  beforeEach(async () => {
    before = Object.fromEntries(NAMES.map((name) => [name, process.env[name]]));
    for (const name of NAMES) delete process.env[name];
    process.env.AWS_EC2_METADATA_DISABLED = 'true';
    process.env.AWS_SHARED_CREDENTIALS_FILE = '/nonexistent/credentials';
    process.env.AWS_CONFIG_FILE = '/nonexistent/config';
    notices.length = 0;
    await transport.close();
    transport = new S3ObjectStore({ endpoint: fake.endpoint, onNotice: (notice) => notices.push(notice) });
    opened = openStore(transport, { clock: new VirtualClock() });
  });
  afterEach(() => {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it('reads public buckets with unsigned requests, and says so once', async () => {
    fake.put('k', 'x');
    await Promise.all([opened.store.head(at('k')), opened.store.getRange(at('k'), all)]);
    await opened.store.head(at('k'));
    expect(fake.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
    expect(notices).toEqual([
      'no AWS credentials were found: S3 is read with unsigned requests, which only public buckets answer',
    ]);
    expect(opened.requests()).toMatchObject({ HEAD: { requests: 2 }, GET: { requests: 1 } });
  });

  it('says what is missing when the bucket is not public', async () => {
    fake.fault = answer(403, 'AccessDenied');
    expect(await failure(opened.store.head(at('k')))).toMatchObject({
      code: 'SQ5004',
      message: 's3://bucket/k: it is not public, and no AWS credentials were found',
      hint:
        'set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; looked at were the environment, the shared config ' +
        'and credentials files, web identity, and the metadata service of the container or instance',
    });
  });

  it('looks for credentials again after that', async () => {
    fake.put('k', 'x');
    fake.failNext(answer(403, 'AccessDenied'));
    await failure(opened.store.head(at('k')));
    process.env.AWS_ACCESS_KEY_ID = 'key';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    await opened.store.head(at('k'));
    expect(fake.seen.at(-1)?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=key\//);
    expect(notices).toHaveLength(1);
  });

  it('takes the region of the environment, else the default', async () => {
    process.env.AWS_ACCESS_KEY_ID = 'key';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    fake.put('k', 'x');
    await transport.head(at('k'));
    await transport.close();
    process.env.AWS_REGION = 'eu-central-1';
    transport = new S3ObjectStore({ endpoint: fake.endpoint });
    await transport.head(at('k'));
    const regions = fake.seen.map(({ headers }) => headers.authorization?.split('/')[2]);
    expect(regions).toEqual(['us-east-1', 'eu-central-1']);
  });

  it('finds an endpoint in the environment, and addresses it by path', async () => {
    fake.put('k', 'x');
    await transport.close();
    process.env.AWS_ENDPOINT_URL_S3 = fake.endpoint;
    transport = new S3ObjectStore({ anonymous: true });
    expect((await transport.head(at('k'))).size).toBe(1);
  });

  it('does not fall back when unsigned requests are ruled out', async () => {
    await transport.close();
    transport = new S3ObjectStore({ endpoint: fake.endpoint, anonymous: false });
    expect(await failure(transport.head(at('k')))).toMatchObject({
      code: 'SQ5004',
      message: 's3://bucket/k: no AWS credentials were found',
    });
    expect(fake.seen).toEqual([]);
  });

  it('sends unsigned requests when told to, whatever the environment has', async () => {
    fake.put('k', 'x');
    process.env.AWS_ACCESS_KEY_ID = 'key';
    process.env.AWS_SECRET_ACCESS_KEY = 'secret';
    await transport.close();
    transport = new S3ObjectStore({ endpoint: fake.endpoint, anonymous: true });
    await transport.head(at('k'));
    expect(fake.seen.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    fake.fault = answer(403, 'AccessDenied');
    expect(await failure(transport.getRange(at('k'), all))).toMatchObject({
      code: 'SQ5003',
      message:
        'access to s3://bucket/k was denied: s3:GetObject on arn:aws:s3:::bucket/k is not allowed for unsigned requests',
      hint: 'use credentials',
    });
  });
});

describe('s3: cancelling', () => {
  it('drops a request under way', async () => {
    const controller = new AbortController();
    fake.fault = () => {
      controller.abort(new Error('enough'));
      return true;
    };
    const error = await failure(opened.store.getRange(at('k'), all, { signal: controller.signal }));
    expect(error).toBeInstanceOf(CancelledError);
    expect(opened.requests().GET).toMatchObject({ requests: 1, errors: 1, bytes: 0 });
  });

  it('drops a body under way, and its connection', async () => {
    const controller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      fake.fault = (_request, response) => {
        response.on('close', resolve);
        response.writeHead(200, { ETag: '"e"', 'Content-Length': 10 });
        response.write('abc', () => setTimeout(() => controller.abort(new Error('enough')), 20));
        return true;
      };
    });
    const error = await failure(opened.store.getRange(at('k'), all, { signal: controller.signal }));
    expect(error).toBeInstanceOf(CancelledError);
    await closed;
  });
});

describe('s3: connections', () => {
  it('keeps them, also for large bodies', async () => {
    const ports = new Set<number | undefined>();
    fake.fault = (_request, response) => {
      ports.add(response.socket?.remotePort);
      return false;
    };
    for (let i = 0; i < 3; i++) {
      await transport.put(at('k'), new Uint8Array(3 << 20));
      await transport.getRange(at('k'), all);
      await failure(transport.head(at('missing')));
    }
    expect(ports.size).toBe(1);
  });
});

it('s3: hundreds of requests may listen to one signal without a warning', async () => {
  const warnings: string[] = [];
  const listener = (warning: Error) => warnings.push(warning.name);
  process.on('warning', listener);
  fake.put('k', 'x');
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 100 }, () => opened.store.getRange(at('k'), all, { signal })));
  await new Promise(setImmediate);
  process.off('warning', listener);
  expect(warnings.filter((name) => name.includes('MaxListeners'))).toEqual([]);
});
