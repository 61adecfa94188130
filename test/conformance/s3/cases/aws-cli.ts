import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { runAwsCli, withFolder } from '../clients.ts';
import { answered, md5, pattern, quoted, type Subject } from '../harness.ts';

interface Cli {
  readonly folder: string;
  /** Runs `aws …` and answers what it printed; throws when it failed. */
  aws(...args: string[]): Promise<string>;
  /** The exit code and S3's code in what it complained of, else the complaint. */
  refusal(...args: string[]): Promise<string>;
}

const cli = (name: string, expected: unknown, run: (subject: Subject, cli: Cli) => Promise<unknown>): Case => ({
  name: `aws ${name}`,
  expected,
  run: (subject) =>
    withFolder((folder) =>
      run(subject, {
        folder,
        aws: async (...args) => {
          const { code, stdout, stderr } = await runAwsCli(subject.target, folder, args);
          if (code !== 0) throw new Error(`aws ${args.join(' ')}: ${code} ${stderr}`);
          return stdout;
        },
        refusal: async (...args) => {
          const { code, stderr } = await runAwsCli(subject.target, folder, args);
          return `${code} ${/error occurred \((\w+)\)/.exec(stderr)?.[1] ?? stderr.trim().replaceAll(subject.bucket, 'BUCKET')}`;
        },
      }),
    ),
});

async function keys({ client, bucket }: Subject): Promise<(string | undefined)[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key }) => Key);
}

const TREE = ['a.txt', 'deep/b.txt', 'deep/er/c d+e.txt', 'é.txt'];

async function writeTree(folder: string): Promise<void> {
  await mkdir(join(folder, 'tree/deep/er'), { recursive: true });
  for (const name of TREE) await writeFile(join(folder, 'tree', name), name);
}

export const AWS_CLI: readonly Case[] = [
  cli(
    's3 cp: a file of several parts up and down',
    { stored: true, loaded: true },
    async (subject, { aws, folder }) => {
      const body = pattern(20_000_000);
      await writeFile(join(folder, 'up'), body);
      await aws('s3', 'cp', 'up', `s3://${subject.bucket}/dir/k`);
      await aws('s3', 'cp', `s3://${subject.bucket}/dir/k`, 'down');
      const [stored, loaded] = [await subject.read('dir/k'), await readFile(join(folder, 'down'))];
      return { stored: stored.equals(body), loaded: loaded.equals(body) };
    },
  ),
  cli(
    's3 cp, ls, rm: a tree',
    {
      up: ['t/a.txt', 't/deep/b.txt', 't/deep/er/c d+e.txt', 't/é.txt'],
      listed: ['PRE deep/', '5 a.txt', '6 é.txt'],
      all: ['5 t/a.txt', '10 t/deep/b.txt', '17 t/deep/er/c d+e.txt', '6 t/é.txt'],
      down: TREE,
      left: ['t/deep/b.txt', 't/deep/er/c d+e.txt'],
    },
    async (subject, { aws, folder }) => {
      await writeTree(folder);
      const at = `s3://${subject.bucket}/t/`;
      const listing = async (...args: string[]) =>
        (await aws('s3', 'ls', ...args))
          .trimEnd()
          .split('\n')
          .map((line) => line.replace(/^[-\d]+ [:\d]+/, '').trim());
      await aws('s3', 'cp', '--recursive', 'tree', at);
      const up = await keys(subject);
      const listed = await listing(at);
      const all = await listing('--recursive', at);
      await aws('s3', 'cp', '--recursive', at, 'back');
      const down = await Promise.all(TREE.map((name) => readFile(join(folder, 'back', name), 'utf8')));
      await aws('s3', 'rm', '--recursive', '--exclude', 'deep/*', at);
      return { up, listed, all, down, left: await keys(subject) };
    },
  ),
  cli(
    's3 sync: only what is new; what is gone is removed',
    { first: 4, again: 0, changed: 1, removed: 1, down: 'changed', keys: ['deep/b.txt', 'deep/er/c d+e.txt', 'é.txt'] },
    async (subject, { aws, folder }) => {
      await writeTree(folder);
      const at = `s3://${subject.bucket}`;
      const actions = async (...args: string[]) =>
        (await aws('s3', 'sync', '--no-progress', ...args)).split('\n').filter((line) => line !== '').length;
      const first = await actions('tree', at);
      const again = await actions('tree', at);
      await writeFile(join(folder, 'tree/deep/b.txt'), 'changed');
      const changed = await actions('tree', at);
      await rm(join(folder, 'tree/a.txt'));
      const removed = await actions('--delete', 'tree', at);
      await actions(at, 'back');
      const down = await readFile(join(folder, 'back/deep/b.txt'), 'utf8');
      return { first, again, changed, removed, down, keys: await keys(subject) };
    },
  ),
  cli('s3 cp and mv within the server', { keys: ['copy', 'moved'], text: 'body' }, async (subject, { aws }) => {
    const at = `s3://${subject.bucket}`;
    await subject.put('k', 'body');
    await aws('s3', 'cp', `${at}/k`, `${at}/copy`);
    await aws('s3', 'mv', `${at}/k`, `${at}/moved`);
    return { keys: await keys(subject), text: await subject.text('moved') };
  }),
  cli(
    's3api head-object',
    { length: 4, etag: quoted(md5(Buffer.from('body'))), metadata: { a: '1' } },
    async (subject, { aws }) => {
      await subject.put('k', 'body', { Metadata: { a: '1' } });
      const head = JSON.parse(await aws('s3api', 'head-object', '--bucket', subject.bucket, '--key', 'k'));
      return { length: head.ContentLength, etag: head.ETag, metadata: head.Metadata };
    },
  ),
  cli('s3 presign', '200 body', async (subject, { aws }) => {
    await subject.put('k', 'body');
    return answered((await aws('s3', 'presign', `s3://${subject.bucket}/k`)).trim());
  }),
  cli(
    's3 mb, rb: a bucket that is empty, and one that is not',
    { kept: '1 BucketNotEmpty', kinds: ['made', 'kept', 'removed'] },
    async (subject, { aws, refusal }) => {
      const at = `s3://${subject.bucket}-cli`;
      const made = await aws('s3', 'mb', at);
      await subject.put('k', 'body', { Bucket: `${subject.bucket}-cli` });
      const kept = await refusal('s3', 'rb', at);
      const removed = await aws('s3', 'rb', '--force', at);
      return {
        kept,
        kinds: [made.includes('make_bucket') && 'made', 'kept', removed.includes('remove_bucket') && 'removed'],
      };
    },
  ),
  cli(
    's3api: what is not there',
    { object: '254 NoSuchKey', head: '254 404', bucket: '254 NoSuchBucket' },
    async ({ bucket }, { refusal }) => ({
      object: await refusal('s3api', 'get-object', '--bucket', bucket, '--key', 'k', 'file'),
      head: await refusal('s3api', 'head-object', '--bucket', bucket, '--key', 'k'),
      bucket: await refusal('s3api', 'list-objects-v2', '--bucket', 'not-there'),
    }),
  ),
];
