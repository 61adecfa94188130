import { compress as zstdCompress, decompress as zstdDecompress } from '@bokuweb/zstd-wasm';
import * as arrow from 'apache-arrow';
import { compressors } from 'hyparquet-compressors';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../common/clock.ts';
import { type Field, INTEGER, VARCHAR, type Value } from '../common/types.ts';
import { loadZstdLibrary } from '../parquet/codec/fixtures/zstd-library.ts';
import { Arena } from '../wasm/arena.ts';
import { buildVector } from '../wasm/build-vector.ts';
import { LinearMemory } from '../wasm/linear-memory.ts';
import { ArrowEncoder } from './arrow-encode.ts';
import { arrowBatches } from './arrow-read.ts';
import { type BodyCodec, bodyCodec, decompressBuffer } from './body-codec.ts';
import { build, FIELDS, randomColumns, read } from './fixtures/every-type.ts';

const lz4 = bodyCodec('lz4')!;

/** A buffer compressed and its length prefix taken off; null: it was left as it is. */
function frameOf(data: Uint8Array): Uint8Array | null {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const pointer = arena.allocate(data.length);
  arena.bytes(pointer, data.length).set(data);
  const { pointer: at, bytes } = lz4.compress({ pointer, bytes: data.length }, arena);
  const out = arena.bytes(at, bytes).slice();
  expect(Buffer.compare(arena.bytes(pointer, data.length), data)).toBe(0);
  const unpacked = decompressBuffer('lz4', { pointer: at, bytes }, arena);
  expect(unpacked.bytes).toBe(data.length);
  expect(Buffer.compare(arena.bytes(unpacked.pointer, data.length), data)).toBe(0);
  arena.reset();
  if (data.length === 0) return null;
  const prefix = new DataView(out.buffer).getBigInt64(0, true);
  if (prefix === -1n) {
    expect(Buffer.compare(out.subarray(8), data)).toBe(0);
    return null;
  }
  expect(prefix).toBe(BigInt(data.length));
  expect(out.length).toBeLessThan(data.length + 8);
  return out.subarray(8);
}

/** Reads a frame as lz4_Frame_format.md has it, each block by two decoders that are not ours. */
function unframe(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  expect([...frame.subarray(0, 7)]).toEqual([0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73]);
  const blocks: Uint8Array[] = [];
  let at = 7;
  for (;;) {
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) break;
    const length = head & 0x7fffffff;
    const data = frame.subarray(at, at + length);
    at += length;
    if (head >>> 31 === 1) blocks.push(data);
    else {
      const block = strictBlock(data);
      expect(Buffer.compare(compressors.LZ4_RAW!(data, block.length), block)).toBe(0);
      blocks.push(block);
    }
  }
  expect(at).toBe(frame.length);
  return new Uint8Array(Buffer.concat(blocks));
}

/** A block as lz4_Block_format.md has it, what it says of the ends of blocks included. */
function strictBlock(data: Uint8Array): Uint8Array {
  const out: number[] = [];
  let at = 0;
  let lastMatch = -1;
  const more = (nibble: number) => {
    let length = nibble;
    if (nibble === 15) {
      let byte: number;
      do {
        byte = data[at++]!;
        length += byte;
      } while (byte === 255);
    }
    return length;
  };
  for (;;) {
    const token = data[at++]!;
    const literals = more(token >>> 4);
    for (let i = 0; i < literals; i++) out.push(data[at++]!);
    if (at === data.length) {
      if (lastMatch >= 0) {
        expect(literals).toBeGreaterThanOrEqual(5);
        expect(out.length - lastMatch).toBeGreaterThanOrEqual(12);
      }
      return Uint8Array.from(out);
    }
    const offset = data[at]! | (data[at + 1]! << 8);
    at += 2;
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThanOrEqual(out.length);
    lastMatch = out.length;
    const length = more(token & 15) + 4;
    for (let i = 0; i < length; i++) out.push(out[out.length - offset]!);
  }
}

