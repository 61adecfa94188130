import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { attemptId, stageId, taskId } from '../../common/ids.ts';
import { decodeWire } from '../../common/wire.ts';
import type { LinkGang } from '../../operators/task.ts';
import { asEndpoint } from './endpoint.ts';
import { consume, expected, FROM, produce, TestGang, TO } from './fixtures/test-gang.ts';
import { linkIdentity } from './link-pair.ts';
import { secureClient } from './psk.ts';
import { SocketSet } from './socket-set.ts';

const { signal } = new AbortController();

/** Strangers who know where a consumer listens, and dial it before its producer does. */
describe('a consumer is linked with its producer alone', () => {
  let test: TestGang;
  let gang: LinkGang;
  let sockets: SocketSet;

  beforeEach(async () => {
    test = await TestGang.start();
    gang = test.gang('store');
    sockets = new SocketSet();
  });
  afterEach(async () => {
    await sockets.close();
    await test.close();
  });

  async function dialConsumer(): Promise<Socket> {
    const { store, location } = test.host.resolve(`memory://test/meet/${gang.id}/1-2/consumer-0.round-0.json`);
    const { body } = await store.getRange(location, { kind: 'all' });
    const port = asEndpoint(decodeWire(new TextDecoder().decode(body).split('\n')[1] as string))?.listens as number;
    const socket = sockets.add(connect(port, '127.0.0.1'));
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }

  const me = { task: taskId(0), attempt: attemptId(0) };
  const edge = (of: LinkGang, from = FROM, to = TO) => ({ gang: of, from, to });
  const right = () => linkIdentity(edge(gang), me, me);

  it.each<readonly [string, (gang: LinkGang) => { readonly gangKey: Uint8Array; readonly identity: string }]>([
    ['has not the key', () => ({ gangKey: new Uint8Array(32), identity: right() })],
    [
      'has the key and the name of a gang of before',
      () => ({ gangKey: new Uint8Array(32).fill(1), identity: linkIdentity(edge({ ...gang, id: 'before' }), me, me) }),
    ],
    [
      'comes with the key, and the name of another gang',
      ({ key }) => ({ gangKey: key, identity: linkIdentity(edge({ ...gang, id: 'before' }), me, me) }),
    ],
    [
      'is no producer of the edge',
      ({ key }) => ({ gangKey: key, identity: linkIdentity(edge(gang), { ...me, task: taskId(5) }, me) }),
    ],
    [
      'looks for another consumer',
      ({ key }) => ({ gangKey: key, identity: linkIdentity(edge(gang), me, { ...me, task: taskId(1) }) }),
    ],
    [
      'looks for another attempt of the consumer',
      ({ key }) => ({ gangKey: key, identity: linkIdentity(edge(gang), me, { ...me, attempt: attemptId(1) }) }),
    ],
    [
      'looks for another stage',
      ({ key }) => ({ gangKey: key, identity: linkIdentity(edge(gang, FROM, stageId(3)), me, me) }),
    ],
    [
      'comes from another stage',
      ({ key }) => ({ gangKey: key, identity: linkIdentity(edge(gang, stageId(0), TO), me, me) }),
    ],
    ['says nothing that can be read', ({ key }) => ({ gangKey: key, identity: 'me' })],
  ])('not with one that %s', async (_who, proofOf) => {
    const reader = await test.reader(gang, 0, 1);
    const reading = consume(reader);
    await expect(secureClient(await dialConsumer(), proofOf(gang), signal)).rejects.toThrow();
    const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 2 });
    expect(await reading).toEqual(expected(0, { producers: 1, pieces: 2 }));
    expect((await writing).connected).toBe(1);
  });

  it('not with another attempt of the producer, though it knows the key', async () => {
    const reader = await test.reader(gang, 0, 1);
    const reading = consume(reader);
    const identity = linkIdentity(edge(gang), { ...me, attempt: attemptId(9) }, me);
    // The key is proven: that the attempt is not the one that has registered is seen when that one has.
    const proven = await secureClient(await dialConsumer(), { gangKey: gang.key, identity }, signal);
    const closed = new Promise((resolve) => proven.once('close', resolve));
    let heard = 0;
    proven.on('data', (bytes) => {
      heard += bytes.length;
    });
    const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 2 });
    expect(await reading).toEqual(expected(0, { producers: 1, pieces: 2 }));
    await Promise.all([writing, closed]);
    expect(heard).toBe(0);
  });

  it('not with one that speaks no TLS, and not with bytes recorded from the producer', async () => {
    const reader = await test.reader(gang, 0, 1);
    const reading = consume(reader);
    for (const bytes of [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0x16, 3, 1, 0, 200]),
      Buffer.alloc(300, 7),
    ]) {
      const socket = await dialConsumer();
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.end(bytes);
      await closed;
    }
    const recorded = await recordHello(right(), gang.key);
    const socket = await dialConsumer();
    socket.write(recorded);
    const answer: Buffer = await new Promise((resolve) => socket.once('data', resolve));
    // The consumer answers a recorded hello, which is no proof: without the key nobody finishes what it begins.
    expect(answer[0]).toBe(0x16);
    const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 2 });
    expect(await reading).toEqual(expected(0, { producers: 1, pieces: 2 }));
    await writing;
  });

  it('with the first connection of its producer: a second one is refused', async () => {
    const reader = await test.reader(gang, 0, 1);
    const writer = await test.writer(gang, 0, 1);
    await writer.send(0, Uint8Array.of(0, 0, 0), 1);
    const second = await secureClient(await dialConsumer(), { gangKey: gang.key, identity: right() }, signal);
    const closed = new Promise((resolve) => second.once('close', resolve));
    second.resume();
    await closed;
    const writing = writer.finish();
    expect(await consume(reader)).toHaveLength(1);
    await writing;
  });

  it('has room for its producer when strangers hold connections open', async () => {
    const reader = await test.reader(gang, 0, 1);
    const reading = consume(reader);
    for (let i = 0; i < 10; i++) await dialConsumer();
    const writing = produce(await test.writer(gang, 0, 1), { task: 0, consumers: 1, pieces: 2 });
    expect(await reading).toEqual(expected(0, { producers: 1, pieces: 2 }));
    await writing;
    await vi.waitFor(() => expect(sockets.size).toBe(0));
  });

  /** The first flight of a producer that has the key. */
  async function recordHello(identity: string, gangKey: Uint8Array): Promise<Buffer> {
    const { createServer } = await import('node:net');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const heard = new Promise<Buffer>((resolve) => server.once('connection', (socket) => socket.once('data', resolve)));
    const client = sockets.add(connect((server.address() as { port: number }).port, '127.0.0.1'));
    const proving = secureClient(client, { gangKey, identity }, signal).catch(() => undefined);
    const bytes = await heard;
    client.destroy();
    await proving;
    server.close();
    return bytes;
  }
});
