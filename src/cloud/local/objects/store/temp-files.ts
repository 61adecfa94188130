import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fsCode } from '../s3-error.ts';

/** Names for files that are being written, in a folder of this server's own, on the file system of the served directory. */
export class TempFiles {
  readonly #folder: string;
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what processes that died have left below `parent`. */
  static async open(parent: string): Promise<TempFiles> {
    await mkdir(parent, { recursive: true });
    for (const name of await readdir(parent)) {
      if (!isAlive(Number(name.split('-')[0]))) await rm(join(parent, name), { recursive: true, force: true });
    }
    const folder = join(parent, `${process.pid}-${randomBytes(6).toString('hex')}`);
    await mkdir(folder);
    return new TempFiles(folder);
  }

  /** The path of a new file; nothing is created. */
  path(): string {
    return join(this.#folder, String(this.#count++));
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return fsCode(error) === 'EPERM';
  }
}