describe('LZ4 frames', () => {
  const random = seededRandom(20261121);
  const below = (n: number) => Math.floor(random.next() * n);

  /** Bytes with repetitions near and far. */
  function sample(length: number, alphabet: number): Uint8Array {
    const data = new Uint8Array(length);
    for (let i = 0; i < length; ) {
      if (i > 4 && random.next() < 0.3) {
        const from = below(i);
        for (let n = below(40); n > 0 && i < length; n--, i++) data[i] = data[from + ((i - from) % (i - from || 1))]!;
        if (i < length) data[i++] = below(alphabet);
      } else data[i++] = below(alphabet);
    }
    return data;
  }

  it('of every length up to 300 are read by other decoders', () => {
    let packed = 0;
    for (let length = 0; length <= 300; length++) {
      for (const alphabet of [1, 2, 5, 256]) {
        const data = sample(length, alphabet);
        const frame = frameOf(data);
        if (frame === null) continue;
        packed++;
        expect(Buffer.compare(unframe(frame), data)).toBe(0);
      }
    }
    expect(packed).toBeGreaterThan(600);
  });

  it('of longer buffers are read by other decoders', () => {
    for (const length of [4095, 4096, 4097, 65_535, 65_550, 70_000, 140_001]) {
      for (const alphabet of [1, 3, 30]) {
        const data = sample(length, alphabet);
        expect(Buffer.compare(unframe(frameOf(data)!), data)).toBe(0);
      }
    }
    const far = new Uint8Array(200_000);
    for (let i = 0; i < 1000; i++) far[i] = far[i + 65_535] = far[i + 2 * 65_536 + 1] = below(256);
    expect(Buffer.compare(unframe(frameOf(far)!), far)).toBe(0);
  });

  it('of more than one block are read by other decoders, incompressible ones among them', () => {
    const data = new Uint8Array(9 * 1024 * 1024);
    for (let i = 4 * 1024 * 1024; i < 8 * 1024 * 1024; i += 4) new DataView(data.buffer).setUint32(i, below(2 ** 32));
    const frame = frameOf(data)!;
    expect(Buffer.compare(unframe(frame), data)).toBe(0);
    expect(frame.length).toBeLessThan(4.3 * 1024 * 1024);
  });

  it('that are damaged are a named error, or the bytes of a frame that could be', () => {
    const data = sample(5000, 20);
    const frame = frameOf(data)!;
    const outcomes = { error: 0, read: 0 };
    for (let round = 0; round < 2000; round++) {
      const bytes = new Uint8Array(frame.length + 8);
      new DataView(bytes.buffer).setBigInt64(0, BigInt(data.length), true);
      bytes.set(frame, 8);
      const length = round % 4 === 0 ? 8 + below(frame.length) : bytes.length;
      if (round % 4 !== 0) bytes[8 + below(frame.length)] = below(256);
      outcomes[unpacked('lz4', bytes.subarray(0, length))]++;
    }
    expect(outcomes.error).toBeGreaterThan(600);
  });
});

function unpacked(compression: 'lz4' | 'zstd', bytes: Uint8Array): 'error' | 'read' {
  const memory = new LinearMemory({ poison: true });
  const arena = new Arena({ memory });
  const pointer = arena.allocate(bytes.length);
  arena.bytes(pointer, bytes.length).set(bytes);
  try {
    decompressBuffer(compression, { pointer, bytes: bytes.length }, arena);
    return 'read';
  } catch (error) {
    expect(error).toMatchObject({
      code: 'SQ3008',
      message: `the bytes are not an Arrow IPC stream: a buffer compressed with ${compression} is damaged`,
    });
    return 'error';
  } finally {
    arena.reset();
  }
}

