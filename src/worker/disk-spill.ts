import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { FileObjectStore } from '../storage/file.ts';
import type { SpillPlace } from './host.ts';

/** A folder of its own in the system's temporary one (/tmp in a function), made when something is written to it. */
export function diskSpill(): SpillPlace {
  const folder = resolve(tmpdir(), `squall-spill-${randomUUID()}`);
  return {
    store: new FileObjectStore({ fsync: false, pruneFolders: true }),
    base: { bucket: '', key: `${folder.slice(1)}/` },
  };
}
