import { randomInt } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';

/** Bytes gathered before they are handed to the file system. */
const BATCH_BYTES = 1 << 20;

let lastMtime = 0;

/**
 * A modification time, in seconds, that this process has not used before, and another process hardly: the microseconds
 * are random. The half keeps neighbours apart where a double or the system cuts to whole microseconds.
 */
function uniqueMtime(nowMs: number): number {
  lastMtime = Math.max(Math.floor(nowMs) * 1000 + randomInt(1000), lastMtime + 1);
  return (lastMtime + 0.5) / 1e6;
}

/** The bytes of an object on their way: a temporary file, durable after `finish`, gone after `discard`. */
export class StagedFile {
  readonly path: string;
  readonly #handle: FileHandle;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #size = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  static async create(path: string): Promise<StagedFile> {
    return new StagedFile(path, await open(path, 'wx'));
  }

  get size(): number {
    return this.#size;
  }

  /** Takes the chunk over. Waits only while an earlier batch is still being written. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    this.#size += chunk.length;
    if (this.#batchBytes >= BATCH_BYTES) await this.#flush();
  }

  /** Makes the bytes durable. `nowMs` becomes the modification time, moved where needed so that no two files share one. */
  async finish(nowMs: number): Promise<BigIntStats> {
    await this.#flush();
    await this.#writing;
    const mtime = uniqueMtime(nowMs);
    await this.#handle.utimes(mtime, mtime);
    await this.#handle.sync();
    const stat = await this.#handle.stat({ bigint: true });
    await this.#handle.close();
    return stat;
  }

  /** Idempotent, and harmless after the file has been moved away. */
  async discard(): Promise<void> {
    await Promise.allSettled([this.#writing]);
    await this.#handle.close();
    await rm(this.path, { force: true });
  }

  async #flush(): Promise<void> {
    await this.#writing;
    const batch = this.#batch;
    this.#batch = [];
    this.#batchBytes = 0;
    if (batch.length === 0) return;
    const writing = writeAll(this.#handle, batch);
    // A failure is seen by the next flush or by finish; until then it must not count as unhandled.
    writing.catch(() => undefined);
    this.#writing = writing;
  }
}

async function writeAll(handle: FileHandle, chunks: Uint8Array[]): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks);
  if (bytesWritten < total) {
    const rest = Buffer.concat(chunks).subarray(bytesWritten);
    await handle.writeFile(rest);
  }
}
