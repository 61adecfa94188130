import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Clock, systemClock } from '../../common/clock.ts';
import type { LinkGang } from '../../operators/task.ts';
import { notMet } from './link-errors.ts';
import { gangOfIdentity } from './link-pair.ts';
import { secureServer } from './psk.ts';
import { RendezvousGang } from './rendezvous-gang.ts';
import { SocketSet } from './socket-set.ts';
import { type Scope, scopeWithin, timeLimit } from './time-limit.ts';

/** How long a connection may take to prove the key of a gang, ms. */
const PROOF_MS = 30_000;

export interface RendezvousServerOptions {
  /** Address to listen on; loopback unless told otherwise. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly clock?: Clock;
}

/**
 * Where the tasks of gangs find each other, in the driver's process: each registers over a connection on which it has proven the
 * gang's key, is told the address that it was seen with and where its peers are, and tells its peers what did not connect. No rows
 * go through it.
 */
export class RendezvousServer {
  readonly host: string;
  readonly port: number;
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #sockets: SocketSet;
  readonly #scope: Scope = scopeWithin(undefined);
  readonly #gangs = new Map<string, RendezvousGang>();
  #refused = 0;

  private constructor(server: Server, sockets: SocketSet, clock: Clock) {
    const { address, port } = server.address() as AddressInfo;
    this.host = address;
    this.port = port;
    this.#server = server;
    this.#sockets = sockets;
    this.#clock = clock;
    this.#server.on('connection', (socket) => void this.#meet(socket));
  }

  /** Throws InvokeError SQ6011 when the address cannot be listened on. */
  static async open(options: RendezvousServerOptions = {}): Promise<RendezvousServer> {
    const { host = '127.0.0.1', port = 0, clock = systemClock } = options;
    const sockets = new SocketSet();
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => reject(notMet('the driver', `it cannot listen on ${host}:${port}`, cause)));
      server.listen(port, host, resolve);
    });
    sockets.addServer(server);
    return new RendezvousServer(server, sockets, clock);
  }

  /** Connections that proved no key. */
  get refused(): number {
    return this.#refused;
  }

  /** Descriptors open now. */
  get descriptors(): number {
    return this.#sockets.size;
  }

  /** Lets the tasks of a gang register, from now on. */
  admit(gang: Pick<LinkGang, 'id' | 'key'>): void {
    this.#gangs.set(gang.id, new RendezvousGang(gang.key));
  }

  /** Ends a gang: its key is worth nothing any more, and what still runs of it fails. */
  dismiss(id: string, why = 'the driver has ended the gang'): void {
    this.#gangs.get(id)?.dismiss(why);
    this.#gangs.delete(id);
  }

  /** Dismisses every gang; resolves when no descriptor is left. */
  async close(): Promise<void> {
    for (const id of [...this.#gangs.keys()]) this.dismiss(id);
    this.#scope.end();
    await this.#sockets.close();
  }

  async #meet(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    const seen = { address: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''), port: socket.remotePort ?? 0 };
    const limit = timeLimit(this.#clock, PROOF_MS, this.#scope.signal);
    try {
      const keyFor = (identity: string) => this.#gangs.get(gangOfIdentity(identity) ?? '')?.key ?? null;
      const proven = await secureServer(socket, keyFor, limit.signal);
      const gang = this.#gangs.get(gangOfIdentity(proven.identity) as string);
      if (gang) gang.join(proven.socket, seen);
      else proven.socket.destroy();
    } catch {
      this.#refused++;
      socket.destroy();
    } finally {
      limit.end();
    }
  }
}
