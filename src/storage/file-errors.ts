import type { StorageError } from '../common/errors.ts';
import { about, notFound, refused, type Subject, storageError } from './errors.ts';

export const isErrno = (error: unknown, ...codes: string[]): error is NodeJS.ErrnoException =>
  error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');

/** What the file system said, as a StorageError. Anything that is no errno is returned as it is. */
export function fileError(of: Subject, action: 'read' | 'write' | 'delete' | 'list', error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const options = { cause: error, details: about(of) };
  const code = (error as NodeJS.ErrnoException).code ?? '';
  switch (code) {
    case 'ENOENT':
      return notFound(of, { cause: error });
    case 'ENOTDIR':
    case 'EEXIST':
      return action === 'write'
        ? refused(of, 'a folder on its path is a file', { cause: error })
        : notFound(of, options);
    case 'EISDIR':
    case 'ENOTEMPTY':
      return refused(of, 'it is a folder', { cause: error });
    case 'EACCES':
    case 'EPERM':
      return denied(of, action, error);
    case 'ENOSPC':
    case 'EDQUOT':
      return storageError('SQ5015', `${of.uri}: no space is left on the disk`, options);
    case 'EROFS':
      return storageError('SQ5015', `${of.uri}: the disk is read-only`, options);
    case 'EMFILE':
    case 'ENFILE':
      return storageError('SQ5009', `${of.uri}: too many files are open`, { hint: 'raise `ulimit -n`', ...options });
    case 'EAGAIN':
    case 'EBUSY':
    case 'EINTR':
      return storageError('SQ5009', `${of.uri}: the file system is busy (${code})`, options);
    case 'ELOOP':
      return refused(of, 'its symbolic links lead in a circle', { cause: error });
    case 'ENAMETOOLONG':
      return refused(of, 'its name is too long for the file system', { cause: error });
    case 'ENOTSUP':
    case 'EXDEV':
    case 'EMLINK':
      return refused(of, `the file system cannot create a file only when it is absent (${code})`, {
        cause: error,
        hint: 'use a folder on a file system with hard links',
      });
    default:
      return storageError('SQ5009', `${of.uri}: the file system failed (${code})`, { ...options, retryable: false });
  }
}

function denied(of: Subject, action: string, cause: Error): StorageError {
  return storageError('SQ5003', `access to ${of.uri} was denied`, {
    hint: `the user Squall runs as needs the permission to ${action} it`,
    cause,
    details: about(of),
  });
}
