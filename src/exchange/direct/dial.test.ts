import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dial } from './dial.ts';
import { SocketSet } from './socket-set.ts';

describe('dial', () => {
  let sockets: SocketSet;
  const servers: Server[] = [];
  const { signal } = new AbortController();

  beforeEach(() => {
    sockets = new SocketSet();
  });
  afterEach(async () => {
    await sockets.close();
    for (const server of servers.splice(0)) server.close();
  });

  async function listener(): Promise<number> {
    const server = createServer((socket) => sockets.add(socket));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const to = (port: number) => ({ host: '127.0.0.1', port });

  it('lends one port to connections with several peers', async () => {
    const first = await dial(to(await listener()), { sockets, signal, localPort: 0 });
    const second = await dial(to(await listener()), { sockets, signal, localPort: first.localPort as number });
    expect(second.localPort).toBe(first.localPort);
  });

  it('refuses a connection that leads to itself', async () => {
    const held = await dial(to(await listener()), { sockets, signal, localPort: 0 });
    const port = held.localPort as number;
    await expect(dial(to(port), { sockets, signal, localPort: port })).rejects.toThrow(
      'the connection leads to itself',
    );
    expect(sockets.size).toBe(2);
  });

  it('is refused where nobody listens or dials, and leaves nothing open', async () => {
    const port = await listener();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    await expect(dial(to(port), { sockets, signal, localPort: 0 })).rejects.toThrow(
      `connect ECONNREFUSED 127.0.0.1:${port}`,
    );
    expect(sockets.size).toBe(0);
  });

  it('does not connect the same two ports twice', async () => {
    const port = await listener();
    const first: Socket = await dial(to(port), { sockets, signal, localPort: 0 });
    const again = dial(to(port), { sockets, signal, localPort: first.localPort as number });
    await expect(again).rejects.toThrow(/EADDRNOTAVAIL|EADDRINUSE/);
  });

  it('ends with its signal', async () => {
    const abort = new AbortController();
    const dialling = dial(
      { host: '127.0.0.1', port: await listener() },
      { sockets, signal: abort.signal, localPort: 0 },
    );
    abort.abort(new Error('given up'));
    await expect(dialling).rejects.toThrow('given up');
    await expect(dial(to(1), { sockets, signal: abort.signal, localPort: 0 })).rejects.toThrow('given up');
  });
});
