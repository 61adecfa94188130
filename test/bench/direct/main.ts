import { fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock, systemRandom } from '../../../src/common/clock.ts';
import { attemptId, stageId, taskId } from '../../../src/common/ids.ts';
import { openLinkReader } from '../../../src/exchange/direct/link-reader.ts';
import { LinkReceiver } from '../../../src/exchange/direct/link-receiver.ts';
import { LinkSender } from '../../../src/exchange/direct/link-sender.ts';
import { openLinkWriter } from '../../../src/exchange/direct/link-writer.ts';
import type { LinkHost } from '../../../src/exchange/direct/meeting.ts';
import { secureClient, secureServer } from '../../../src/exchange/direct/psk.ts';
import { RendezvousServer } from '../../../src/exchange/direct/rendezvous-server.ts';
import type { LinkGang } from '../../../src/operators/task.ts';
import { Stores } from '../../../src/storage/stores.ts';

const { values } = parseArgs({
  options: {
    mb: { type: 'string', default: '256' },
    tasks: { type: 'string', default: '16' },
    latency: { type: 'string', default: '27' },
  },
});
const TASKS = Number(values.tasks);
const PIECE = 256 << 10;
const rate = (bytes: number, ms: number) => `${(bytes / 1e3 / ms).toFixed(0)} MB/s`;

async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const begin = performance.now();
  const value = await work();
  return [performance.now() - begin, value];
}

async function tcpPair(): Promise<[Socket, Socket]> {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', noDelay: true });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  server.close();
  return [client, accepted];
}

/** Bytes over one link whose ends share a thread, so that encrypting and decrypting add up. */
async function oneLink(bytes: number, tls: boolean): Promise<number> {
  const [client, server] = await tcpPair();
  const { signal } = new AbortController();
  const gangKey = systemRandom.bytes(32);
  const [from, to] = tls
    ? await Promise.all([
        secureClient(client, { gangKey, identity: 'bench' }, signal),
        secureServer(server, () => gangKey, signal).then(({ socket }) => socket),
      ])
    : [client, server];
  const lost = (error: Error) => {
    throw error;
  };
  const accepted = new Promise<LinkSender>((resolve) => {
    const sender: LinkSender = new LinkSender(from, {
      name: 'bench',
      onAccepted: () => resolve(sender),
      onClosed: () => undefined,
      onLost: lost,
    });
  });
  new LinkReceiver(to, {
    name: 'bench',
    window: 4 << 20,
    onPiece: (piece) => piece.release(),
    onEnd: () => undefined,
    onLost: lost,
  });
  const sender = await accepted;
  const piece = new Uint8Array(1 << 20).fill(7);
  const [ms] = await timed(async () => {
    for (let sent = 0; sent < bytes; sent += piece.length) await sender.send(piece, 1);
    await sender.end();
  });
  return ms;
}

const FROM = stageId(1);
const TO = stageId(2);
const tasks = Array.from({ length: TASKS }, (_, i) => taskId(i));
const self = (stage: typeof FROM, task: number) => ({ stage, task: taskId(task), attempt: attemptId(0) });
const pieces = Math.ceil((Number(values.mb) * 1e6) / (TASKS * TASKS * PIECE));
const body = new Uint8Array(PIECE).fill(7);

const rendezvous = await RendezvousServer.open();
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const objects = fork(join(import.meta.dirname, 'objects-process.mjs'), [
  values.latency,
  credentials.accessKeyId,
  credentials.secretAccessKey,
]);
const [endpoint] = (await once(objects, 'message')) as [string];
const stores = new Stores({ s3: { endpoint, region: 'eu-west-1' } }, { s3: { credentials, connections: 256 } });
const host: LinkHost = { clock: systemClock, random: systemRandom, resolve: (uri) => stores.resolve(uri) };

function newGang(): LinkGang {
  const { host: address, port } = rendezvous;
  const gang: LinkGang = {
    id: Buffer.from(systemRandom.bytes(8)).toString('hex'),
    key: systemRandom.bytes(32),
    rendezvous: { kind: 'driver', host: address, port },
    connectMs: 30_000,
    fallback: 's3://bench/fallback/',
  };
  rendezvous.admit(gang);
  return gang;
}

