import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemRandom } from '../../../src/common/clock.ts';
import { expected } from '../../../src/exchange/direct/fixtures/test-gang.ts';
import type { LinkGang, Rendezvous } from '../../../src/operators/task.ts';
import { Internet, type Place } from './internet.ts';
import { BUCKET, type Done, type Wan, type Work } from './protocol.ts';

let internet: Internet;
let wan: Wan;

beforeAll(async () => {
  internet = await Internet.start();
  wan = await internet.ask<Wan>('wan', { kind: 'admit', gang: newGang({ kind: 'driver', host: '', port: 0 }) });
}, 240_000);
afterAll(async () => {
  await internet?.close();
  expect(execFileSync('ip', ['netns', 'list']).toString()).not.toContain(`squall${process.pid}-`);
}, 240_000);

function newGang(rendezvous: Rendezvous, connectMs = 10_000): LinkGang {
  const id = Buffer.from(systemRandom.bytes(8)).toString('hex');
  const fallback = `s3://${BUCKET}/fallback/`;
  return { id, key: systemRandom.bytes(32), rendezvous, connectMs, fallback };
}

async function admitted(kind: Rendezvous['kind'], connectMs?: number): Promise<LinkGang> {
  const store = { kind: 'store', prefix: `s3://${BUCKET}/meet/`, echo: wan.echo } as const;
  const gang = newGang(kind === 'driver' ? { kind, ...wan.rendezvous } : store, connectMs);
  await internet.ask('wan', { kind: 'admit', gang });
  return gang;
}

interface GangRun {
  readonly producers: readonly Place[];
  readonly consumers: readonly Place[];
  readonly pieces?: number;
  readonly bytes?: number;
  /** How much later the consumers start, ms. */
  readonly skew?: number;
}

/** Runs a gang whose tasks are on these hosts; every consumer must have got every byte of every producer. */
async function runGang(gang: LinkGang, { producers, consumers, pieces = 3, bytes = 2_000, skew = 0 }: GangRun) {
  const ask = (kind: 'produce' | 'consume', place: Place, task: number, peers: number, delayMs: number) => {
    const work: Work = { gang, objects: wan.objects, task, peers, pieces, bytes, delayMs };
    return internet.ask<Done>(place, { kind, ...work });
  };
  const [written, read] = await Promise.all([
    Promise.all(producers.map((place, task) => ask('produce', place, task, consumers.length, 0))),
    Promise.all(consumers.map((place, task) => ask('consume', place, task, producers.length, skew))),
  ]);
  for (const [task, { got }] of read.entries()) {
    expect(got).toEqual(expected(task, { producers: producers.length, pieces, bytes }));
  }
  const fellBack = read.flatMap(({ summary }) => summary.fellBack).sort();
  expect(written.flatMap(({ summary }) => summary.fellBack).sort()).toEqual(fellBack);
  const connected = read.reduce((sum, { summary }) => sum + summary.connected, 0);
  expect(connected + fellBack.length).toBe(producers.length * consumers.length);
  return { connected, fellBack, ms: written.map(({ connectMs }) => connectMs) };
}

const say = (text: string) => process.stdout.write(`${text}\n`);

function median(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  return `median ${sorted[sorted.length >> 1]!.toFixed(0)} ms, longest ${sorted.at(-1)!.toFixed(0)} ms`;
}

