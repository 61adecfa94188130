import { AUTHENTICATION } from './cases/authentication.ts';
import { BUCKETS } from './cases/buckets.ts';
import { CHECKSUMS } from './cases/checksums.ts';
import { CONCURRENCY } from './cases/concurrency.ts';
import { CONDITIONAL_READS } from './cases/conditional-reads.ts';
import { CONDITIONAL_WRITES } from './cases/conditional-writes.ts';
import { COPIES } from './cases/copies.ts';
import { DELETES } from './cases/deletes.ts';
import { KEYS } from './cases/keys.ts';
import { LISTS } from './cases/lists.ts';
import { MULTIPART } from './cases/multipart.ts';
import { MULTIPART_LISTS } from './cases/multipart-lists.ts';
import { MULTIPART_REFUSALS } from './cases/multipart-refusals.ts';
import { OBJECTS } from './cases/objects.ts';
import { PRESIGNED } from './cases/presigned.ts';
import { RANGES } from './cases/ranges.ts';
import type { Subject } from './harness.ts';

/** One thing that holds on Amazon S3, asked of a server through AWS's own client. */
export interface Case {
  readonly name: string;
  /** What a client sees on Amazon S3, as plain data. */
  readonly expected: unknown;
  /** What the client saw; what a server refuses against the case's will is thrown. */
  readonly run: (subject: Subject) => Promise<unknown>;
}

/** All of them; none depends on another. */
export const CASES: readonly Case[] = [
  ...BUCKETS,
  ...OBJECTS,
  ...CHECKSUMS,
  ...RANGES,
  ...LISTS,
  ...MULTIPART,
  ...MULTIPART_REFUSALS,
  ...MULTIPART_LISTS,
  ...COPIES,
  ...DELETES,
  ...CONDITIONAL_READS,
  ...CONDITIONAL_WRITES,
  ...PRESIGNED,
  ...AUTHENTICATION,
  ...KEYS,
  ...CONCURRENCY,
];
