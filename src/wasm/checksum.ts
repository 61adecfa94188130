import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../common/errors.ts';

interface Kernel {
  tableBytes(): number;
  init(tables: number): void;
  crc32c(tables: number, previous: number, data: number, length: number): number;
  crc64nvme(tables: number, previous: bigint, data: number, length: number): bigint;
}

interface Loaded {
  readonly kernel: Kernel;
  readonly memory: WebAssembly.Memory;
  readonly staging: number;
}

/** Bytes copied into linear memory at a time. */
const STAGING_BYTES = 256 * 1024;
const PAGE = 65_536;
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
  const module = new WebAssembly.Module(readFileSync(kernelPath('checksum')));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernel = new WebAssembly.Instance(module, { env: { memory, abort } }).exports as unknown as Kernel;
  const staging = Math.ceil((TABLES + kernel.tableBytes()) / 64) * 64;
  memory.grow(Math.ceil((staging + STAGING_BYTES) / PAGE) - 1);
  kernel.init(TABLES);
  loaded = { kernel, memory, staging };
  return loaded;
}

function abort(): never {
  throw new InternalError('the checksum kernel aborted');
}

/** `dist/kernels/NAME.wasm` of the package this file belongs to, compiled or not. */
function kernelPath(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new InternalError(`no package.json above ${import.meta.url}`);
    folder = parent;
  }
  return join(folder, 'dist', 'kernels', `${name}.wasm`);
}
