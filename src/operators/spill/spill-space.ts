import { ResourceError } from '../../common/errors.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import type { ObjectLocation, ObjectStore } from '../../storage/object-store.ts';
import { Arena } from '../../wasm/arena.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { SpillFile, SpillSpace } from '../execution.ts';
import { type RunningWrite, StoredSpillFile } from './spill-file.ts';

/** Objects being written at a time: what has to be written more makes `append` wait. */
const WRITES_IN_FLIGHT = 2;

export interface SpillSpaceOptions {
  /** Where the batches come from. */
  readonly memory: LinearMemory;
  /** Most bytes that files may hold together; default no limit. */
  readonly maxBytes?: number;
  /** Bytes per object; default 1 MiB. */
  readonly objectBytes?: number;
  readonly signal?: AbortSignal;
}

export interface FileSpillSpaceOptions extends SpillSpaceOptions {
  readonly store: ObjectStore;
  /** All keys start with its key; nothing else may be there. */
  readonly base: ObjectLocation;
}

/** What does not fit memory, as objects of a store: a disk, in functions /tmp. `close` deletes what is left. */
export class FileSpillSpace implements SpillSpace {
  readonly #options: FileSpillSpaceOptions;
  readonly #scratch: Arena;
  readonly #files = new Set<StoredSpillFile>();
  readonly #writes = new Set<Promise<void>>();
  #created = 0;
  #written = 0;
  #held = 0;

  constructor(options: FileSpillSpaceOptions) {
    this.#options = options;
    this.#scratch = new Arena({ memory: options.memory });
  }

  get bytes(): number {
    return this.#written;
  }

  /** Bytes of the files that are not deleted. */
  get held(): number {
    return this.#held;
  }

  create(): SpillFile {
    const { store, base, objectBytes = 1 << 20, signal } = this.#options;
    const file = new StoredSpillFile({
      store,
      base: { bucket: base.bucket, key: `${base.key}${this.#created++}-` },
      objectBytes,
      scratch: this.#scratch,
      take: (bytes) => this.#take(bytes),
      write: (start) => this.#write(start),
      onDelete: (bytes) => {
        this.#held -= bytes;
        this.#files.delete(file);
      },
      ...(signal && { signal }),
    });
    this.#files.add(file);
    return file;
  }

  /** Deletes all files. */
  async close(): Promise<void> {
    const ends = await Promise.allSettled([...this.#files].map((file) => file.delete()));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  #take(bytes: number): void {
    const { maxBytes = Number.POSITIVE_INFINITY } = this.#options;
    if (this.#held + bytes > maxBytes) {
      throw new ResourceError('SQ4007', `the task needs more than its ${maxBytes} bytes of space for rows put aside`, {
        hint: 'give the functions more memory or more space in /tmp, or split the work over more tasks',
        details: { used: this.#held, requested: bytes, limit: maxBytes },
      });
    }
    this.#held += bytes;
    this.#written += bytes;
  }

  async #write(start: () => Promise<void>): Promise<RunningWrite> {
    while (this.#writes.size >= WRITES_IN_FLIGHT) await Promise.race(this.#writes);
    const done = start().finally(() => this.#writes.delete(done));
    this.#writes.add(done);
    return { done };
  }
}

/** In this process's memory: for tests. */
export class MemorySpillSpace extends FileSpillSpace {
  readonly store: MemoryObjectStore;

  constructor(options: SpillSpaceOptions) {
    const store = new MemoryObjectStore();
    super({ ...options, store, base: { bucket: 'spill', key: 'rows/' } });
    this.store = store;
  }
}
