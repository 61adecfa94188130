import { Arena } from '../../wasm/arena.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** Where the decoders of a row group put what they make; pages are given back with the last morsel that shows something of them. */
export class DecodeMemory {
  readonly linear: LinearMemory;
  /** What lives as long as the row group: dictionaries, states of streams. */
  readonly chunk: Arena;
  /** What lives as long as a morsel. */
  readonly morsel: Arena;
  readonly #pages = new Set<PageRun>();
  #retired: PageRun[] = [];
  #scratch: Pointer = 0;
  #scratchBytes = 0;

  constructor(linear: LinearMemory) {
    this.linear = linear;
    this.chunk = new Arena({ memory: linear });
    this.morsel = new Arena({ memory: linear });
  }

  /** Bytes of a data page that outlives the morsel it is opened for. */
  page(bytes: number): PageRun {
    const run = this.linear.allocateRun(bytes);
    this.#pages.add(run);
    return run;
  }

  /** No later morsel shows anything of the page. */
  retire(page: PageRun): void {
    if (this.#pages.delete(page)) this.#retired.push(page);
  }

  /** So many bytes, aligned to 16, for whoever needs them until anybody asks again. */
  scratch(bytes: number): Pointer {
    if (bytes > this.#scratchBytes) {
      this.#scratch = this.chunk.allocate(bytes);
      this.#scratchBytes = bytes;
    }
    return this.#scratch;
  }

  /** Gives back what only the last morsel needed. */
  nextMorsel(): void {
    this.morsel.reset();
    if (this.#retired.length === 0) return;
    for (const run of this.#retired) this.linear.freeRun(run);
    this.#retired = [];
  }

  /** Gives everything back. */
  close(): void {
    this.nextMorsel();
    this.chunk.reset();
    this.#scratchBytes = 0;
    for (const run of this.#pages) this.linear.freeRun(run);
    this.#pages.clear();
  }
}
