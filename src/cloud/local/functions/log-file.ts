import { closeSync, fstatSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { LOG_TAIL } from './limits.ts';

/**
 * What an instance and the platform write during one invocation. A file, not a pipe: a runtime writes to it at once and
 * in order, so that all output of an invocation is there when its answer is, even when the process is killed.
 */
export class LogFile {
  /** Standard output and error of the instance. */
  readonly fd: number;
  readonly #path: string;
  #open = true;

  constructor(path: string) {
    this.#path = path;
    this.fd = openSync(path, 'a+', 0o600);
  }

  /** A line of its own, even after output that did not end one. */
  appendLine(line: string): void {
    const size = fstatSync(this.fd).size;
    const broken = size > 0 && this.#read(size - 1, 1)[0] !== 0x0a;
    writeSync(this.fd, `${broken ? '\n' : ''}${line}\n`);
  }

  /** The last 4 KB, and begins anew. */
  take(): Buffer {
    const size = fstatSync(this.fd).size;
    const from = Math.max(0, size - LOG_TAIL);
    const tail = this.#read(from, size - from);
    ftruncateSync(this.fd);
    return tail;
  }

  /** Removes the file. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.fd);
    rmSync(this.#path, { force: true });
  }

  #read(position: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(this.fd, bytes, 0, length, position));
  }
}
