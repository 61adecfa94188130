import { InternalError, ResourceError } from '../common/errors.ts';
import type { Pointer } from './vector.ts';

export const PAGE_BYTES = 65536;
/** What a 32-bit memory can hold: 65,536 pages, less the last one so that every end address fits 32 bits. */
const MAX_PAGES = 65535;
/** Page 0 is never handed out: address 0 means "no validity bitmap". */
const FIRST_PAGE = 1;
const UNTOUCHED = new Uint8Array(PAGE_BYTES);

/** Neighbouring pages that belong to one owner. */
export interface PageRun {
  readonly pointer: Pointer;
  /** A multiple of PAGE_BYTES. */
  readonly bytes: number;
}

export interface LinearMemoryOptions {
  /** Budget in bytes; default and upper bound are what a 32-bit memory can hold. */
  readonly maxBytes?: number;
  /** Overwrites what is given back, so that a test sees what is read after its release, and looks for writes to page 0. */
  readonly poison?: boolean;
  /** Used already, but by nobody any more; default: a new one. */
  readonly memory?: WebAssembly.Memory;
}

/**
 * The memory of a worker thread, which every kernel and every generated module imports, with a first-fit allocator of page
 * runs over it. Arenas take their runs here; a structure that grows by copying (a hash table) takes runs itself.
 */
export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  readonly maxBytes: number;
  readonly poison: boolean;
  /** Free runs of pages by first page, none adjacent to another. */
  readonly #free: { first: number; end: number }[] = [];
  #end = FIRST_PAGE;
  #usedPages = 0;
  #peakPages = 0;
  #view: DataView;

  constructor(options: LinearMemoryOptions = {}) {
    this.maxBytes = Math.min(options.maxBytes ?? Number.POSITIVE_INFINITY, MAX_PAGES * PAGE_BYTES);
    this.poison = options.poison ?? false;
    this.memory = options.memory ?? new WebAssembly.Memory({ initial: FIRST_PAGE });
    this.#view = new DataView(this.memory.buffer);
  }

  /** Bytes of all runs handed out. */
  get used(): number {
    return this.#usedPages * PAGE_BYTES;
  }

  /** Most bytes ever handed out at once. */
  get peak(): number {
    return this.#peakPages * PAGE_BYTES;
  }

  /** Bytes that the budget still allows. */
  get available(): number {
    return this.maxBytes - this.used;
  }

  /**
   * At least `bytes` neighbouring bytes; they hold whatever was there before. May grow the memory, which detaches every view
   * taken before. Throws ResourceError SQ4001 when the budget or the address space is exceeded.
   */
  allocateRun(bytes: number): PageRun {
    if (!(bytes >= 0)) throw new InternalError(`${bytes} bytes cannot be allocated`);
    const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
    if (this.used + pages * PAGE_BYTES > this.maxBytes) throw outOfBudget(this.used, bytes, this.maxBytes);
    const pointer = (this.#takeFree(pages) ?? this.#takeEnd(pages, bytes)) * PAGE_BYTES;
    this.#usedPages += pages;
    this.#peakPages = Math.max(this.#peakPages, this.#usedPages);
    return { pointer, bytes: pages * PAGE_BYTES };
  }

  /** Gives a run back; it must be one that `allocateRun` returned, once. */
  freeRun({ pointer, bytes }: PageRun): void {
    if (this.poison) this.#poison(pointer, bytes);
    const first = pointer / PAGE_BYTES;
    const end = first + bytes / PAGE_BYTES;
    this.#usedPages -= end - first;
    const at = this.#firstFreeAfter(first);
    const before = this.#free[at - 1];
    const after = this.#free[at];
    if ((before && before.end > first) || (after && after.first < end)) {
      throw new InternalError(`the run at ${pointer} was given back twice`);
    }
    const joinsBefore = before?.end === first;
    const joinsAfter = after?.first === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.#free.splice(at, 1);
    } else if (joinsBefore) before.end = end;
    else if (joinsAfter) after.first = first;
    else this.#free.splice(at, 0, { first, end });
  }

  /** The bytes at an address; valid until the next allocation. */
  bytes(pointer: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, pointer, length);
  }

  /** The whole memory; valid until the next allocation, and cheap enough to ask for again at every use. */
  view(): DataView {
    if (this.#view.buffer !== this.memory.buffer) this.#view = new DataView(this.memory.buffer);
    return this.#view;
  }

  #poison(pointer: Pointer, bytes: number): void {
    this.bytes(pointer, bytes).fill(0xa5);
    const written = Buffer.compare(this.bytes(0, PAGE_BYTES), UNTOUCHED) !== 0;
    if (written) throw new InternalError('something was written to page 0');
  }

  #firstFreeAfter(page: number): number {
    let low = 0;
    let high = this.#free.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#free[middle] as { first: number }).first < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #takeFree(pages: number): number | null {
    const at = this.#free.findIndex(({ first, end }) => end - first >= pages);
    const run = this.#free[at];
    if (!run) return null;
    const { first } = run;
    run.first += pages;
    if (run.first === run.end) this.#free.splice(at, 1);
    return first;
  }

  /** Pages at the end, together with the free ones that are last. */
  #takeEnd(pages: number, bytes: number): number {
    const last = this.#free.at(-1);
    const first = last?.end === this.#end ? last.first : this.#end;
    this.#growTo(first + pages, bytes);
    if (first < this.#end) this.#free.pop();
    this.#end = first + pages;
    return first;
  }

  #growTo(end: number, bytes: number): void {
    const current = this.memory.buffer.byteLength / PAGE_BYTES;
    if (end <= current) return;
    if (end > MAX_PAGES) throw outOfBudget(this.used, bytes, this.maxBytes);
    const generous = Math.min(Math.max(end, Math.ceil(current * 1.25)), MAX_PAGES);
    if (!this.#tryGrow(generous - current) && !this.#tryGrow(end - current)) {
      throw new ResourceError(
        'SQ4001',
        `the system gave the task no more than ${mebibytes(current * PAGE_BYTES)} of memory`,
        { hint: HINT, details: { used: this.used, requested: bytes, limit: current * PAGE_BYTES } },
      );
    }
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

const HINT = 'give the functions more memory, or split the work over more tasks';

function mebibytes(bytes: number): string {
  if (bytes < 1048576) return `${bytes} bytes`;
  return `${(bytes / 1048576).toFixed(1).replace(/\.0$/, '')} MiB`;
}

/** The error of a task that needs more memory than it was given. All in bytes. */
export const outOfBudget = (used: number, requested: number, limit: number) =>
  new ResourceError('SQ4001', `the task needs more memory than its budget of ${mebibytes(limit)}`, {
    hint: HINT,
    details: { used, requested, limit },
  });
