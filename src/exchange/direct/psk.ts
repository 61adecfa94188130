import { createHmac } from 'node:crypto';
import type { Socket } from 'node:net';
import { connect, createSecureContext, TLSSocket } from 'node:tls';

/**
 * TLS 1.3 with an external pre-shared key and X25519: both ends prove the key, the identity is part of what is proven, and bytes
 * recorded today stay unreadable when the key is known tomorrow. No certificates: a server that shows one is refused.
 */
const secureContext = createSecureContext({
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
  ecdhCurve: 'X25519',
});

/** The key of one identity, so that neither a link nor the rendezvous can be taken for another one. */
export const keyOf = (gangKey: Uint8Array, identity: string) => createHmac('sha256', gangKey).update(identity).digest();

/** How long the two ends of a link may take to prove the key, ms. */
export const PROOF_MS = 10_000;

export interface ClientProof {
  readonly gangKey: Uint8Array;
  readonly identity: string;
}

/** Makes a connected socket a TLS client's. Rejects, with the socket closed, when the other end does not prove the key. */
export function secureClient(socket: Socket, proof: ClientProof, signal: AbortSignal): Promise<TLSSocket> {
  const { gangKey, identity } = proof;
  const secure = connect({
    secureContext,
    socket,
    pskCallback: () => ({ psk: keyOf(gangKey, identity), identity }),
    checkServerIdentity: (_host, certificate) =>
      Object.keys(certificate).length === 0 ? undefined : new Error('the other end shows a certificate, not the key'),
  });
  return handshake(secure, 'secureConnect', signal);
}

/** The gang key that an identity is proven with; null refuses it. */
export type KeyFor = (identity: string) => Uint8Array | null;

export interface ProvenClient {
  readonly socket: TLSSocket;
  readonly identity: string;
}

/** Makes a connected socket a TLS server's. Rejects, with the socket closed, when the client proves no identity that has a key. */
export async function secureServer(socket: Socket, keyFor: KeyFor, signal: AbortSignal): Promise<ProvenClient> {
  let proven = '';
  const secure = new TLSSocket(socket, {
    secureContext,
    isServer: true,
    pskCallback: (_socket: TLSSocket, identity: string) => {
      const gangKey = keyFor(identity);
      if (!gangKey) return null;
      proven = identity;
      return keyOf(gangKey, identity);
    },
  } as ConstructorParameters<typeof TLSSocket>[1]);
  await handshake(secure, 'secure', signal);
  return { socket: secure, identity: proven };
}

function handshake(secure: TLSSocket, event: 'secure' | 'secureConnect', signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    let failure: unknown = new Error('the connection was closed before the key was proven');
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      secure.off(event, onSecure).off('close', onClose);
    };
    const onAbort = () => {
      failure = signal.reason;
      secure.destroy();
    };
    const onSecure = () => {
      settle();
      resolve(secure);
    };
    const onClose = () => {
      settle();
      reject(failure);
    };
    secure.on('error', (error) => {
      failure = error;
      secure.destroy();
    });
    secure.once(event, onSecure).once('close', onClose);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
