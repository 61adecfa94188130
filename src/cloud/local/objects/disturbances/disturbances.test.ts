import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { StorageError } from '../../../../common/errors.ts';
import { failure, startTestServer, type TestServer } from '../fixtures/test-server.ts';
import { startObjectServer } from '../object-server.ts';
import { type FaultOptions, faultsOf } from './faults.ts';
import { latencies } from './latency.ts';

let test: TestServer | undefined;
afterEach(async () => {
  await test?.close();
  test = undefined;
});

const at = { Bucket: 'bucket', Key: 'key' };

describe('latency', () => {
  it('is drawn from its distribution, the same for the same seed', () => {
    const draw = (seed: number) => {
      const next = latencies({ seed, GET: { p50: 20, p99: 80 }, PUT: 7 });
      expect([next('PUT'), next('LIST')]).toEqual([7, 0]);
      return Array.from({ length: 4000 }, () => next('GET')).sort((a, b) => a - b);
    };
    const values = draw(1);
    expect(values).toEqual(draw(1));
    expect(values).not.toEqual(draw(2));
    expect(values[2000]).toBeCloseTo(20, -1);
    expect(values[3960]).toBeGreaterThan(65);
    expect(values[3960]).toBeLessThan(95);
  });

  it('does not keep a server from closing', async () => {
    test = await startTestServer({ autoCreateBuckets: true, latency: { GET: 3_600_000 } });
    await test.client.send(new PutObjectCommand({ ...at, Body: 'x' }));
    const waiting = failure(test.client.send(new GetObjectCommand(at)));
    const { server } = test;
    await expect.poll(() => server.stats().requests.GET).toBe(1);
    await server.close();
    expect(await waiting).not.toBe('no failure');
  });
});

describe('rate limits', () => {
  it('hold for each prefix, reads and writes apart, and refill with time', async () => {
    let now = Date.now();
    test = await startTestServer({ autoCreateBuckets: true, now: () => now, rateLimit: { reads: 3, writes: 2 } });
    const { client } = test;
    const put = (Key: string) => failure(client.send(new PutObjectCommand({ Bucket: 'bucket', Key, Body: 'x' })));
    const head = (Key: string) => failure(client.send(new HeadObjectCommand({ Bucket: 'bucket', Key })));
    expect([await put('a/1'), await put('a/2'), await put('a/3')]).toEqual([
      'no failure',
      'no failure',
      'SlowDown 503',
    ]);
    expect([await put('b/1'), await put('a/b/1')]).toEqual(['no failure', 'no failure']);
    expect([await head('a/1'), await head('a/1'), await head('a/1')]).toEqual([
      'no failure',
      'no failure',
      'no failure',
    ]);
    expect(await head('a/1')).toMatch(/ 503$/);
    now += 500;
    expect([await put('a/3'), await put('a/4')]).toEqual(['no failure', 'SlowDown 503']);
    expect(test.server.stats()).toMatchObject({ requests: { PUT: 7, HEAD: 4 }, errors: { SlowDown: 3 } });
  });
});

describe('faults', () => {
  const start = async (faults: FaultOptions) => {
    test = await startTestServer({ autoCreateBuckets: true, faults });
    return test.client;
  };
  const put = new PutObjectCommand({ ...at, Body: 'x'.repeat(100_000) });
  const get = new GetObjectCommand(at);

  it('answer 500 and 503, having done nothing', async () => {
    const client = await start({ PUT: { internalError: 1 }, HEAD: { slowDown: 1 } });
    expect(await failure(client.send(put))).toBe('InternalError 500');
    expect(await failure(client.send(new HeadObjectCommand(at)))).toMatch(/ 503$/);
    expect(await failure(client.send(get))).toBe('NoSuchBucket 404');
  });

  it('reset connections before', async () => {
    const client = await start({ PUT: { reset: 1 } });
    await expect(client.send(put)).rejects.toThrow(/ECONNRESET|EPIPE|socket hang up/);
    expect(await failure(client.send(get))).toBe('NoSuchBucket 404');
  });

  it('reset connections afterwards', async () => {
    const client = await start({ PUT: { lostAnswer: 1 } });
    await expect(client.send(put)).rejects.toThrow(/ECONNRESET|socket hang up/);
    const found = await client.send(get);
    expect((await found.Body?.transformToString())?.length).toBe(100_000);
  });

  it('cut bodies in half', async () => {
    const client = await start({ GET: { truncate: 1 } });
    await client.send(put);
    const found = await client.send(get);
    expect(found.ContentLength).toBe(100_000);
    await expect(found.Body?.transformToString()).rejects.toThrow('aborted');
  });

  it('come in a sequence that the seed decides, for each class its own', () => {
    const options = { seed: 5, GET: { reset: 0.2, internalError: 0.2 }, PUT: { slowDown: 0.3 } };
    const alone = faultsOf(options);
    const mixed = faultsOf(options);
    const gets = Array.from({ length: 500 }, () => alone('GET'));
    const among = Array.from({ length: 500 }, () => {
      mixed('PUT');
      return mixed('GET');
    });
    expect(among).toEqual(gets);
    const count = (fault: string) => gets.filter((one) => one === fault).length;
    expect([count('reset') > 70, count('internalError') > 70, count('reset') < 130]).toEqual([true, true, true]);
    expect(Array.from({ length: 50 }, () => alone('LIST'))).toEqual(new Array(50).fill(undefined));
  });

  it('must be probabilities', () => {
    const refused = (options: FaultOptions) => () => faultsOf(options);
    expect(refused({ GET: { reset: 0.7, truncate: 0.7 } })).toThrow(
      new StorageError('SQ5102', 'the fault probabilities of GET must be at least 0 and at most 1 in sum'),
    );
    expect(refused({ PUT: { reset: -0.1 } })).toThrow(StorageError);
    expect(refused({ PUT: { reset: Number.NaN } })).toThrow(StorageError);
    expect(refused({ PUT: { truncate: 0.1 } })).toThrow(
      new StorageError('SQ5102', "the fault 'truncate' is for GET, not for PUT"),
    );
  });
});

it('a port that is taken is an error', async () => {
  test = await startTestServer();
  const { port } = test.server;
  const options = { root: test.root, port, credentials: { accessKeyId: 'a', secretAccessKey: 'b' }, region: 'r' };
  await expect(startObjectServer(options)).rejects.toThrow(
    new StorageError('SQ5101', `port ${port} is not free for the embedded objects`),
  );
});
