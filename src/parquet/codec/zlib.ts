import { type BrotliOptions, brotliDecompressSync, unzipSync, type ZlibOptions } from 'node:zlib';
import { type Decompressor, damagedPage, wrongLength } from './decompressor.ts';

/** Bytes that node:zlib unpacks into at a time; larger pages are put together from several. */
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const MIN_CHUNK_BYTES = 64;

/** One or more gzip members; also the zlib format, which some writers use. */
export const gzip = zlibCodec('gzip', unzipSync);

export const brotli = zlibCodec('Brotli', brotliDecompressSync);

type Unpack = (source: Uint8Array, options: ZlibOptions & BrotliOptions) => Uint8Array;

function zlibCodec(name: string, unpack: Unpack): Decompressor {
  return {
    decompress(memory, source, target, targetLength) {
      const unpacked = attempt(name, unpack, source.slice(), targetLength);
      if (unpacked.length !== targetLength) throw wrongLength(name, targetLength);
      memory.bytes(target, targetLength).set(unpacked);
    },
  };
}

function attempt(name: string, unpack: Unpack, source: Uint8Array, targetLength: number): Uint8Array {
  try {
    return unpack(source, {
      maxOutputLength: Math.max(1, targetLength),
      chunkSize: Math.min(Math.max(MIN_CHUNK_BYTES, targetLength), MAX_CHUNK_BYTES),
    });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') throw wrongLength(name, targetLength);
    if (code === undefined || code === 'Z_MEM_ERROR') throw cause;
    throw damagedPage(name, message, cause);
  }
}
