import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExecutionError } from '../../common/errors.ts';
import { attemptId, taskId } from '../../common/ids.ts';
import { consume, expected, FROM, HELD_MS, produce, TestGang, TO } from './fixtures/test-gang.ts';
import { openLinkReader } from './link-reader.ts';
import { seal } from './seal.ts';

/** Dials made within are dropped, but for those of the rendezvous. */
const blocked = new AsyncLocalStorage<boolean>();

vi.mock('./dial.ts', async (original) => {
  const { dial } = await original<typeof import('./dial.ts')>();
  return {
    dial: (...[to, options]: Parameters<typeof dial>) => {
      if (!blocked.getStore() || to.port === test.server.port) return dial(to, options);
      return Promise.reject(new Error('blocked'));
    },
  };
});

let test: TestGang;
let before: string;

/** Sockets of this process. */
const resources = () => String(process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)));

beforeEach(async () => {
  before = resources();
  test = await TestGang.start();
});
afterEach(async () => {
  await test.close();
  await vi.waitFor(() => expect(resources()).toBe(before));
  expect(test.clock.sleeping).toBe(0);
});

const message = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );

describe.each(['driver', 'store'] as const)('links through a rendezvous of the %s', (kind) => {
  const size = { consumers: 3, pieces: 5, bytes: 1_000 };
  const readAll = async (gang: ReturnType<TestGang['gang']>, task: number, producers: number) => {
    const reader = await test.reader(gang, task, producers);
    return { got: await consume(reader), summary: reader.summary() };
  };

  it('bring every piece of every producer to its consumer', async () => {
    const gang = test.gang(kind);
    const produced = [0, 1, 2, 3].map(async (task) => produce(await test.writer(gang, task, 3), { task, ...size }));
    const consumed = await Promise.all([0, 1, 2].map((task) => readAll(gang, task, 4)));
    for (const [consumer, { got, summary }] of consumed.entries()) {
      expect(got).toEqual(expected(consumer, { producers: 4, pieces: 5, bytes: 1_000 }));
      expect(summary).toMatchObject({ rows: 60, bytes: 20_000, connected: 4, fellBack: [] });
    }
    for (const summary of await Promise.all(produced)) {
      expect(summary).toMatchObject({ rows: 45, bytes: 15_000, connected: 3, fellBack: [] });
      // The rendezvous or the echo, one connection to each consumer, and what was tried beside it.
      expect(summary.descriptorsPeak).toBeLessThanOrEqual(8);
    }
  });

  it('need no object when all pairs connect', async () => {
    const gang = test.gang(kind);
    const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 1 });
    await readAll(gang, 0, 1);
    await writing;
    const { PUT, LIST, HEAD } = test.store.requests();
    expect([PUT.requests, LIST.requests, HEAD.requests]).toEqual([kind === 'store' ? 2 : 0, 0, 0]);
  });

  it.each(['producers', 'consumers'])('wait for %s that come late', async (late) => {
    const gang = test.gang(kind, { connectMs: HELD_MS });
    const producing = async () => produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 3 });
    const consuming = () => readAll(gang, 0, 1);
    const [first, second] = late === 'producers' ? [consuming, producing] : [producing, consuming];
    const running = first();
    await sleep(400);
    expect(test.clock.held).toBe(0);
    const [one, other] = await Promise.all([running, second()]);
    const read = ('got' in one ? one : other) as Awaited<ReturnType<typeof consuming>>;
    expect(read.got).toEqual(expected(0, { producers: 1, pieces: 3 }));
    expect(read.summary.fellBack).toEqual([]);
  });

  it('leave a pair that is blocked to the store, and only that one', async () => {
    const gang = test.gang(kind, { connectMs: HELD_MS });
    // Producer 0 reaches nobody; the consumers cannot dial it either, as nobody listens there.
    const produced = [
      blocked.run(true, async () => produce(await test.writer(gang, 0, 3), { task: 0, ...size })),
      ...[1, 2].map(async (task) => produce(await test.writer(gang, task, 3), { task, ...size })),
    ];
    const reading = [0, 1, 2].map((task) => readAll(gang, task, 3));
    // The time to connect is over when all others have connected.
    await Promise.all(produced.slice(1));
    test.clock.release();
    const consumed = await Promise.all(reading);
    for (const [consumer, { got, summary }] of consumed.entries()) {
      expect(got).toEqual(expected(consumer, { producers: 3, pieces: 5, bytes: 1_000 }));
      expect(summary).toMatchObject({ connected: 2, fellBack: [`stage 1 task 0 -> stage 2 task ${consumer}`] });
    }
    const [fallen, ...others] = await Promise.all(produced);
    const pairs = [0, 1, 2].map((consumer) => `stage 1 task 0 -> stage 2 task ${consumer}`);
    expect(fallen).toMatchObject({ rows: 45, bytes: 15_000, connected: 0, fellBack: pairs });
    for (const other of others) expect(other).toMatchObject({ connected: 3, fellBack: [] });
    // One object for the three pairs; one GET for each.
    expect(test.fallback).toEqual({ PUT: 1, GET: 3 });
  });

  it('leave everything to the store when nothing connects, with the same rows', async () => {
    const gang = test.gang(kind, { connectMs: 100 });
    await blocked.run(true, async () => {
      const produced = [0, 1].map(async (task) => produce(await test.writer(gang, task, 3), { task, ...size }));
      const consumed = await Promise.all([0, 1, 2].map((task) => readAll(gang, task, 2)));
      for (const [consumer, { got, summary }] of consumed.entries()) {
        expect(got).toEqual(expected(consumer, { producers: 2, pieces: 5, bytes: 1_000 }));
        expect(summary).toMatchObject({ rows: 30, connected: 0 });
      }
      await Promise.all(produced);
    });
  });

  it('put no object for pairs without rows', async () => {
    const gang = test.gang(kind, { connectMs: 50 });
    await blocked.run(true, async () => {
      const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 0 });
      expect((await readAll(gang, 0, 1)).got).toEqual([]);
      expect((await writing).fellBack).toEqual(['stage 1 task 0 -> stage 2 task 0']);
    });
    expect(test.fallback).toEqual({ PUT: 0, GET: 0 });
  });

  it('let a slow consumer hold its producer back', async () => {
    const gang = test.gang(kind);
    const piece = new Uint8Array(256 << 10);
    const writer = await test.writer(gang, 0, 1);
    const reader = await test.reader(gang, 0, 1);
    let sent = 0;
    const sending = (async () => {
      for (let i = 0; i < 64; i++) {
        await writer.send(0, piece, 1);
        sent++;
      }
      return writer.finish();
    })();
    let got = 0;
    for await (const { rows } of reader) {
      got += rows;
      if (got % 16 === 1) {
        for (let last = -1; last !== sent; await sleep(30)) last = sent;
        // The window of one link is 4 MiB.
        expect(sent - got).toBeLessThanOrEqual(16);
      }
    }
    expect(got).toBe(64);
    expect((await sending).rows).toBe(64);
  });

  it('fail a consumer whose producer dies, with an error to try again', async () => {
    const gang = test.gang(kind);
    const writer = await test.writer(gang, 0, 1);
    const reading = readAll(gang, 0, 1);
    await writer.send(0, new Uint8Array(10), 1);
    await writer.close();
    await expect(reading).rejects.toMatchObject({
      code: 'SQ6010',
      retryable: true,
      message: 'the link stage 1 task 0 -> stage 2 task 0 is lost: it was closed',
    });
  });

  it('fail a producer whose consumer dies', async () => {
    const gang = test.gang(kind);
    const writer = await test.writer(gang, 0, 1);
    const abort = new AbortController();
    const reader = await test.reader(gang, 0, 1, abort.signal);
    await writer.send(0, new Uint8Array(10), 1);
    abort.abort();
    expect(await message(consume(reader))).toBe('the query was cancelled');
    const sending = async () => {
      for (;;) await writer.send(0, new Uint8Array(1 << 20), 1);
    };
    await expect(sending()).rejects.toMatchObject({ code: 'SQ6010', retryable: true });
    await reader.close();
    await expect(writer.finish()).rejects.toMatchObject({ code: 'SQ6010' });
  });

  it('carry the error of a task to its peers', async () => {
    const gang = test.gang(kind);
    const writer = await test.writer(gang, 0, 2);
    const readers = [await test.reader(gang, 0, 1), await test.reader(gang, 1, 1)];
    await writer.send(0, new Uint8Array(10), 1);
    await writer.send(1, new Uint8Array(10), 1);
    const reading = readers.map((reader) => message(consume(reader)));
    await writer.close(new ExecutionError('SQ3003', 'division by zero'));
    expect(await Promise.all(reading)).toEqual(['division by zero', 'division by zero']);
  });

  it('let a consumer have enough: producers drop the rest and finish', async () => {
    const gang = test.gang(kind);
    const writing = [0, 1].map(async (task) =>
      produce(await test.writer(gang, task, 2), { task, ...size, consumers: 2 }),
    );
    const other = readAll(gang, 1, 2);
    for await (const { rows } of await test.reader(gang, 0, 2)) {
      expect(rows).toBe(1);
      break;
    }
    expect((await other).got).toEqual(expected(1, { producers: 2, pieces: 5, bytes: 1_000 }));
    for (const summary of await Promise.all(writing)) expect(summary).toMatchObject({ rows: 30, fellBack: [] });
  });

  it.each(['before', 'after'])('let a consumer want nothing %s its producer comes', async (when) => {
    // Nobody waits until the time to connect is over: the clock holds it.
    const gang = test.gang(kind, { connectMs: HELD_MS });
    await blocked.run(true, async () => {
      const reader = await test.reader(gang, 0, 1);
      if (when === 'before') await reader.close();
      const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 2 });
      if (when === 'after') {
        await vi.waitFor(() => expect(test.clock.held).toBeGreaterThan(0), 10_000);
        await reader.close();
      }
      expect(await writing).toMatchObject({ rows: 3, connected: 0, fellBack: [] });
    });
    expect(test.fallback.PUT).toBe(0);
  });

  it('let a consumer have enough of one producer and want another one', async () => {
    const gang = test.gang(kind, { connectMs: HELD_MS });
    const stopped = await test.reader(gang, 0, 2);
    const writing = [produce(await test.writer(gang, 0, 2), { task: 0, ...size, consumers: 2 })];
    const other = readAll(gang, 1, 2);
    for await (const { peer } of stopped) {
      expect(peer).toBe(0);
      break;
    }
    writing.push(produce(await test.writer(gang, 1, 2), { task: 1, ...size, consumers: 2 }));
    expect((await other).got).toEqual(expected(1, { producers: 2, pieces: 5, bytes: 1_000 }));
    expect(await Promise.all(writing)).toMatchObject([
      { rows: 30, connected: 2, fellBack: [] },
      { rows: 30, connected: 1, fellBack: [] },
    ]);
  });

  it('end with the query: no socket and no timer is left', async () => {
    const gang = test.gang(kind);
    const abort = new AbortController();
    const writer = await test.writer(gang, 0, 2, abort.signal);
    const reader = await test.reader(gang, 0, 2, abort.signal);
    await writer.send(0, new Uint8Array(10), 1);
    const waiting = [consume(reader), writer.send(1, new Uint8Array(10), 1), writer.finish()].map(message);
    await sleep(20);
    abort.abort();
    expect(await Promise.all(waiting)).toEqual(Array(3).fill('the query was cancelled'));
    await Promise.all([writer.close(), reader.close()]);
  });

  it('refuse a second copy of a task', async () => {
    const gang = test.gang(kind);
    await test.writer(gang, 3, 1);
    const id = gang.id;
    expect(await message(test.writer(gang, 3, 1))).toBe(
      kind === 'driver'
        ? 'stage 1 task 3 does not meet its peers: another one has registered as producer 3 of stages 1 and 2'
        : `stage 1 task 3 does not meet its peers: another one has registered in its place: memory://test/meet/${id}/1-2/producer-3.round-0.json is there`,
    );
  });

  it('are none with a task that is no peer', async () => {
    const gang = test.gang(kind, { connectMs: 200 });
    const reader = await test.reader(gang, 0, 1);
    const stranger = await test.writer(gang, 7, 1);
    const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 1 });
    expect(await consume(reader)).toEqual(expected(0, { producers: 1, pieces: 1 }));
    await writing;
    await stranger.close();
  });

  it('have partitions, each of which goes to a task', async () => {
    const gang = test.gang(kind);
    const writer = await test.writer(gang, 0, 1);
    expect(await message(writer.send(1, new Uint8Array(1), 1))).toBe('there is no partition 1');
  });

  it('are read once, and without producers have no rows', async () => {
    const reader = await test.reader(test.gang(kind), 0, 0);
    expect(await consume(reader)).toEqual([]);
    expect(await message(consume(reader))).toBe('links are read once');
    expect(reader.summary()).toMatchObject({ rows: 0, connected: 0, fellBack: [] });
  });
});

