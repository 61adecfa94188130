import { FAILURES } from './cases/failures.ts';
import { INVOCATIONS } from './cases/invocations.ts';
import { LIMITS } from './cases/limits.ts';
import { STREAMING } from './cases/streaming.ts';
import type { Harness } from './harness.ts';

/** One thing that holds on AWS Lambda, asked of the embedded server through AWS's own client. */
export interface Case {
  readonly name: string;
  readonly run: (harness: Harness) => Promise<void>;
}

/** All of them; none depends on another. */
export const CASES: readonly Case[] = [...INVOCATIONS, ...FAILURES, ...LIMITS, ...STREAMING];
