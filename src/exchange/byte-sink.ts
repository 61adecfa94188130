/** Bytes that come one after the other. */
export class ByteSink {
  readonly #chunks: Uint8Array[] = [];
  #last: Uint8Array;
  /** Bytes of the last chunk that are in use. */
  #used = 0;
  #length = 0;

  /** `expected`: how many bytes will come, about; when it is enough they are never copied again. */
  constructor(expected = 0) {
    this.#last = new Uint8Array(expected);
  }

  get length(): number {
    return this.#length;
  }

  /** Room for `bytes` more bytes, to be written before the next call. */
  extend(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#last.length) this.expect(Math.max(bytes, MIN_CHUNK_BYTES));
    const room = this.#last.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    this.#length += bytes;
    return room;
  }

  /** Says that so many more bytes will come, about. */
  expect(bytes: number): void {
    if (this.#used + bytes <= this.#last.length) return;
    this.#chunks.push(this.#last.subarray(0, this.#used));
    this.#last = new Uint8Array(bytes);
    this.#used = 0;
  }

  append(bytes: Uint8Array): void {
    this.extend(bytes.length).set(bytes);
  }

  /** All of the bytes; nothing is to be added any more. */
  bytes(): Uint8Array {
    const last = this.#last.subarray(0, this.#used);
    const chunks = [...this.#chunks, last].filter(({ length }) => length > 0);
    if (chunks.length <= 1) return chunks[0] ?? last;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

const MIN_CHUNK_BYTES = 4096;
