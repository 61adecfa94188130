import { InternalError } from '../../common/errors.ts';
import { kernel } from '../../wasm/kernels.ts';
import { type Decompressor, damagedPage, wrongLength } from './decompressor.ts';

interface CodecKernel {
  /** A status of STATUS; never traps, and neither reads nor writes outside of the two buffers. */
  decompress(source: number, sourceEnd: number, target: number, targetEnd: number): number;
}

const TRUNCATED = 1;
const WRONG_LENGTH = 2;
const BAD_OFFSET = 3;

/** The codec that a kernel module unpacks: the source is copied into a run of its own beside the target. */
export function kernelCodec(codec: string, kernelName: string): Decompressor {
  return {
    decompress(memory, source, target, targetLength) {
      const staging = memory.allocateRun(source.length);
      try {
        memory.bytes(staging.pointer, source.length).set(source);
        const { decompress } = kernel<CodecKernel>(memory.memory, kernelName);
        const sourceEnd = staging.pointer + source.length;
        const status = decompress(staging.pointer, sourceEnd, target, target + targetLength);
        if (status !== 0) throw failure(codec, status, targetLength);
      } finally {
        memory.freeRun(staging);
      }
    },
  };
}

function failure(codec: string, status: number, targetLength: number): Error {
  switch (status) {
    case TRUNCATED:
      return damagedPage(codec, 'it ends early');
    case WRONG_LENGTH:
      return wrongLength(codec, targetLength);
    case BAD_OFFSET:
      return damagedPage(codec, 'it copies from before its start');
    default:
      return new InternalError(`the kernel of ${codec} returned ${status}`);
  }
}
