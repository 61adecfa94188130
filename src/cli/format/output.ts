import type { Writable } from 'node:stream';
import { cancelled, StorageError } from '../../index.ts';

/** The reader has gone away, as `head` does when it has seen enough: no error, but nobody wants the rest. */
export class BrokenPipe extends Error {}

/** Bytes that are gathered before they are written. */
const CHUNK = 64 * 1024;

/**
 * Where a format writes its rows. Writes in larger pieces, waits while the reader is slow, stops waiting when the signal fires.
 * Throws BrokenPipe, StorageError SQ5017 when the output cannot be written, and the signal's CancelledError.
 */
export class Output {
  readonly #stream: Writable;
  readonly #signal: AbortSignal;
  #text = '';
  #begun = false;

  constructor(stream: Writable, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
  }

  /** True once anything has left, so that a failure leaves something incomplete behind. */
  get begun(): boolean {
    return this.#begun;
  }

  async write(chunk: string | Uint8Array): Promise<void> {
    if (typeof chunk === 'string') {
      this.#text += chunk;
      if (this.#text.length >= CHUNK) await this.flush();
      return;
    }
    await this.flush();
    await this.#send(chunk);
  }

  /** Called when all has been written. */
  async flush(): Promise<void> {
    if (this.#text === '') return;
    const text = this.#text;
    this.#text = '';
    await this.#send(text);
  }

  #send(chunk: string | Uint8Array): Promise<void> {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(signal));
      const onAbort = () => reject(cancelled(signal));
      signal.addEventListener('abort', onAbort, { once: true });
      this.#begun = true;
      this.#stream.write(chunk, (error) => {
        signal.removeEventListener('abort', onAbort);
        if (error) reject(outputError(error));
        else resolve();
      });
    });
  }
}

function outputError(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return new BrokenPipe();
  return new StorageError('SQ5017', `the output cannot be written: ${error.message}`, { cause: error });
}
