import { fromWireError, type WireError } from '../../common/errors.ts';
import { decodeWire } from '../../common/wire.ts';
import { linkMismatch } from './link-errors.ts';

/** Why the other end of a link gives up, as an error of ours. */
export function peerError(pair: string, body: Uint8Array): Error {
  const wire = decodeWire(Buffer.from(body).toString()) as Partial<WireError> | null;
  if (typeof wire?.name !== 'string' || typeof wire.code !== 'string' || typeof wire.message !== 'string') {
    return linkMismatch(pair, 'an error without a code');
  }
  return fromWireError({ retryable: false, details: {}, ...wire } as WireError);
}
