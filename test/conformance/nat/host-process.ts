import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, systemRandom } from '../../../src/common/clock.ts';
import { attemptId, stageId, taskId } from '../../../src/common/ids.ts';
import { consume, produce } from '../../../src/exchange/direct/fixtures/test-gang.ts';
import { type LinkReader, openLinkReader } from '../../../src/exchange/direct/link-reader.ts';
import { openLinkWriter } from '../../../src/exchange/direct/link-writer.ts';
import type { LinkHost } from '../../../src/exchange/direct/meeting.ts';
import { Stores } from '../../../src/storage/stores.ts';
import { CREDENTIALS, type Done, REGION, type Work } from './protocol.ts';
import { serveLines } from './serve-lines.ts';

// A worker on a host behind a NAT: runs the producers and consumers that it is asked for.
const FROM = stageId(1);
const TO = stageId(2);
const stores = new Map<string, Stores>();

function hostWith(objects: string): LinkHost {
  const known =
    stores.get(objects) ??
    new Stores({ s3: { endpoint: objects, region: REGION } }, { s3: { credentials: CREDENTIALS } });
  stores.set(objects, known);
  return { clock: systemClock, random: systemRandom, resolve: (uri) => known.resolve(uri) };
}

const tasks = (count: number) => Array.from({ length: count }, (_, i) => taskId(i));

async function producer({ gang, objects, task, peers, pieces, bytes }: Work): Promise<Done> {
  const begin = performance.now();
  const self = { stage: FROM, task: taskId(task), attempt: attemptId(0) };
  const writer = await openLinkWriter({ output: { gang, to: TO, peers: tasks(peers) }, self, host: hostWith(objects) });
  let connectMs = 0;
  const timed = {
    ...writer,
    send: writer.send.bind(writer),
    finish: writer.finish.bind(writer),
    close: writer.close.bind(writer),
  };
  timed.send = async (...piece) => {
    await writer.send(...piece);
    if (connectMs === 0) connectMs = performance.now() - begin;
  };
  const summary = await produce(timed, { task, consumers: peers, pieces, bytes });
  return { summary, got: [], connectMs };
}

async function consumer({ gang, objects, task, peers }: Work): Promise<Done> {
  const begin = performance.now();
  const self = { stage: TO, task: taskId(task), attempt: attemptId(0) };
  const reader: LinkReader = await openLinkReader({
    input: { gang, peers: tasks(peers) },
    from: FROM,
    self,
    host: hostWith(objects),
  });
  const got = await consume(reader);
  return { summary: reader.summary(), got, connectMs: performance.now() - begin };
}

/** What comes of a connection by somebody who has no part in it. */
const intrude = (host: string, port: number) =>
  new Promise<string>((resolve) => {
    const socket = connect({ host, port, timeout: 1_500 });
    socket.once('connect', () => resolve('connected'));
    socket.once('timeout', () => resolve('dropped'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => socket.destroy());
  }).finally(() => undefined);

serveLines(async (request) => {
  switch (request.kind) {
    case 'produce':
      await sleep(request.delayMs);
      return producer(request);
    case 'consume':
      await sleep(request.delayMs);
      return consumer(request);
    case 'intrude':
      return intrude(request.host, request.port);
    default:
      throw new Error(`a host does not ${request.kind}`);
  }
});