describe.each(['driver', 'store'] as const)('workers behind two NATs, through a rendezvous of the %s', (kind) => {
  it('connect 50 of 50 pairs, whoever comes first', async () => {
    const times: number[] = [];
    let connected = 0;
    for (let i = 0; i < 50; i++) {
      const run = await runGang(await admitted(kind, 30_000), { producers: ['a'], consumers: ['b'], skew: i });
      connected += run.connected;
      times.push(...run.ms);
    }
    say(
      `${kind}: ${connected} of 50 pairs connect; from the producer's start to its first piece sent: ${median(times)}`,
    );
    expect(connected).toBe(50);
  });

  it('connect all pairs of a gang, all from one port each', async () => {
    const gang = await admitted(kind, 60_000);
    const run = await runGang(gang, { producers: Array(5).fill('a'), consumers: Array(10).fill('b') });
    say(`${kind}: gang of 5 x 10: ${run.connected} of 50 pairs connect; ${median(run.ms)}`);
    expect(run.connected).toBe(50);
  });

  it('bring many bytes over a link', async () => {
    const begin = performance.now();
    const run = await runGang(await admitted(kind), {
      producers: ['a'],
      consumers: ['b'],
      pieces: 128,
      bytes: 1 << 20,
    });
    say(
      `${kind}: 128 MiB through two NATs, TLS, with connecting: ${(134.2 / ((performance.now() - begin) / 1_000)).toFixed(0)} MB/s`,
    );
    expect(run.connected).toBe(1);
  });

  it('leave the one pair that is blocked to the store, with the same bytes', async () => {
    await internet.block('a', 'c');
    await internet.block('c', 'a');
    try {
      const run = await runGang(await admitted(kind, 4_000), { producers: ['a', 'b'], consumers: ['c', 'b'] });
      say(`${kind}: one pair blocked: ${run.connected} of 4 pairs connect, ${run.fellBack} goes through the store`);
      expect(run).toMatchObject({ connected: 3, fellBack: ['stage 1 task 0 -> stage 2 task 0'] });
    } finally {
      await internet.unblock('a', 'c');
      await internet.unblock('c', 'a');
    }
  });

  it('leave everything to the store behind symmetric NATs, with the same bytes', async () => {
    await internet.nat('symmetric');
    try {
      const run = await runGang(await admitted(kind, 3_000), { producers: ['a', 'a'], consumers: ['b', 'c'] });
      say(`${kind}: symmetric NATs: ${run.fellBack.length} of 4 pairs go through the store`);
      expect(run).toMatchObject({ connected: 0, fellBack: { length: 4 } });
    } finally {
      await internet.nat('cone');
    }
  });

  it('answer right behind NATs that reset what comes unasked, however many pairs connect', async () => {
    await internet.nat('reset');
    try {
      let connected = 0;
      for (let i = 0; i < 10; i++) {
        const run = await runGang(await admitted(kind, 3_000), { producers: ['a'], consumers: ['b'], skew: i });
        connected += run.connected;
      }
      say(`${kind}: NATs that reset: ${connected} of 10 pairs connect, the others go through the store`);
    } finally {
      await internet.nat('cone');
    }
  });
});

describe('a stranger', () => {
  it('has no key, and is not met', async () => {
    const gang = await admitted('driver');
    const stranger = { ...gang, key: new Uint8Array(32) };
    const work = { gang: stranger, objects: wan.objects, task: 0, peers: 1, pieces: 1, bytes: 16, delayMs: 0 };
    const at = `the rendezvous ${wan.rendezvous.host}:${wan.rendezvous.port}`;
    await expect(internet.ask('c', { kind: 'produce', ...work })).rejects.toThrow(
      `stage 1 task 0 does not meet its peers: ${at} does not know the gang, or not by its key`,
    );
    const run = await runGang(gang, { producers: ['a'], consumers: ['b'] });
    expect(run.connected).toBe(1);
  });

  it('that can write to the store is not believed', async () => {
    const gang = await admitted('store', 3_000);
    // It takes the place of producer 1, with another key: nothing of it is believed.
    const stranger = { ...gang, key: new Uint8Array(32) };
    const work = { gang: stranger, objects: wan.objects, task: 1, peers: 1, pieces: 1, bytes: 16, delayMs: 0 };
    const intruding = internet.ask<Done>('c', { kind: 'produce', ...work }).then(String, String);
    const reading = internet.ask<Done>('b', { kind: 'consume', ...work, gang, task: 0, peers: 2 });
    const why = `s3://${BUCKET}/meet/${gang.id}/1-2/producer-1.round-0.json was not put by a task of the gang`;
    await expect(reading).rejects.toThrow(`stage 2 task 0 does not meet its peers: ${why}`);
    expect(await intruding).toContain('was not put by a task of the gang');
  });

  it('does not reach a host behind a NAT at all', async () => {
    expect(await internet.ask('c', { kind: 'intrude', host: '198.51.100.12', port: 40_000 })).toBe('dropped');
  });
});
