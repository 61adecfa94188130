import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Pointer } from '../../wasm/vector.ts';

/** Neighbouring bytes that grow by moving to a run twice as large. */
export class GrowingRun {
  readonly #memory: LinearMemory;
  #run: PageRun | null = null;

  constructor(memory: LinearMemory) {
    this.#memory = memory;
  }

  /** 0 before the first `ensure`; another one after every growth. */
  get pointer(): Pointer {
    return this.#run?.pointer ?? 0;
  }

  get bytes(): number {
    return this.#run?.bytes ?? 0;
  }

  /** Makes room for `bytes`; the first `used` keep what they hold, the others hold anything. */
  ensure(bytes: number, used: number): Pointer {
    const old = this.#run;
    if (old && old.bytes >= bytes) return old.pointer;
    const run = this.#memory.allocateRun(old ? Math.max(bytes, Math.min(old.bytes * 2, this.#affordable(old))) : bytes);
    if (old) {
      this.#memory.bytes(run.pointer, used).set(this.#memory.bytes(old.pointer, used));
      this.#memory.freeRun(old);
    }
    this.#run = run;
    return run.pointer;
  }

  /** As `ensure`, but nothing is kept and everything is zero. */
  clear(bytes: number): Pointer {
    if (this.bytes < bytes) {
      this.free();
      this.#run = this.#memory.allocateRun(bytes);
    }
    this.#memory.bytes(this.pointer, bytes).fill(0);
    return this.pointer;
  }

  free(): void {
    if (this.#run) this.#memory.freeRun(this.#run);
    this.#run = null;
  }

  /** Doubling is no reason to exceed the budget. */
  #affordable(old: PageRun): number {
    return Math.max(old.bytes, this.#memory.available);
  }
}
