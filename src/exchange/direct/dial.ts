import { connect, type Socket } from 'node:net';
import type { SocketSet } from './socket-set.ts';

export interface Address {
  /** IPv4. */
  readonly address: string;
  readonly port: number;
}

export interface DialOptions {
  readonly sockets: SocketSet;
  readonly signal: AbortSignal;
  /**
   * The local port; 0 takes a free one. The bind is explicit in either case: the kernel lends a port to several connections only
   * when each of them was bound to it.
   */
  readonly localPort: number;
}

/**
 * One TCP connection. When both ends dial each other at the same time from the ports they dial, the two SYNs make one connection.
 * Rejects, with the socket closed, with the system's error, with the signal's reason, or when it has reached itself: dialling the
 * port one dials from does that.
 */
export function dial(to: { readonly host: string; readonly port: number }, options: DialOptions): Promise<Socket> {
  const { sockets, signal, localPort } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    let failure: unknown = new Error('closed');
    const bound = { localAddress: '0.0.0.0', localPort, family: 4 };
    const socket = sockets.add(connect({ host: to.host, port: to.port, noDelay: true, ...bound }));
    const onAbort = () => {
      failure = signal.reason;
      socket.destroy();
    };
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect).off('close', onClose);
    };
    const onConnect = () => {
      if (socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress) {
        failure = new Error('the connection leads to itself');
        socket.destroy();
        return;
      }
      settle();
      resolve(socket);
    };
    const onClose = () => {
      settle();
      reject(failure);
    };
    socket.on('error', (error) => {
      failure = error;
    });
    socket.once('connect', onConnect).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}
