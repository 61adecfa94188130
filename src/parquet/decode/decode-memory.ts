import { Arena } from '../../wasm/arena.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** Where a decoder puts what it makes. */
export interface DecodeMemory {
  readonly linear: LinearMemory;
  /** What lives as long as the row group: dictionaries, states of streams. */
  readonly chunk: Arena;
  /** What lives as long as a morsel. */
  readonly morsel: Arena;
  /** Bytes of a data page that outlives the morsel it is opened for. */
  page(bytes: number): PageBuffer;
}

export interface PageBuffer {
  readonly pointer: Pointer;
  /** No later morsel shows anything of the page. */
  release(): void;
}

/** Memory of a reader that goes morsel by morsel: pages are given back with the last morsel that shows something of them. */
export class MorselMemory implements DecodeMemory {
  readonly linear: LinearMemory;
  readonly chunk: Arena;
  readonly morsel: Arena;
  readonly #pages = new Set<PageRun>();
  #retired: PageRun[] = [];

  constructor(linear: LinearMemory) {
    this.linear = linear;
    this.chunk = new Arena({ memory: linear });
    this.morsel = new Arena({ memory: linear });
  }

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

/** Memory of a row group that is one batch in an arena of the caller's. */
export function arenaMemory(arena: Arena): DecodeMemory {
  return {
    linear: arena.linear,
    chunk: arena,
    morsel: arena,
    page: (bytes) => ({ pointer: arena.allocate(bytes), release: () => undefined }),
  };
}
