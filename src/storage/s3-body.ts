import type { Readable } from 'node:stream';
import { cancelled } from '../common/errors.ts';
import { type Subject, shortBody } from './errors.ts';

/**
 * A response body as one array. An end before `length` bytes is SQ5010, also where the connection was cut; a timeout of the
 * connection is passed on. When the signal fires the connection is dropped.
 * @param length Bytes announced by the server, where it did.
 */
export function readBody(
  of: Subject,
  stream: Readable,
  length: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const sink = length === undefined ? new GrowingBody() : new SizedBody(length);
    let settled = false;
    const settle = (act: () => void) => {
      if (settled) return;
      settled = true;
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const fail = (error: unknown) => {
      settle(() => reject(error));
      stream.destroy();
    };
    const onAbort = () => fail(cancelled(signal as AbortSignal));
    const short = (cause?: unknown) => shortBody(of, sink.bytes, length ?? Number.NaN, { cause });

    stream.on('data', (chunk: Uint8Array) => {
      if (!settled && !sink.take(chunk)) fail(short());
    });
    stream.on('end', () => settle(() => (sink.complete ? resolve(sink.body()) : reject(short()))));
    stream.on('error', (error) => fail(error.name === 'TimeoutError' || length === undefined ? error : short(error)));
    stream.on('close', () => settle(() => reject(short())));
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}

class SizedBody {
  readonly #body: Uint8Array;
  bytes = 0;

  constructor(length: number) {
    this.#body = new Uint8Array(length);
  }

  get complete(): boolean {
    return this.bytes === this.#body.length;
  }

  /** False when there is no room for it. */
  take(chunk: Uint8Array): boolean {
    const fits = this.bytes + chunk.length <= this.#body.length;
    if (fits) this.#body.set(chunk, this.bytes);
    this.bytes += chunk.length;
    return fits;
  }

  body(): Uint8Array {
    return this.#body;
  }
}

/** For servers that send chunks and do not say how many bytes. */
class GrowingBody {
  readonly #chunks: Uint8Array[] = [];
  readonly complete = true;
  bytes = 0;

  take(chunk: Uint8Array): boolean {
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
    return true;
  }

  body(): Uint8Array {
    const body = new Uint8Array(this.bytes);
    let offset = 0;
    for (const chunk of this.#chunks) {
      body.set(chunk, offset);
      offset += chunk.length;
    }
    return body;
  }
}