describe('a rendezvous of the driver', () => {
  it('tells of a producer that is gone before it was connected', async () => {
    const gang = test.gang('driver', { connectMs: HELD_MS });
    const reader = await test.reader(gang, 0, 2);
    const reading = message(consume(reader));
    await blocked.run(true, async () => {
      const writer = await test.writer(gang, 1, 1);
      await writer.close();
    });
    expect(await reading).toBe('the link stage 1 task 1 -> stage 2 task 0 is lost: the producer is gone');
  });

  it('ends a gang: what still runs of it fails', async () => {
    const gang = test.gang('driver');
    const writer = await test.writer(gang, 0, 1);
    const reader = await test.reader(gang, 0, 1);
    await writer.send(0, new Uint8Array(1), 1);
    test.server.dismiss(gang.id, 'another task has failed');
    const why = 'does not meet its peers: another task has failed';
    expect(await message(consume(reader))).toBe(`stage 2 task 0 ${why}`);
    await vi.waitFor(async () => expect(await message(writer.finish())).toBe(`stage 1 task 0 ${why}`));
    expect(await message(test.writer(gang, 1, 1))).toMatch(/does not know the gang, or not by its key$/);
  });

  it('is not reached, or does not know the gang', async () => {
    const gang = test.gang('driver');
    const at = `the rendezvous 127.0.0.1:${test.server.port}`;
    const other = { ...gang, key: new Uint8Array(32) };
    expect(await message(test.writer(other, 0, 1))).toBe(
      `stage 1 task 0 does not meet its peers: ${at} does not know the gang, or not by its key`,
    );
    expect(test.server.refused).toBe(1);
    const nowhere = { ...gang, rendezvous: { kind: 'driver', host: '127.0.0.1', port: 1 } } as const;
    await expect(test.reader(nowhere, 0, 1)).rejects.toMatchObject({
      code: 'SQ6011',
      retryable: true,
      message: 'stage 2 task 0 does not meet its peers: the rendezvous 127.0.0.1:1 cannot be reached',
    });
  });

  it('tells of a producer that is gone before it has put its object', async () => {
    const gang = test.gang('driver', { connectMs: 50 });
    await blocked.run(true, async () => {
      const writer = await test.writer(gang, 0, 1);
      const reading = message(consume(await test.reader(gang, 0, 1)));
      await writer.send(0, new Uint8Array(5), 1);
      await writer.close();
      expect(await reading).toBe('the link stage 1 task 0 -> stage 2 task 0 is lost: the producer is gone');
    });
  });
});

