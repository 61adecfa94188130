import type { S3Request } from '../request/s3-request.ts';
import { noSuchKey, notImplemented } from '../s3-error.ts';
import type { CommitOptions } from '../store/object-files.ts';
import { etagMatches, preconditionFailed } from './read-conditions.ts';

/** `If-None-Match: *` and `If-Match` of a write, checked by the store while no other writer of the key runs. */
export function writeConditions(request: S3Request): CommitOptions {
  const ifNoneMatch = request.headers['if-none-match'];
  const ifMatch = request.headers['if-match'];
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') throw notImplemented('If-None-Match other than *');
  return {
    onlyIfFree: ifNoneMatch !== undefined,
    check: (current) => {
      if (ifNoneMatch !== undefined && current) throw preconditionFailed('If-None-Match');
      if (ifMatch === undefined) return;
      if (!current) throw noSuchKey(request.key);
      if (!etagMatches(ifMatch, current.etag)) throw preconditionFailed('If-Match');
    },
  };
}
