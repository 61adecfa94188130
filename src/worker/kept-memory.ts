import { LinearMemory } from '../wasm/linear-memory.ts';
import { BufferPool } from './buffer-pool.ts';

/**
 * The memory of a worker's last task, for its next one: its pages are there already, and its kernels are instantiated. A new one for
 * every task would have to be zeroed by the system and collected by V8.
 */
export class KeptMemory {
  /** For what is fetched. */
  readonly buffers = new BufferPool();
  #idle: WebAssembly.Memory | null = null;

  /** All of it is free, whatever its bytes are. */
  take(maxBytes: number): LinearMemory {
    const memory = this.#idle;
    this.#idle = null;
    const fits = memory !== null && memory.buffer.byteLength <= maxBytes;
    return new LinearMemory({ maxBytes, ...(fits && { memory }) });
  }

  /** Only what nobody touches any more: of a task that has ended well. */
  giveBack({ memory }: LinearMemory): void {
    this.#idle = memory;
  }
}
