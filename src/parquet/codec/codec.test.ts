import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { compress as compressZstd, decompress as decompressZstd } from '@bokuweb/zstd-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { ExecutionError, UnsupportedError } from '../../common/errors.ts';
import { kernel } from '../../wasm/kernels.ts';
import { LinearMemory } from '../../wasm/linear-memory.ts';
import { ByteRope } from '../byte-rope.ts';
import type { Codec } from '../row-group-input.ts';
import { xxhash64 } from '../xxhash64.ts';
import { type Element, encodeLz4, encodeSnappy, expand, randomElements } from './fixtures/elements.ts';
import { unpackGuarded } from './fixtures/guarded.ts';
import { sampleBytes } from './fixtures/sample-bytes.ts';
import { loadZstdLibrary } from './fixtures/zstd-library.ts';
import { openCodec } from './open-codec.ts';

beforeAll(() => loadZstdLibrary());

const unpack = async (codec: Codec, source: Uint8Array, length: number) =>
  unpackGuarded(await openCodec(codec), source, length);

const failure = (codec: Codec, source: Uint8Array, length: number) =>
  unpack(codec, source, length).then(
    () => 'nothing',
    (error: unknown) => (error instanceof ExecutionError ? `${error.code} ${error.message}` : error),
  );

const PACKERS: readonly (readonly [string, Codec, (bytes: Uint8Array) => Uint8Array])[] = [
  ['nothing', 'UNCOMPRESSED', (bytes) => bytes],
  ['gzip', 'GZIP', (bytes) => gzipSync(bytes)],
  ['zlib', 'GZIP', (bytes) => deflateSync(bytes)],
  ['Brotli', 'BROTLI', (bytes) => brotliCompressSync(bytes)],
  ['literals of Snappy', 'SNAPPY', (bytes) => encodeSnappy([{ literal: bytes }])],
  ['literals of LZ4', 'LZ4_RAW', (bytes) => encodeLz4([{ literal: bytes }])],
  ['frames of LZ4', 'LZ4', (bytes) => hadoop(bytes.length, [encodeLz4([{ literal: bytes }])])],
  ['a bare block of LZ4', 'LZ4', (bytes) => encodeLz4([{ literal: bytes }])],
  ['Zstandard 1', 'ZSTD', (bytes) => compressZstd(bytes as Buffer, 1)],
  ['Zstandard 9', 'ZSTD', (bytes) => compressZstd(bytes as Buffer, 9)],
  ['Zstandard 19', 'ZSTD', (bytes) => compressZstd(bytes as Buffer, 19)],
];

