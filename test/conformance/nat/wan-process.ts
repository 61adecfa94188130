import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startObjectServer } from '../../../src/cloud/local/objects/object-server.ts';
import { RendezvousServer } from '../../../src/exchange/direct/rendezvous-server.ts';
import { CREDENTIALS, REGION, type Wan } from './protocol.ts';
import { serveLines } from './serve-lines.ts';

// What lies on the WAN: the driver's rendezvous, an echo of addresses, and an S3 server.
const host = process.argv[2] as string;
const root = await mkdtemp(join(tmpdir(), 'squall-nat-'));
process.on('exit', () => void rm(root, { recursive: true, force: true }));

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return (server.address() as AddressInfo).port;
}

const rendezvous = await RendezvousServer.open({ host });
const echo = createServer((request, response) => response.end(`${request.socket.remoteAddress}\n`));
const objects = await startObjectServer({ root, credentials: CREDENTIALS, region: REGION, autoCreateBuckets: true });
// The S3 server listens on loopback alone.
const door = createTcpServer((outside) => {
  const inside = connect(objects.port, '127.0.0.1');
  outside.pipe(inside).pipe(outside);
  outside.on('error', () => inside.destroy());
  inside.on('error', () => outside.destroy());
});

const wan: Wan = {
  rendezvous: { host, port: rendezvous.port },
  echo: `http://${host}:${await listen(echo)}/`,
  objects: `http://${host}:${await listen(door)}`,
};

serveLines(async (request) => {
  if (request.kind === 'admit') rendezvous.admit(request.gang);
  return wan;
});
