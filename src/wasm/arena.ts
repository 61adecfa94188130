import { InternalError, ResourceError } from '../common/errors.ts';
import type { Pointer } from './vector.ts';

const PAGE = 65536;
/** What a 32-bit memory can hold: 65,536 pages, less the last one so that every end address fits 32 bits. */
const MAX_BYTES = 65535 * PAGE;
/** Nothing is ever allocated below: address 0 means "no validity bitmap". */
const BASE = 64;

export interface ArenaOptions {
  /** Budget in bytes; default and upper bound are what a 32-bit memory can hold. */
  readonly maxBytes?: number;
}

/**
 * The linear memory of a worker thread with a bump allocator over it. Memory is taken in order and given back in bulk, by
 * `release` to an earlier `mark` or by `reset`. Allocated bytes hold whatever was there before.
 */
export class Arena {
  readonly memory: WebAssembly.Memory;
  readonly maxBytes: number;
  #top = BASE;
  #peak = BASE;
  #view: DataView;

  constructor(options: ArenaOptions = {}) {
    this.maxBytes = Math.min(options.maxBytes ?? MAX_BYTES, MAX_BYTES);
    this.memory = new WebAssembly.Memory({ initial: 1 });
    this.#view = new DataView(this.memory.buffer);
  }

  /** Bytes in use. */
  get used(): number {
    return this.#top - BASE;
  }

  /** Most bytes ever in use. */
  get peak(): number {
    return this.#peak - BASE;
  }

  /**
   * Address of `bytes` fresh bytes, a multiple of `align` (a power of two). May grow the memory, which detaches every view
   * taken before. Throws ResourceError SQ4001 when the budget is exceeded.
   */
  allocate(bytes: number, align = 16): Pointer {
    if (!(bytes >= 0)) throw new InternalError(`${bytes} bytes cannot be allocated`);
    const pointer = Math.ceil(this.#top / align) * align;
    const end = pointer + bytes;
    if (end - BASE > this.maxBytes || end > MAX_BYTES) {
      throw outOfMemory(
        `the task needs more memory than its budget of ${mebibytes(this.maxBytes)}`,
        this.used,
        bytes,
        this.maxBytes,
      );
    }
    if (end > this.view().byteLength) this.#grow(end, bytes);
    this.#top = end;
    if (end > this.#peak) this.#peak = end;
    return pointer;
  }

  /** The present top, for `release`. */
  mark(): number {
    return this.#top;
  }

  /** Gives back everything allocated since the mark. */
  release(mark: number): void {
    this.#top = mark;
  }

  /** Gives everything back. */
  reset(): void {
    this.#top = BASE;
  }

  /** The bytes at an address; valid until the next `allocate`. */
  bytes(pointer: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  /** The whole memory; valid until the next `allocate`, and cheap enough to ask for again at every use. */
  view(): DataView {
    if (this.#view.buffer !== this.memory.buffer) this.#view = new DataView(this.memory.buffer);
    return this.#view;
  }

  #grow(end: number, bytes: number): void {
    const current = this.memory.buffer.byteLength;
    const target = Math.min(Math.max(end, current * 1.5), MAX_BYTES);
    const needed = Math.ceil((end - current) / PAGE);
    if (needed > 0 && !this.#tryGrow(Math.ceil((target - current) / PAGE)) && !this.#tryGrow(needed)) {
      throw outOfMemory(
        `the system gave the task no more than ${mebibytes(current)} of memory`,
        this.used,
        bytes,
        current,
      );
    }
    this.#view = new DataView(this.memory.buffer);
  }

  #tryGrow(pages: number): boolean {
    try {
      this.memory.grow(pages);
      return true;
    } catch (error) {
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
}

const mebibytes = (bytes: number) =>
  bytes < 1048576 ? `${bytes} bytes` : `${(bytes / 1048576).toFixed(1).replace(/\.0$/, '')} MiB`;

const outOfMemory = (message: string, used: number, requested: number, limit: number) =>
  new ResourceError('SQ4001', message, {
    hint: 'give the functions more memory, or split the work over more tasks',
    details: { used, requested, limit },
  });
