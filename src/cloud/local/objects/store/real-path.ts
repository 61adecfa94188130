import { realpathSync } from 'node:fs';
import { lstat, realpath } from 'node:fs/promises';
import { fsCode } from '../s3-error.ts';

/** Codes that say: there is no such file. */
const ABSENT: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP']);

export const isAbsent = (error: unknown): boolean => ABSENT.has(fsCode(error) ?? '');

/**
 * Whether an absolute path below the served directory is a directory reached without any symbolic link, so that nothing
 * outside can be reached by a key.
 */
export async function isRealDirectory(path: string): Promise<boolean> {
  try {
    return (await realpath(path)) === path && (await lstat(path)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

/** Whether a path leads to something without any symbolic link. Synchronous. */
export function isRealPathNow(path: string): boolean {
  try {
    return realpathSync.native(path) === path;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
