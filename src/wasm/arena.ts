import { InternalError } from '../common/errors.ts';
import { LinearMemory, outOfBudget, PAGE_BYTES, type PageRun } from './linear-memory.ts';
import type { Pointer } from './vector.ts';

/** A run is at least as large as everything before it up to this, so that an arena has few of them. */
const MAX_GENEROUS_RUN = 4 * 1024 * 1024;

export interface ArenaOptions {
  /** The memory to take from; default one of the arena's own. */
  readonly memory?: LinearMemory;
  /** Budget of this arena in bytes; default what the memory has. */
  readonly maxBytes?: number;
}

/** What an arena held at some moment, for `release`. */
export interface ArenaMark {
  readonly runs: number;
  readonly top: Pointer;
  readonly used: number;
}

/**
 * A bump allocator over page runs of a linear memory. Memory is taken in order and given back in bulk: by `release` to an
 * earlier `mark`, or by `reset`. Allocated bytes hold whatever was there before. Several arenas share one memory: what
 * lives as long as a query, as an operator and as a morsel is in an arena each.
 */
export class Arena {
  readonly linear: LinearMemory;
  readonly maxBytes: number;
  readonly #runs: PageRun[] = [];
  #top = 0;
  #end = 0;
  #used = 0;
  #peak = 0;

  constructor(options: ArenaOptions = {}) {
    this.linear = options.memory ?? new LinearMemory();
    this.maxBytes = Math.min(options.maxBytes ?? this.linear.maxBytes, this.linear.maxBytes);
  }

  get memory(): WebAssembly.Memory {
    return this.linear.memory;
  }

  /** Bytes in use, what alignment and the ends of runs waste included. */
  get used(): number {
    return this.#used;
  }

  /** Most bytes ever in use. */
  get peak(): number {
    return this.#peak;
  }

  /**
   * Address of `bytes` fresh bytes, a multiple of `align` (a power of two). May grow the memory, which detaches every view
   * taken before. Throws ResourceError SQ4001 when the budget is exceeded.
   */
  allocate(bytes: number, align = 16): Pointer {
    if (!(bytes >= 0)) throw new InternalError(`${bytes} bytes cannot be allocated`);
    let pointer = Math.ceil(this.#top / align) * align;
    if (pointer + bytes > this.#end || this.#runs.length === 0) {
      this.#checkBudget(bytes);
      this.#takeRun(bytes);
      pointer = this.#top;
    }
    const end = pointer + bytes;
    this.#checkBudget(end - this.#top);
    this.#used += end - this.#top;
    this.#top = end;
    if (this.#used > this.#peak) this.#peak = this.#used;
    return pointer;
  }

  mark(): ArenaMark {
    return { runs: this.#runs.length, top: this.#top, used: this.#used };
  }

  /** Gives back everything allocated since the mark. */
  release({ runs, top, used }: ArenaMark): void {
    if (runs > this.#runs.length || used > this.#used) throw new InternalError('the mark of an arena is out of date');
    while (this.#runs.length > runs) this.linear.freeRun(this.#runs.pop() as PageRun);
    const last = this.#runs.at(-1);
    if (this.linear.poison && last) this.bytes(top, last.pointer + last.bytes - top).fill(0xa5);
    this.#top = top;
    this.#end = last ? last.pointer + last.bytes : 0;
    this.#used = used;
  }

  /** Gives everything back; the arena can be used again. */
  reset(): void {
    this.release({ runs: 0, top: 0, used: 0 });
  }

  /** The bytes at an address; valid until the next allocation in the memory. */
  bytes(pointer: Pointer, length: number): Uint8Array {
    return this.linear.bytes(pointer, length);
  }

  /** The whole memory; valid until the next allocation in it, and cheap enough to ask for again at every use. */
  view(): DataView {
    return this.linear.view();
  }

  #checkBudget(bytes: number): void {
    if (this.#used + bytes > this.maxBytes) throw outOfBudget(this.#used, bytes, this.maxBytes);
  }

  #takeRun(bytes: number): void {
    const generous = Math.min(this.#used, MAX_GENEROUS_RUN);
    const wanted = bytes < generous && generous + PAGE_BYTES <= this.linear.available ? generous : bytes;
    const run = this.linear.allocateRun(wanted);
    this.#runs.push(run);
    this.#top = run.pointer;
    this.#end = run.pointer + run.bytes;
  }
}