describe('a rendezvous of the store', () => {
  it('does without an echo that fails: what it cannot link goes through the store', async () => {
    test.echo.answer = () => ({ status: 500, text: 'sorry' });
    const gang = test.gang('store', { connectMs: 60_000 });
    const writing = produce(await test.writer(gang, 0, 2), { task: 0, consumers: 2, pieces: 3 });
    const readers = [await test.reader(gang, 0, 1), await test.reader(gang, 1, 1)];
    const got = await Promise.all(readers.map(consume));
    expect(got).toEqual([0, 1].map((consumer) => expected(consumer, { producers: 1, pieces: 3 })));
    expect((await writing).fellBack).toHaveLength(2);
    expect(test.echo.asked).toBe(9);
  });

  it('does without the echo of one task', async () => {
    const gang = test.gang('store', { connectMs: 60_000 });
    test.echo.answer = () => ({ status: 200, text: 'not an address' });
    const alone = await test.writer(gang, 0, 1);
    test.echo.answer = (address) => ({ status: 200, text: address });
    const writing = [produce(alone, { task: 0, consumers: 1, pieces: 3 })];
    writing.push(produce(await test.writer(gang, 1, 1), { task: 1, consumers: 1, pieces: 3 }));
    const reader = await test.reader(gang, 0, 2);
    expect(await consume(reader)).toEqual(expected(0, { producers: 2, pieces: 3 }));
    expect(reader.summary().fellBack).toEqual(['stage 1 task 0 -> stage 2 task 0']);
    await Promise.all(writing);
  });

  it('believes only what a task of the gang has put, and only what is an endpoint', async () => {
    const gang = test.gang('store');
    const uri = `memory://test/meet/${gang.id}/1-2/producer-0.round-0.json`;
    const { store, location } = test.host.resolve(uri);
    const endpoint = '{"attempt":0,"seen":null,"own":null,"listens":null}';
    const who = 'stage 2 task 0 does not meet its peers:';
    await store.put(location, Buffer.from(endpoint));
    expect(await message(consume(await test.reader(gang, 0, 1)))).toBe(
      `${who} ${uri} was not put by a task of the gang`,
    );
    await store.put(location, seal(gang.key, uri, '{"attempt":0}'));
    const other = await openLinkReader({
      input: { gang, peers: [taskId(0)] },
      from: FROM,
      self: { stage: TO, task: taskId(1), attempt: attemptId(0) },
      host: test.host,
    });
    expect(await message(consume(other))).toBe(`stage 2 task 1 does not meet its peers: ${uri} is not an endpoint`);
  });
});
