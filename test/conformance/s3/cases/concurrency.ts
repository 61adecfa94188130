import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Case } from '../cases.ts';
import { pattern, type Subject } from '../harness.ts';

const PIECE = 64 << 10;

const NESTED = ['r', 'r/', 'r/a', 'r/a/', 'r/a/b', 'r/a/b/', 'r/a/b/c', 'r/c'];

const rangeReads = (readers: number): Case => ({
  name: `concurrency: ${readers} range reads at once, each byte compared`,
  expected: { right: readers },
  run: async ({ put, read }: Subject) => {
    const body = pattern(64 * PIECE);
    await put('k', body);
    const reads = Array.from({ length: readers }, async (_, i) => {
      const from = (i % 64) * PIECE + (i % 7);
      const to = Math.min(from + PIECE, body.length);
      const bytes = await read('k', { Range: `bytes=${from}-${to - 1}` });
      return bytes.equals(body.subarray(from, to));
    });
    return { right: (await Promise.all(reads)).filter(Boolean).length };
  },
});

const comeAndGo = (where: string, keyOf: (visitor: number) => string): Case => ({
  name: `concurrency: made, read and removed by 8 at once ${where}, none lost, none left`,
  expected: { lost: 0, left: [] },
  run: async ({ client, bucket, put, text, remove }) => {
    let lost = 0;
    const visitor = async (i: number) => {
      for (let round = 0; round < 10; round++) {
        await put(keyOf(i), String(i));
        if ((await text(keyOf(i))) !== String(i)) lost++;
        await remove(keyOf(i));
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => visitor(i)));
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    return { lost, left: Contents };
  },
});

export const CONCURRENCY: readonly Case[] = [
  rangeReads(64),
  rangeReads(200),
  {
    name: 'concurrency: 64 writes of 64 keys at once, all there and right',
    expected: { listed: 64, right: 64 },
    run: async ({ client, bucket, put, read }) => {
      const all = Array.from({ length: 64 }, (_, i) => i);
      await Promise.all(all.map((i) => put(`dir-${i % 8}/k-${i}`, pattern(10_000, i))));
      const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
      const right = all.map(async (i) => pattern(10_000, i).equals(await read(`dir-${i % 8}/k-${i}`)));
      return { listed: KeyCount, right: (await Promise.all(right)).filter(Boolean).length };
    },
  },
  {
    name: 'concurrency: an object overwritten while it is read: each reader sees one of them whole',
    expected: { torn: 0, reads: 80 },
    run: async ({ put, get }) => {
      const bodies = [pattern(400_000, 1), pattern(300_000, 2)] as const;
      await put('k', bodies[0]);
      let torn = 0;
      let reads = 0;
      const writer = async () => {
        for (let i = 1; i <= 20; i++) await put('k', bodies[i % 2] as Buffer);
      };
      const reader = async () => {
        for (let i = 0; i < 10; i++) {
          const { ETag, ContentLength, Body } = await get('k');
          const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
          const whole = bodies.find((one) => one.length === ContentLength);
          if (!whole?.equals(bytes) || ETag === undefined) torn++;
          reads++;
        }
      };
      await Promise.all([writer(), ...Array.from({ length: 8 }, reader)]);
      return { torn, reads };
    },
  },
  comeAndGo('in one folder', (i) => `deep/folder/${i}`),
  comeAndGo('where one is a folder of another', (i) => NESTED[i] as string),
  {
    name: 'concurrency: 64 MiB in one PUT and one GET',
    expected: true,
    run: async ({ put, read }) => {
      const body = pattern(64 << 20);
      await put('k', body);
      return body.equals(await read('k'));
    },
  },
];
