import type { Server, Socket } from 'node:net';

/** The descriptors that one end of an edge holds: counted, and closed with it. */
export class SocketSet {
  readonly #sockets = new Set<Socket>();
  readonly #servers = new Set<Server>();
  #peak = 0;

  /** Most descriptors open at once so far. */
  get peak(): number {
    return this.#peak;
  }

  get size(): number {
    return this.#sockets.size + this.#servers.size;
  }

  /** Counts a socket until it is closed. What it fails with closes it; whoever uses it listens for `close`. */
  add<T extends Socket>(socket: T): T {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    this.#count();
    return socket;
  }

  addServer(server: Server): Server {
    this.#servers.add(server);
    server.once('close', () => this.#servers.delete(server));
    this.#count();
    return server;
  }

  /** Resolves when every descriptor is closed. */
  async close(): Promise<void> {
    const closed = [...this.#servers, ...this.#sockets].map(
      (each) => new Promise<void>((resolve) => each.once('close', () => resolve())),
    );
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #count(): void {
    this.#peak = Math.max(this.#peak, this.size);
  }
}
