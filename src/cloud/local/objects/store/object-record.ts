import type { BigIntStats } from 'node:fs';
import type { ChecksumAlgorithm } from '../payload/checksum.ts';

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; a composite one ends in `-N`. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

/** What the writer of an object decides. */
export interface ObjectAttributes {
  /** Without quotes. */
  readonly etag: string;
  /** `content-type`, `cache-control`, `content-disposition`, `content-encoding`, `content-language`, `expires`. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by name, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum?: StoredChecksum;
  /** Bytes of each part of a multipart upload. */
  readonly partSizes?: readonly number[];
}

export interface ObjectRecord extends ObjectAttributes {
  readonly size: number;
  /** ms since the Unix epoch. */
  readonly lastModified: number;
}

/**
 * What tells one version of a file from the next. Files this server wrote have modification times it never repeats, and
 * keep their identity when a directory is copied with its times; for other files the inode counts too.
 */
export const ownIdentity = (stat: BigIntStats): string => `${stat.size}-${stat.mtimeNs}`;
export const plainIdentity = (stat: BigIntStats): string => `${stat.size}-${stat.mtimeNs}-${stat.ino}`;
