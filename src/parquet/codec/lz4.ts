import { kernel } from '../../wasm/kernels.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { ByteRope } from '../byte-rope.ts';
import type { Decompressor } from './decompressor.ts';
import { kernelCodec } from './kernel-codec.ts';

interface Lz4Kernel {
  /** The address after what it wrote; MAX_STATUS or less when the source is damaged. */
  unpack(source: number, sourceEnd: number, target: number, targetEnd: number): number;
}

const MAX_STATUS = 3;

/** One LZ4 block. */
export const lz4Raw = kernelCodec('LZ4', 'lz4');

/**
 * The deprecated codec of that name: what Hadoop frames, or a bare block, as some writers took it. Nothing but the bytes
 * says which it is, so a page is a block when it is not all frames that unpack to the page's length.
 */
export const lz4: Decompressor = {
  decompress(memory, source, target, targetLength) {
    if (!unpackFrames(memory, source, target, targetLength)) lz4Raw.decompress(memory, source, target, targetLength);
  },
};

/**
 * Hadoop's BlockCompressorStream: frames of a big-endian length and then chunks, each a length and a block, until that many
 * bytes are there.
 */
function unpackFrames(memory: LinearMemory, source: ByteRope, target: Pointer, targetLength: number): boolean {
  const staging = memory.allocateRun(source.length);
  try {
    source.copyTo(memory.bytes(staging.pointer, source.length), 0);
    const view = memory.view();
    const { unpack } = kernel<Lz4Kernel>(memory.memory, 'lz4');
    const sourceEnd = staging.pointer + source.length;
    const targetEnd = target + targetLength;
    let from = staging.pointer;
    let to = target;
    while (sourceEnd - from >= 8) {
      const frameEnd = to + view.getUint32(from);
      from += 4;
      if (frameEnd > targetEnd) return false;
      do {
        if (sourceEnd - from < 4) return false;
        const length = view.getUint32(from);
        from += 4;
        if (length > sourceEnd - from) return false;
        const end = unpack(from, from + length, to, frameEnd) >>> 0;
        if (end <= MAX_STATUS) return false;
        from += length;
        if (end === to && end < frameEnd) return false;
        to = end;
      } while (to < frameEnd);
    }
    return from === sourceEnd && to === targetEnd;
  } finally {
    memory.freeRun(staging);
  }
}
