import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { secureClient, secureServer } from './psk.ts';
import { SocketSet } from './socket-set.ts';

const KEY = new Uint8Array(32).fill(7);
const sockets = new SocketSet();
const { signal } = new AbortController();

afterEach(() => sockets.close());

async function pair(): Promise<[Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const client = sockets.add(connect((server.address() as AddressInfo).port, '127.0.0.1'));
  const other = sockets.add(await accepted);
  server.close();
  return [client, other];
}

const attempt = async (gangKey: Uint8Array, keyFor: (identity: string) => Uint8Array | null) => {
  const [client, server] = await pair();
  return Promise.allSettled([
    secureClient(client, { gangKey, identity: 'me' }, signal),
    secureServer(server, keyFor, signal),
  ]);
};

it('both ends that have the key come together, and the server knows who the client is', async () => {
  const [client, server] = await attempt(KEY, (identity) => (identity === 'me' ? KEY : null));
  expect(client.status).toBe('fulfilled');
  expect(server).toMatchObject({ status: 'fulfilled', value: { identity: 'me' } });
  const [from, to] = [client, server].map((each) => (each as PromiseFulfilledResult<unknown>).value) as [
    Socket,
    { socket: Socket },
  ];
  from.write('hello');
  expect(String(await new Promise((resolve) => to.socket.once('data', resolve)))).toBe('hello');
});

it.each([
  ['a client with another key', new Uint8Array(32), () => KEY],
  ['a server with another key', KEY, () => new Uint8Array(32)],
  ['an identity that has no key', KEY, () => null],
])('%s is refused, and nothing stays open', async (_who, gangKey, keyFor) => {
  const ends = await attempt(gangKey, keyFor);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(sockets.size).toBe(0);
});

it('two clients do not come together: a connection that leads to itself proves nothing', async () => {
  const [one, other] = await pair();
  const proof = { gangKey: KEY, identity: 'me' };
  const ends = await Promise.allSettled([secureClient(one, proof, signal), secureClient(other, proof, signal)]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

it('an end that is silent is given up with the signal', async () => {
  const [, server] = await pair();
  const abort = new AbortController();
  const waiting = secureServer(server, () => KEY, abort.signal);
  abort.abort(new Error('too slow'));
  await expect(waiting).rejects.toThrow('too slow');
});
