import { timingSafeEqual } from 'node:crypto';
import { keyOf } from './psk.ts';

/** A message under a key of the store, with the proof that a task of the gang has put it there. */
export function seal(gangKey: Uint8Array, uri: string, message: string): Uint8Array {
  return Buffer.from(`${proofOf(gangKey, uri, message).toString('hex')}\n${message}`);
}

/** The message; null when it is not one of the gang, or was put under another key of the store. */
export function unseal(gangKey: Uint8Array, uri: string, sealed: Uint8Array): string | null {
  const text = new TextDecoder().decode(sealed);
  const end = text.indexOf('\n');
  const message = text.slice(end + 1);
  const given = Buffer.from(text.slice(0, Math.max(0, end)), 'hex');
  const proof = proofOf(gangKey, uri, message);
  return given.length === proof.length && timingSafeEqual(given, proof) ? message : null;
}

const proofOf = (gangKey: Uint8Array, uri: string, message: string) =>
  keyOf(gangKey, `squall-meeting/${uri}\n${message}`);
