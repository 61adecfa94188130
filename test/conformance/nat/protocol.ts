import type { LinkSummary } from '../../../src/exchange/direct/link-summary.ts';
import type { LinkGang } from '../../../src/operators/task.ts';

/** Where the processes of a WAN are reached. */
export interface Wan {
  readonly rendezvous: { readonly host: string; readonly port: number };
  readonly echo: string;
  /** Endpoint of the S3 server. */
  readonly objects: string;
}

/** What the test asks a process of a host, or of the WAN, to do: one line of wire-encoded JSON. */
export type Request =
  | { readonly kind: 'admit'; readonly gang: LinkGang }
  | ({ readonly kind: 'produce' | 'consume' } & Work)
  | { readonly kind: 'intrude'; readonly host: string; readonly port: number };

export interface Work {
  readonly gang: LinkGang;
  readonly objects: string;
  readonly task: number;
  /** Tasks at the other end. */
  readonly peers: number;
  readonly pieces: number;
  /** Bytes of a piece. */
  readonly bytes: number;
  /** How long to wait before it begins, ms. */
  readonly delayMs: number;
}

export interface Done {
  readonly summary: LinkSummary;
  /** What a consumer got, one line a piece. */
  readonly got: readonly string[];
  /** From its beginning until all pairs were connected or given up, ms: to the first send, or piece, of each. */
  readonly connectMs: number;
}

export type Response<T = unknown> = { readonly id: number } & ({ readonly value: T } | { readonly error: string });

export const BUCKET = 'links';
export const REGION = 'eu-west-1';
export const CREDENTIALS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
