import { InternalError } from '../../common/errors.ts';
import { kernel } from '../../wasm/kernels.ts';
import { type Decompressor, damagedPage, wrongLength } from './decompressor.ts';

interface CodecKernel {
  /** Returns a status. Never traps, and neither reads nor writes outside of the two buffers. */
  decompress(source: number, sourceEnd: number, target: number, targetEnd: number): number;
}

/** The codec that a kernel module unpacks: the source is copied into a run of its own beside the target. */
export function kernelCodec(codec: string, kernelName: string): Decompressor {
  return {
    decompress(memory, source, target, targetLength) {
      const staging = memory.allocateRun(source.length);
      try {
        source.copyTo(memory.bytes(staging.pointer, source.length), 0);
        const { decompress } = kernel<CodecKernel>(memory.memory, kernelName);
        const sourceEnd = staging.pointer + source.length;
        checkStatus(codec, decompress(staging.pointer, sourceEnd, target, target + targetLength), targetLength);
      } finally {
        memory.freeRun(staging);
      }
    },
  };
}

/** Throws what the status of a codec's kernel means. */
export function checkStatus(codec: string, status: number, targetLength: number): void {
  switch (status) {
    case 0:
      return;
    case 1:
      throw damagedPage(codec, 'it ends early');
    case 2:
      throw wrongLength(codec, targetLength);
    case 3:
      throw damagedPage(codec, 'it copies from before its start');
    case 4:
      throw damagedPage(codec, 'it contradicts itself');
    case 5:
      throw damagedPage(codec, 'it does not match its checksum');
    case 6:
      throw damagedPage(codec, 'it needs a dictionary');
    default:
      throw new InternalError(`the kernel of ${codec} returned ${status}`);
  }
}
