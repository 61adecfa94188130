import { Arena } from '../../wasm/arena.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';

export interface PageBuffer {
  readonly pointer: Pointer;
  /** No later morsel shows anything of the page. */
  release(): void;
}

/** Where the decoders of a row group put what they make; pages are given back with the last morsel that shows something of them. */
export class DecodeMemory {
  readonly linear: LinearMemory;
  /** What lives as long as the row group: dictionaries, states of streams. */
  readonly chunk: Arena;
  /** What lives as long as a morsel. */
  readonly morsel: Arena;
  readonly #pages = new Set<PageRun>();
  #retired: PageRun[] = [];

  constructor(linear: LinearMemory) {
    this.linear = linear;
    this.chunk = new Arena({ memory: linear });
    this.morsel = new Arena({ memory: linear });
  }

  /** Bytes of a data page that outlives the morsel it is opened for. */
  page(bytes: number): PageBuffer {
    const run = this.linear.allocateRun(bytes);
    this.#pages.add(run);
    return {
      pointer: run.pointer,
      release: () => {
        if (this.#pages.delete(run)) this.#retired.push(run);
      },
    };
  }

  /** Gives back what only the last morsel needed. */
  nextMorsel(): void {
    this.morsel.reset();
    for (const run of this.#retired) this.linear.freeRun(run);
    this.#retired = [];
  }

  /** Gives everything back. */
  close(): void {
    this.nextMorsel();
    this.chunk.reset();
    for (const run of this.#pages) this.linear.freeRun(run);
    this.#pages.clear();
  }
}
