import type { ByteRope } from '../byte-rope.ts';
import { type Decompressor, wrongLength } from './decompressor.ts';

export const uncompressed: Decompressor = {
  decompress(memory, source, target, targetLength) {
    checkLength(source, targetLength);
    source.copyTo(memory.bytes(target, targetLength), 0);
  },
  stepwise: {
    workBytes: 0,
    begin(memory, _work, source, target, targetLength) {
      checkLength(source, targetLength);
      let ready = target;
      return {
        to(until) {
          if (until > ready) source.copyTo(memory.bytes(ready, until - ready), ready - target);
          ready = Math.max(ready, until);
          return ready;
        },
      };
    },
  },
};

function checkLength(source: ByteRope, targetLength: number): void {
  if (source.length !== targetLength) throw wrongLength('nothing', targetLength);
}
