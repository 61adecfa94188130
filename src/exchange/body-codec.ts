import * as zlib from 'node:zlib';
import { assertNever, SquallError, UnsupportedError } from '../common/errors.ts';
import type { Compression } from '../operators/task.ts';
import { ByteRope } from '../parquet/byte-rope.ts';
import { zstd } from '../parquet/codec/zstd.ts';
import type { Arena } from '../wasm/arena.ts';
import { kernel } from '../wasm/kernels.ts';
import type { Stretch } from './batch-buffers.ts';
import { notArrow } from './ipc-read.ts';

/** Compresses the buffers of record batches as Arrow's BodyCompression has it: each for itself, behind its length. */
export interface BodyCodec {
  readonly compression: Compression;
  /** The buffer behind 8 bytes of its length, compressed; as it is, behind -1, where that does not make it smaller. Made in the arena. */
  compress(buffer: Stretch, arena: Arena): Stretch;
}

/** See kernels/lz4-frame.as.ts. */
interface Lz4FrameKernel {
  scratchBytes(): number;
  /** The end of the frame; 0 when it does not fit. */
  compress(source: number, sourceEnd: number, target: number, targetEnd: number, scratch: number): number;
  /** A status. */
  decompress(source: number, sourceEnd: number, target: number, targetEnd: number): number;
}

type Zstd = (data: Uint8Array, options: { readonly params: Readonly<Record<number, number>> }) => Uint8Array;

const PREFIX_BYTES = 8;
const NOT_COMPRESSED = -1n;
/** ZSTD_c_compressionLevel. */
const ZSTD_LEVEL = 100;
/** The kernel of Zstandard is asked for no more than a frame of such length can make: 128 KiB of 4 bytes. */
const MAX_RATIO = 32_768;

/** Null for none. Throws UnsupportedError SQ2306 for zstd where Node.js has none. */
export function bodyCodec(compression: Compression | undefined): BodyCodec | null {
  switch (compression) {
    case undefined:
      return null;
    case 'lz4':
      return { compression, compress: (buffer, arena) => prefixed(buffer, arena, lz4Frame) };
    case 'zstd': {
      const pack = zstdFrame(zstdOfNode());
      return { compression, compress: (buffer, arena) => prefixed(buffer, arena, pack) };
    }
    default:
      return assertNever(compression);
  }
}

/** Packs a buffer to `target`, where there is room for `bytes - 1`; returns how many bytes it took, 0 when that is not enough. */
type Pack = (buffer: Stretch, target: number, arena: Arena) => number;

function prefixed(buffer: Stretch, arena: Arena, pack: Pack): Stretch {
  const { pointer, bytes } = buffer;
  if (bytes === 0) return buffer;
  const out = arena.allocate(PREFIX_BYTES + bytes);
  const packed = pack(buffer, out + PREFIX_BYTES, arena);
  arena.view().setBigInt64(out, packed === 0 ? NOT_COMPRESSED : BigInt(bytes), true);
  if (packed > 0) return { pointer: out, bytes: PREFIX_BYTES + packed };
  arena.bytes(out + PREFIX_BYTES, bytes).set(arena.bytes(pointer, bytes));
  return { pointer: out, bytes: PREFIX_BYTES + bytes };
}

const lz4FrameKernel = (arena: Arena) => kernel<Lz4FrameKernel>(arena.memory, 'lz4-frame');

const lz4Frame: Pack = ({ pointer, bytes }, target, arena) => {
  const { scratchBytes, compress } = lz4FrameKernel(arena);
  const scratch = arena.allocate(scratchBytes());
  const end = compress(pointer, pointer + bytes, target, target + bytes - 1, scratch) >>> 0;
  return end === 0 ? 0 : end - target;
};

function zstdFrame(compress: Zstd): Pack {
  return ({ pointer, bytes }, target, arena) => {
    const packed = compress(arena.bytes(pointer, bytes), { params: { [ZSTD_LEVEL]: 1 } });
    if (packed.length >= bytes) return 0;
    arena.bytes(target, packed.length).set(packed);
    return packed.length;
  };
}

function zstdOfNode(): Zstd {
  const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: Zstd };
  if (zstdCompressSync) return zstdCompressSync;
  throw new UnsupportedError('SQ2306', `Node.js ${process.versions.node} cannot compress with zstd`, {
    hint: 'use Node.js 22.15 or newer, or lz4',
  });
}

/** Unpacks a buffer with its prefix, which lies in the arena. Throws ExecutionError SQ3008 for a damaged one. */
export function decompressBuffer(compression: Compression, { pointer, bytes }: Stretch, arena: Arena): Stretch {
  if (bytes === 0) return { pointer, bytes };
  if (bytes < PREFIX_BYTES) throw damaged(compression);
  const length = arena.view().getBigInt64(pointer, true);
  const packed = { pointer: pointer + PREFIX_BYTES, bytes: bytes - PREFIX_BYTES };
  if (length === NOT_COMPRESSED) return packed;
  if (length < 0n || length > packed.bytes * MAX_RATIO) throw damaged(compression);
  const unpacked = { pointer: arena.allocate(Number(length)), bytes: Number(length) };
  unpack(compression, packed, unpacked, arena);
  return unpacked;
}

function unpack(compression: Compression, packed: Stretch, target: Stretch, arena: Arena): void {
  switch (compression) {
    case 'lz4': {
      const [from, to] = [packed.pointer, target.pointer];
      const status = lz4FrameKernel(arena).decompress(from, from + packed.bytes, to, to + target.bytes);
      if (status !== 0) throw damaged(compression);
      return;
    }
    case 'zstd':
      unpackZstd(packed, target, arena);
      return;
    default:
      assertNever(compression);
  }
}

function unpackZstd(packed: Stretch, target: Stretch, arena: Arena): void {
  const bytes = arena.bytes(packed.pointer, packed.bytes).slice();
  try {
    zstd.decompress(arena.linear, new ByteRope([bytes]), target.pointer, target.bytes);
  } catch (error) {
    if (error instanceof SquallError && error.code === 'SQ3105') throw damaged('zstd', error);
    throw error;
  }
}

const damaged = (compression: Compression, cause?: unknown) =>
  notArrow(`a buffer compressed with ${compression} is damaged`, cause);
