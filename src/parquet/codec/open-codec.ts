import { assertNever, UnsupportedError } from '../../common/errors.ts';
import type { Codec } from '../row-group-input.ts';
import type { Decompressor } from './decompressor.ts';
import { lz4, lz4Raw } from './lz4.ts';
import { snappy } from './snappy.ts';
import { uncompressed } from './uncompressed.ts';
import { brotli, gzip } from './zlib.ts';
import { zstd } from './zstd.ts';

/**
 * What unpacks the pages of a codec; loaded at its first use.
 * @throws UnsupportedError SQ2304 for LZO
 */
export async function openCodec(codec: Codec): Promise<Decompressor> {
  switch (codec) {
    case 'UNCOMPRESSED':
      return uncompressed;
    case 'GZIP':
      return gzip;
    case 'BROTLI':
      return brotli;
    case 'SNAPPY':
      return snappy;
    case 'ZSTD':
      return zstd;
    case 'LZ4_RAW':
      return lz4Raw;
    case 'LZ4':
      return lz4;
    case 'LZO':
      throw new UnsupportedError('SQ2304', `pages compressed with ${codec} are not read`);
    default:
      return assertNever(codec);
  }
}