describe('compressed streams', () => {
  beforeAll(async () => {
    await loadZstdLibrary();
    arrow.compressionRegistry.set(arrow.CompressionType.LZ4_FRAME, { decode: unframe });
    arrow.compressionRegistry.set(arrow.CompressionType.ZSTD, { decode: zstdDecompress });
  });

  const columnsOf = (bytes: Uint8Array, fields: readonly Field[]): Value[][][] => {
    const memory = new LinearMemory({ poison: true });
    const arena = new Arena({ memory });
    const columns: Value[][][] = [];
    for (const batch of arrowBatches(bytes, fields, arena, 'somebody')) columns.push(read(arena, batch));
    expect(memory.used).toBe(0);
    return columns;
  };

  it('come back with every type, and are smaller', () => {
    const arena = new Arena();
    const columns = randomColumns(2000, true);
    const stream = (codec: typeof lz4 | null) => {
      const encoder = new ArrowEncoder(arena, FIELDS, codec);
      encoder.add(build(arena, columns));
      return encoder.finish();
    };
    const bytes = stream(lz4);
    expect(bytes.length).toBeLessThan(stream(null).length * 0.7);
    expect(columnsOf(bytes, FIELDS)).toEqual([columns]);
  });

  const fields: Field[] = [
    { name: 'n', type: INTEGER, nullable: true },
    { name: 's', type: VARCHAR, nullable: true },
  ];
  const numbers = Array.from({ length: 500 }, (_, i) => (i % 7 === 0 ? null : i % 11));
  const texts = numbers.map((n) => (n === null ? null : `text ${n % 3}`));

  it('of ours are read by another reader', () => {
    const arena = new Arena();
    const encoder = new ArrowEncoder(arena, fields, lz4);
    const columns = [buildVector(arena, INTEGER, numbers), buildVector(arena, VARCHAR, texts)];
    encoder.add({ schema: fields, length: 500, columns });
    const table = arrow.tableFromIPC(encoder.finish());
    expect([...table.getChild('n')!]).toEqual(numbers);
    expect([...table.getChild('s')!]).toEqual(texts);
  });

  it('with zstd are read, by another reader too', () => {
    const zstd: BodyCodec = {
      compression: 'zstd',
      compress(buffer, arena) {
        if (buffer.bytes === 0) return buffer;
        const packed = zstdCompress(arena.bytes(buffer.pointer, buffer.bytes).slice(), 1);
        const pointer = arena.allocate(8 + packed.length);
        arena.view().setBigInt64(pointer, BigInt(buffer.bytes), true);
        arena.bytes(pointer + 8, packed.length).set(packed);
        return { pointer, bytes: 8 + packed.length };
      },
    };
    const arena = new Arena();
    const encoder = new ArrowEncoder(arena, fields, zstd);
    const columns = [buildVector(arena, INTEGER, numbers), buildVector(arena, VARCHAR, texts)];
    encoder.add({ schema: fields, length: 500, columns });
    const bytes = encoder.finish();
    expect(columnsOf(bytes, fields)).toEqual([[numbers, texts]]);
    expect([...arrow.tableFromIPC(bytes).getChild('s')!]).toEqual(texts);
    const packed = zstdCompress(new Uint8Array(3000).fill(7), 3);
    const buffer = new Uint8Array(packed.length + 8);
    new DataView(buffer.buffer).setBigInt64(0, 3000n, true);
    buffer.set(packed, 8);
    expect(unpacked('zstd', buffer)).toBe('read');
    expect(unpacked('zstd', buffer.subarray(0, buffer.length - 3))).toBe('error');
  });

  it('with zstd are written where Node.js can, and a named error where it cannot', () => {
    if (
      typeof (process.getBuiltinModule('node:zlib') as { zstdCompressSync?: unknown }).zstdCompressSync === 'function'
    ) {
      const arena = new Arena();
      const encoder = new ArrowEncoder(arena, fields, bodyCodec('zstd'));
      const columns = [buildVector(arena, INTEGER, numbers), buildVector(arena, VARCHAR, texts)];
      encoder.add({ schema: fields, length: 500, columns });
      expect(columnsOf(encoder.finish(), fields)).toEqual([[numbers, texts]]);
      return;
    }
    expect(() => bodyCodec('zstd')).toThrow(
      expect.objectContaining({
        code: 'SQ2306',
        message: `Node.js ${process.versions.node} cannot compress with zstd`,
        hint: 'use Node.js 22.15 or newer, or lz4',
      }),
    );
  });
});
