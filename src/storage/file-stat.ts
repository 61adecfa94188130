import type { BigIntStats } from 'node:fs';

const TEMPORARY = /^\.squall-[0-9a-f]{16}\.tmp$/;

/** The name an object has while it is written, in the folder it will be in. */
export const temporaryName = (random: Uint8Array) => `.squall-${Buffer.from(random).toString('hex')}.tmp`;

export const isTemporary = (name: string) => TEMPORARY.test(name);

/**
 * A version of a file: its size, its time of modification in ns, its inode. A store's own writes always make a new inode;
 * another program that changes a file in place within the clock tick of the file system, and keeps its size, goes unseen.
 */
export const etagOf = (stats: BigIntStats) =>
  `"${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}-${stats.ino.toString(16)}"`;

export const infoOf = (stats: BigIntStats) => ({
  size: Number(stats.size),
  etag: etagOf(stats),
  lastModified: Number(stats.mtimeMs),
});