async function produce(gang: LinkGang, task: number, count: number, peers = tasks): Promise<number> {
  const writer = await openLinkWriter({ output: { gang, to: TO, peers }, self: self(FROM, task), host });
  for (let piece = 0; piece < count; piece++) {
    await Promise.all(peers.map((_, partition) => writer.send(partition, body, 1)));
  }
  const { connected } = await writer.finish();
  await writer.close();
  return connected;
}

async function consume(gang: LinkGang, task: number, peers = tasks): Promise<number> {
  let bytes = 0;
  const reader = await openLinkReader({ input: { gang, peers }, from: FROM, self: self(TO, task), host });
  for await (const piece of reader) bytes += piece.bytes.length;
  return bytes;
}

async function shuffleDirect(count: number): Promise<{ ms: number; bytes: number; connected: number }> {
  const gang = newGang();
  const [ms, [connected, bytes]] = await timed(() =>
    Promise.all([
      Promise.all(tasks.map((task) => produce(gang, task, count))),
      Promise.all(tasks.map((task) => consume(gang, task))),
    ]),
  );
  const sum = (all: readonly number[]) => all.reduce((a, b) => a + b, 0);
  return { ms, bytes: sum(bytes), connected: sum(connected) };
}

/** One object of all partitions a producer, then one range a pair; `body` stands for every piece. */
async function shuffleObjects(count: number): Promise<{ ms: number; bytes: number }> {
  const slice = count * PIECE;
  const whole = new Uint8Array(slice * TASKS).fill(7);
  const at = (task: number) => stores.resolve(`s3://bench/objects/${task}`);
  let bytes = 0;
  const [ms] = await timed(async () => {
    await Promise.all(tasks.map((task) => at(task).store.put(at(task).location, whole)));
    const read = async (producer: number, consumer: number) => {
      const { store, location } = at(producer);
      const range = { kind: 'range', offset: consumer * slice, length: slice } as const;
      const { body: found } = await store.getRange(location, range);
      bytes += found.length;
    };
    await Promise.all(tasks.flatMap((consumer) => tasks.map((producer) => read(producer, consumer))));
  });
  return { ms, bytes };
}

console.log(`${cpus().length} x ${cpus()[0]?.model}, Node ${process.version}; both ends of all links in one thread`);
for (const tls of [false, true]) {
  const bytes = 512 << 20;
  console.log(`one link, ${tls ? 'TLS 1.3 AES-128-GCM' : 'without TLS'}: ${rate(bytes, await oneLink(bytes, tls))}`);
}
const connecting: number[] = [];
for (let i = 0; i < 40; i++) {
  const gang = newGang();
  const [ms] = await timed(() => Promise.all([produce(gang, 0, 0, [taskId(0)]), consume(gang, 0, [taskId(0)])]));
  connecting.push(ms);
}
connecting.sort((a, b) => a - b);
console.log(
  `a pair from nothing to its verified end: median ${connecting[20]?.toFixed(1)} ms, p95 ${connecting[37]?.toFixed(1)} ms`,
);
for (const count of [1, pieces]) {
  const direct = await shuffleDirect(count);
  const through = await shuffleObjects(count);
  if (direct.bytes !== through.bytes)
    throw new Error(`${direct.bytes} bytes came directly, ${through.bytes} through objects`);
  const size = `${TASKS} x ${TASKS}, ${(direct.bytes / 1e6).toFixed(0)} MB`;
  console.log(
    `${size}: direct ${direct.ms.toFixed(0)} ms (${rate(direct.bytes, direct.ms)}, ${direct.connected} links), ` +
      `objects with ${values.latency} ms a request ${through.ms.toFixed(0)} ms (${rate(through.bytes, through.ms)}): ` +
      `direct takes ${(direct.ms / through.ms).toFixed(2)} of the time`,
  );
}
await rendezvous.close();
await stores.close();
objects.disconnect();
