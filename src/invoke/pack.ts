import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { ExecutionError } from '../common/errors.ts';

/** Text inside a message: as it is, or its UTF-8 compressed with Brotli, in base64. */
export type Packed = string | { readonly brotli: string };

/** Below, compressing takes longer than it spares, bytes. */
const WORTH_BYTES = 8_192;
/** What a message may have at most once it is unpacked, bytes. */
const MOST_BYTES = 512 * 1024 * 1024;

/**
 * Compressed where that pays: messages repeat themselves (lists of manifests, tasks of one plan), so that the lowest quality brings
 * them to a fifth in the time it takes to escape them.
 *
 * @param incompressible how much of the text is base64 of bytes that do not compress, characters
 */
export const pack = (text: string, incompressible = 0): Packed =>
  text.length - incompressible < WORTH_BYTES ? text : { brotli: Buffer.from(compress(text)).toString('base64') };

/** Whether it can be unpacked. */
export const isPacked = (value: unknown): value is Packed =>
  typeof value === 'string' || typeof (value as { brotli?: unknown } | null)?.brotli === 'string';

/** The inverse of `pack`. Throws ExecutionError SQ3001 for anything else. */
export function unpack(packed: unknown): string {
  if (!isPacked(packed)) throw noMessage();
  return typeof packed === 'string' ? packed : decompress(Buffer.from(packed.brotli, 'base64'));
}

/** Text as an object of a store has it. */
export const compress = (text: string): Uint8Array =>
  brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MIN_QUALITY + 1 },
  });

/** The inverse of `compress`. Throws ExecutionError SQ3001. */
export function decompress(bytes: Uint8Array): string {
  try {
    return brotliDecompressSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8');
  } catch (cause) {
    throw noMessage(cause);
  }
}

const noMessage = (cause?: unknown) =>
  new ExecutionError(
    'SQ3001',
    'a message between driver and worker is not readable',
    cause === undefined ? {} : { cause },
  );