function hadoop(length: number, blocks: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [uint32(length)];
  for (const block of blocks) parts.push(uint32(block.length), block);
  return Buffer.concat(parts);
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe.each(PACKERS)('%s', (_name, codec, pack) => {
  it('unpacks what was packed, of any length and kind', async () => {
    const random = seededRandom(11);
    const lengths = [...Array(100).keys(), 127, 128, 255, 256, 1000, 4095, 65_536, 200_001];
    for (const length of lengths) {
      const bytes = sampleBytes(random, length);
      expect(Buffer.compare(await unpack(codec, pack(bytes), length), bytes), `${length} bytes`).toBe(0);
    }
  });

  it('refuses a wrong length and every truncation', async () => {
    const random = seededRandom(12);
    const decompressor = await openCodec(codec);
    const isRefused = (source: Uint8Array, length: number) => {
      try {
        unpackGuarded(decompressor, source, length);
        return false;
      } catch (error) {
        if (error instanceof ExecutionError) return true;
        throw error;
      }
    };
    for (const length of [1, 5, 70, 250]) {
      const packed = pack(sampleBytes(random, length));
      const wrong = [0, length - 1, length + 1, 2 * length, 100_000].filter((wrong) => wrong !== length);
      expect(wrong.filter((wrong) => !isRefused(packed, wrong))).toEqual([]);
      const cuts = [...packed.keys()].filter((kept) => !isRefused(packed.slice(0, kept), length));
      expect(cuts, `${length} bytes`).toEqual([]);
    }
  });
});

describe.each([
  ['SNAPPY', encodeSnappy],
  ['LZ4_RAW', encodeLz4],
] as const)('%s', (codec, encode) => {
  it('copies every length from every offset, near the end and far from it', async () => {
    const seed = seededRandom(3).bytes(80);
    const behind = seededRandom(4).bytes(200);
    const decompressor = await openCodec(codec);
    for (let offset = 1; offset <= 70; offset++) {
      for (const tail of [0, 1, 15, 16, 40, 90, 200]) {
        const elements: Element[] = [{ literal: seed }];
        for (let length = 4; length <= 70; length += 1 + (offset % 3)) {
          elements.push({ offset, length }, { literal: seed.subarray(0, length % 5) });
        }
        elements.push({ offset, length: 64 }, { literal: behind.subarray(0, tail) });
        const expected = expand(elements);
        const unpacked = unpackGuarded(decompressor, encode(elements), expected.length);
        expect(Buffer.compare(unpacked, expected), `offset ${offset}, ${tail} behind`).toBe(0);
      }
    }
  });

  it('unpacks random elements', async () => {
    const random = seededRandom(5);
    const decompressor = await openCodec(codec);
    for (let i = 0; i < 200; i++) {
      const elements = randomElements(random, 1 + (i % 60));
      const expected = expand(elements);
      const unpacked = unpackGuarded(decompressor, encode(elements), expected.length);
      expect(Buffer.compare(unpacked, expected), `case ${i}`).toBe(0);
    }
  });
});

it('reads Hadoop frames of several chunks, and several frames', async () => {
  const [one, two] = [encodeLz4([{ literal: Buffer.from('abc') }]), encodeLz4([{ literal: Buffer.from('defg') }])];
  const frames = Buffer.concat([hadoop(7, [one, two]), hadoop(3, [one])]);
  expect(Buffer.from(await unpack('LZ4', frames, 10)).toString()).toBe('abcdefgabc');
  expect(await failure('LZ4', frames, 11)).toMatch(/^SQ3105 a page compressed with LZ4 is damaged: /);
});

const FRAME = (...rest: number[]) => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...rest);
/** A frame of one raw block, with its checksum. */
function checkedFrame(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(11);
  header.set(FRAME(0x84));
  header.writeUInt8(0x58, 5);
  const block = (bytes.length << 3) | 1;
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(Number(xxhash64(bytes) & 0xffffffffn));
  const blockHeader = Uint8Array.of(block & 255, (block >>> 8) & 255, block >>> 16);
  return Buffer.concat([header.subarray(0, 6), size, blockHeader, bytes, checksum]);
}

describe('frames of Zstandard', () => {
  it('takes raw and RLE blocks, skippable and several frames, and none', async () => {
    const raw = FRAME(0x20, 3, 0x19, 0, 0, 0x61, 0x62, 0x63);
    const rle = FRAME(0x00, 0x58, 0x23, 0, 0, 0x7a);
    const skippable = Uint8Array.of(0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);
    const frames = Buffer.concat([skippable, raw, rle, skippable]);
    expect(Buffer.from(await unpack('ZSTD', frames, 7)).toString()).toBe('abczzzz');
    expect(await unpack('ZSTD', new Uint8Array(), 0)).toEqual(new Uint8Array());
  });

  it('checks checksums, of the same kind as the library', async () => {
    const random = seededRandom(13);
    for (const length of [0, 1, 3, 4, 7, 8, 31, 32, 33, 63, 64, 100, 4000]) {
      const bytes = random.bytes(length);
      const packed = checkedFrame(bytes);
      expect(Buffer.compare(decompressZstd(packed), bytes), `${length} bytes`).toBe(0);
      expect(Buffer.compare(await unpack('ZSTD', packed, length), bytes), `${length} bytes`).toBe(0);
      packed[packed.length - 1] = (packed.at(-1) as number) ^ 1;
      expect(await failure('ZSTD', packed, length)).toBe(
        'SQ3105 a page compressed with Zstandard is damaged: it does not match its checksum',
      );
    }
  });
});

