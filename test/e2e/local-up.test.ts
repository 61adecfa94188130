import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, makeData } from './data.ts';
import { type Ended, squall } from './squall.ts';

interface Services {
  readonly s3: { endpoint: string; region: string; accessKeyId: string; secretAccessKey: string };
  readonly lambda: { endpoint: string; functionName: string };
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'squall-up-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Starts `squall local up`, hands over what it prints, ends it with the signal; also the lines it printed. */
async function up(
  name: NodeJS.Signals,
  use: (services: Services) => Promise<void>,
): Promise<Ended & { lines: string[] }> {
  const lines: string[] = [];
  const ended = await squall(['local', 'up', '--data', join(folder, 'data')], {
    whileRunning: async ({ child }) => {
      const reader = createInterface({ input: child.stdout });
      reader.on('line', (line) => lines.push(line));
      const first = await new Promise<string>((resolve, reject) => {
        reader.once('line', resolve);
        reader.once('close', () => reject(new Error('squall has ended and printed nothing')));
      });
      try {
        await use(JSON.parse(first) as Services);
      } finally {
        child.kill(name);
      }
    },
  });
  return { ...ended, lines };
}

describe('squall local up', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints one JSON line, serves S3 and Lambda, and ends with %s',
    async (name) => {
      const { code, stderr, lines } = await up(name, async ({ s3, lambda }) => {
        const { endpoint, region, ...credentials } = s3;
        const objects = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
        const at = { Bucket: `bucket-${name.toLowerCase()}`, Key: 'a/b' };
        await objects.send(new CreateBucketCommand({ Bucket: at.Bucket }));
        await objects.send(new PutObjectCommand({ ...at, Body: 'body' }));
        const { Body } = await objects.send(new GetObjectCommand(at));
        expect(await Body?.transformToString()).toBe('body');
        objects.destroy();

        const functions = new LambdaClient({ endpoint: lambda.endpoint, region, credentials });
        const FunctionName = lambda.functionName;
        const dry = await functions.send(new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
        expect(dry.StatusCode).toBe(204);
        const answer = await functions.send(new InvokeCommand({ FunctionName, Payload: Buffer.from('{}') }));
        expect(answer.FunctionError).toBe('Unhandled');
        expect(JSON.parse(Buffer.from(answer.Payload ?? []).toString())).toMatchObject({
          errorType: 'ExecutionError',
          errorMessage: 'the event holds no task',
        });
        functions.destroy();
      });
      expect({ code, stderr, lines: lines.length }).toEqual({ code: 0, stderr: '', lines: 1 });
    },
  );

  it('says so when a port is taken, and starts nothing', async () => {
    const { code } = await up('SIGINT', async ({ lambda, s3 }) => {
      for (const [flag, endpoint] of [
        ['--s3-port', s3.endpoint],
        ['--lambda-port', lambda.endpoint],
      ] as const) {
        const { port } = new URL(endpoint);
        const second = await squall(['local', 'up', '--data', join(folder, 'other'), flag, port]);
        expect(second).toMatchObject({ code: 3, stdout: '' });
        expect(second.stderr).toMatch(new RegExp(`^error\\[SQ\\d{4}\\] port ${port} is not free for the embedded`));
      }
    });
    expect(code).toBe(0);
  });
});

describe('a query of s3:// over a directory', () => {
  let data: Data;
  beforeAll(async () => {
    data = await makeData();
  });
  afterAll(() => data.remove());

  it.each(['inline', 'local'])('is answered with target %s, results too large for a message too', async (target) => {
    const sql = 'select l_orderkey, l_comment, l_shipinstruct, l_shipmode, l_partkey from lineitem';
    const args = ['--data', data.folder, '--target', target, '--workers', '4', '--stats'];
    let lines = 0;
    const { code, stderr } = await squall([...args, '--scratch', 's3://tpch/scratch', '--tpch', 's3://tpch', sql], {
      whileRunning: async ({ child }) => {
        for await (const chunk of child.stdout) for (const byte of chunk as Buffer) if (byte === 10) lines++;
      },
    });
    expect([code, lines]).toEqual([0, 60_176]);
    expect(stderr).toMatch(/^60 175 rows · .*[1-9]\d* PUT \(/s);
    const left = await squall([...args, '--format', 'none', "select * from 's3://tpch/scratch/**'"]);
    expect(left.stderr).toMatch(/^error\[SQ5011\] no object matches/);
  });
});
