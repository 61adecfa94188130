/** Smallest buffer that is kept, bytes. */
const SMALLEST = 64 * 1024;
/** Bytes of free buffers that are kept. */
const MOST_FREE = 64 * 1024 * 1024;

/**
 * Buffers for what is fetched, used again and again: each new one weighs on the garbage collector by its bytes and has to be
 * zeroed.
 */
export class BufferPool {
  /** By capacity, a power of two. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  readonly #taken = new WeakSet<ArrayBufferLike>();
  #freeBytes = 0;

  /** So many bytes; what is in them is anybody's guess. */
  take(bytes: number): Uint8Array {
    if (bytes < SMALLEST) return new Uint8Array(bytes);
    const capacity = 2 ** Math.ceil(Math.log2(bytes));
    let buffer = this.#free.get(capacity)?.pop();
    if (buffer) this.#freeBytes -= capacity;
    else buffer = new ArrayBuffer(capacity);
    this.#taken.add(buffer);
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Nobody reads these any more. What came from elsewhere is left alone. */
  giveBack(parts: readonly Uint8Array[]): void {
    for (const { buffer } of parts) {
      if (!(buffer instanceof ArrayBuffer) || !this.#taken.delete(buffer)) continue;
      if (this.#freeBytes + buffer.byteLength > MOST_FREE) continue;
      this.#freeBytes += buffer.byteLength;
      const free = this.#free.get(buffer.byteLength);
      if (free) free.push(buffer);
      else this.#free.set(buffer.byteLength, [buffer]);
    }
  }
}