it.each<[Codec, Uint8Array, number, string]>([
  ['UNCOMPRESSED', Uint8Array.of(1, 2), 3, 'nothing is damaged: it does not unpack to 3 bytes'],
  ['GZIP', Uint8Array.of(1, 2, 3), 3, 'gzip is damaged: incorrect header check'],
  ['GZIP', gzipSync('abc'), 2, 'gzip is damaged: it does not unpack to 2 bytes'],
  ['GZIP', gzipSync('abc').subarray(0, -1), 3, 'gzip is damaged: unexpected end of file'],
  ['BROTLI', Uint8Array.of(255, 255), 3, 'Brotli is damaged: Decompression failed'],
  ['SNAPPY', new Uint8Array(), 0, 'Snappy is damaged: it ends early'],
  ['SNAPPY', Uint8Array.of(255, 255, 255, 255, 255, 1), 9, 'Snappy is damaged: it ends early'],
  ['SNAPPY', Uint8Array.of(2, 0, 65), 2, 'Snappy is damaged: it does not unpack to 2 bytes'],
  ['SNAPPY', Uint8Array.of(4, 12, 65), 4, 'Snappy is damaged: it ends early'],
  ['SNAPPY', Uint8Array.of(5, 0, 65, 1, 2), 5, 'Snappy is damaged: it copies from before its start'],
  ['SNAPPY', Uint8Array.of(5, 0, 65, 1, 0), 5, 'Snappy is damaged: it copies from before its start'],
  ['SNAPPY', Uint8Array.of(5, 252, 255, 255, 255, 255, 65), 5, 'Snappy is damaged: it ends early'],
  ['LZ4_RAW', Uint8Array.of(0x10, 65, 2, 0), 5, 'LZ4 is damaged: it copies from before its start'],
  ['LZ4_RAW', Uint8Array.of(0xf0, 255), 300, 'LZ4 is damaged: it ends early'],
  ['LZ4_RAW', Uint8Array.of(0xf0, 255), 200, 'LZ4 is damaged: it does not unpack to 200 bytes'],
  ['LZ4', Uint8Array.of(0, 0, 0, 9, 0, 0, 0, 1, 0), 9, 'LZ4 is damaged: it copies from before its start'],
  ['ZSTD', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), 9, 'Zstandard is damaged: it contradicts itself'],
  ['ZSTD', FRAME(0x21, 7, 5, 0x2b, 0, 0, 0x61), 5, 'Zstandard is damaged: it needs a dictionary'],
  ['ZSTD', FRAME(0x20, 5, 0x2b, 0), 5, 'Zstandard is damaged: it ends early'],
  ['ZSTD', FRAME(0x20, 4, 0x2b, 0, 0, 0x61), 5, 'Zstandard is damaged: it does not unpack to 5 bytes'],
])('%s of %j is not %i bytes', async (codec, source, length, why) => {
  expect(await failure(codec, source, length)).toBe(`SQ3105 a page compressed with ${why}`);
});

it('LZO is refused', async () => {
  const refused = await openCodec('LZO').catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(UnsupportedError);
  expect(refused).toMatchObject({ code: 'SQ2304', message: 'pages compressed with LZO are not read' });
});

it('says so when the memory has no room for the compressed bytes', async () => {
  const memory = new LinearMemory({ maxBytes: 65536 });
  const { pointer } = memory.allocateRun(10);
  const snappy = await openCodec('SNAPPY');
  const packed = new ByteRope([encodeSnappy([{ literal: new Uint8Array(10) }])]);
  expect(() => snappy.decompress(memory, packed, pointer, 10)).toThrow(
    'the task needs more memory than its budget of 65536 bytes',
  );
});

describe('at the ends of the memory', () => {
  type Decompress = (source: number, sourceEnd: number, target: number, targetEnd: number) => number;
  interface SnappyKernel {
    begin(state: number, ...page: Parameters<Decompress>): number;
    unpack(state: number, sourceEnd: number, last: boolean, until: number): number;
  }
  const lz4 = (memory: WebAssembly.Memory) => kernel<{ decompress: Decompress }>(memory, 'lz4').decompress;
  const snappy = (memory: WebAssembly.Memory): Decompress => {
    const { begin, unpack } = kernel<SnappyKernel>(memory, 'snappy');
    return (source, sourceEnd, target, targetEnd) =>
      begin(512, source, sourceEnd, target, targetEnd) || unpack(512, sourceEnd, true, targetEnd);
  };
  it.each([
    ['snappy', snappy, encodeSnappy],
    ['lz4', lz4, encodeLz4],
  ] as const)('%s reads and writes nothing behind them', (_name, of, encode) => {
    const random = seededRandom(6);
    const memory = new WebAssembly.Memory({ initial: 2 });
    const decompress = of(memory);
    const bytes = new Uint8Array(memory.buffer);
    for (let i = 0; i < 300; i++) {
      const elements = randomElements(random, 1 + (i % 20));
      const [source, expected] = [encode(elements), expand(elements)];
      for (const sourceLast of [true, false]) {
        const from = sourceLast ? bytes.length - source.length : 1024;
        const to = sourceLast ? 1024 : bytes.length - expected.length;
        bytes.set(source, from);
        expect(decompress(from, from + source.length, to, to + expected.length), `case ${i}`).toBe(0);
        expect(Buffer.compare(bytes.subarray(to, to + expected.length), expected), `case ${i}`).toBe(0);
      }
    }
  });
});
