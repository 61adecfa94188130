import { kernel } from '../../wasm/kernels.ts';
import type { Decompressor } from './decompressor.ts';
import { checkStatus } from './kernel-codec.ts';

interface ZstdKernel {
  scratchBytes(): number;
  constantsOffset(): number;
  /** Returns a status. Never traps, and writes nothing outside of target and scratch. Reads up to 8 bytes after the source. */
  decompress(source: number, sourceEnd: number, target: number, targetEnd: number, scratch: number): number;
}

const NAME = 'Zstandard';
const SOURCE_SLACK = 8;

/** Frames without dictionary. */
export const zstd: Decompressor = {
  decompress(memory, source, target, targetLength) {
    const { scratchBytes, constantsOffset, decompress } = kernel<ZstdKernel>(memory.memory, 'zstd');
    const scratchLength = scratchBytes();
    const run = memory.allocateRun(scratchLength + source.length + SOURCE_SLACK);
    try {
      const begin = run.pointer + scratchLength;
      memory.bytes(run.pointer + constantsOffset(), CONSTANTS.length).set(CONSTANTS);
      source.copyTo(memory.bytes(begin, source.length), 0);
      const status = decompress(begin, begin + source.length, target, target + targetLength, run.pointer);
      checkStatus(NAME, status, targetLength);
    } finally {
      memory.freeRun(run);
    }
  },
};

/** Extra bits of the codes of literal lengths and of match lengths (RFC 8878, 3.1.1.3.2.1.1). */
const LITERAL_BITS = [...Array<number>(16).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const MATCH_BITS = [
  ...Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
];

/** The predefined distributions (RFC 8878, 3.1.1.3.2.2). */
const LITERAL_COUNTS = [
  ...[4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1],
];
const MATCH_COUNTS = [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array<number>(37).fill(1), ...Array<number>(7).fill(-1)];
const OFFSET_COUNTS = [1, 1, 1, 1, 1, 1, 2, 2, 2, ...Array<number>(15).fill(1), -1, -1, -1, -1, -1];

/** What the kernel expects at `constantsOffset`: the bases (u32), then bits and counts (bytes). */
const CONSTANTS = new Uint8Array([
  ...new Uint8Array(Uint32Array.from([...bases(LITERAL_BITS, 0), ...bases(MATCH_BITS, 3)]).buffer),
  ...LITERAL_BITS,
  ...MATCH_BITS,
  ...LITERAL_COUNTS,
  ...MATCH_COUNTS,
  ...OFFSET_COUNTS,
]);

/** The least length of each code: the codes follow each other without gap. */
function bases(bits: readonly number[], first: number): number[] {
  let next = first;
  return bits.map((width) => {
    const base = next;
    next += 2 ** width;
    return base;
  });
}
