import { get as httpGet, type IncomingMessage } from 'node:http';
import { get as httpsGet } from 'node:https';
import { isIPv4 } from 'node:net';
import type { SocketSet } from './socket-set.ts';

/** What an HTTP GET from a port of our own tells. */
export interface Echoed {
  /** The address that the world sees. */
  readonly address: string;
  /** The address of the network interface. */
  readonly own: string;
  /** The local port it was asked from. */
  readonly port: number;
}

/** More than any address; an answer that is longer is none. */
const MAX_ANSWER = 1024;

/**
 * Asks a URL that answers with the caller's address as text (AWS's https://checkip.amazonaws.com does), from a port of our own.
 * Rejects when there is no answer, or it is no IPv4 address.
 */
export function askEcho(url: string, sockets: SocketSet, signal: AbortSignal): Promise<Echoed> {
  const get = url.startsWith('https:') ? httpsGet : httpGet;
  const options = { agent: false, family: 4, localAddress: '0.0.0.0', signal, headers: { connection: 'close' } };
  return new Promise((resolve, reject) => {
    const request = get(url, options, (response) => {
      const { localAddress: own, localPort: port } = response.socket as { localAddress: string; localPort: number };
      readAnswer(url, response).then((address) => resolve({ address, own, port }), reject);
    });
    request.once('socket', (socket) => sockets.add(socket));
    request.on('error', reject);
  });
}

async function readAnswer(url: string, response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) {
    text += chunk;
    if (text.length > MAX_ANSWER) break;
  }
  const address = text.trim();
  if (response.statusCode === 200 && isIPv4(address)) return address;
  throw new Error(`${url} answers ${response.statusCode} and ${JSON.stringify(address.slice(0, 60))}, not an address`);
}
