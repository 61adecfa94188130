import { kernel } from './kernels.ts';
import { PAGE_BYTES } from './linear-memory.ts';

interface ChecksumKernel {
  tableBytes(): number;
  init(tables: number): void;
  crc32c(tables: number, previous: number, data: number, length: number): number;
  crc64nvme(tables: number, previous: bigint, data: number, length: number): bigint;
}

interface Loaded {
  readonly kernel: ChecksumKernel;
  readonly memory: WebAssembly.Memory;
  readonly staging: number;
}

/** Bytes copied into linear memory at a time. */
const STAGING_BYTES = 256 * 1024;
/** Left free at the start of the memory: address 0 stays unused. */
const TABLES = 1024;

let loaded: Loaded | undefined;

/** The CRC-32C of `data`, or of what `previous` was computed over followed by `data`. */
export function crc32c(data: Uint8Array, previous = 0): number {
  const { kernel, staging } = load();
  let crc = previous;
  for (const length of stage(data)) crc = kernel.crc32c(TABLES, crc, staging, length);
  return crc >>> 0;
}

/** The CRC-64/NVME of `data`, or of what `previous` was computed over followed by `data`. */
export function crc64nvme(data: Uint8Array, previous = 0n): bigint {
  const { kernel, staging } = load();
  let crc = previous;
  for (const length of stage(data)) crc = kernel.crc64nvme(TABLES, crc, staging, length);
  return BigInt.asUintN(64, crc);
}

/** Copies `data` piece by piece to the staging area and yields the length of each piece. */
function* stage(data: Uint8Array): Generator<number> {
  const { memory, staging } = load();
  const target = new Uint8Array(memory.buffer, staging, STAGING_BYTES);
  for (let at = 0; at < data.length; at += STAGING_BYTES) {
    const piece = data.subarray(at, at + STAGING_BYTES);
    target.set(piece);
    yield piece.length;
  }
}

function load(): Loaded {
  if (loaded) return loaded;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const checksum = kernel<ChecksumKernel>(memory, 'checksum');
  const staging = Math.ceil((TABLES + checksum.tableBytes()) / 64) * 64;
  memory.grow(Math.ceil((staging + STAGING_BYTES) / PAGE_BYTES) - 1);
  checksum.init(TABLES);
  loaded = { kernel: checksum, memory, staging };
  return loaded;
}
