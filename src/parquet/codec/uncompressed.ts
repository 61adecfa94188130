import { type Decompressor, wrongLength } from './decompressor.ts';

export const uncompressed: Decompressor = {
  decompress(memory, source, target, targetLength) {
    if (source.length !== targetLength) throw wrongLength('nothing', targetLength);
    memory.bytes(target, targetLength).set(source);
  },
};
