import type { StoreKind } from '../common/prices.ts';

/** What the place where a query would run offers: what exchanges are chosen by. */
export interface FunctionsOffered {
  /** Functions at once. */
  readonly concurrency: number;
  /** Memory of one function, MB. */
  readonly memoryMb: number;
  /** Largest request and answer of one invocation, bytes. */
  readonly payloadBytes: number;
  /** Whether two functions can be connected. */
  readonly links: boolean;
  /** Where exchanges through objects go. */
  readonly store: StoreKind;
}

/** AWS Lambda's limit for synchronous requests and answers, bytes. */
const LAMBDA_PAYLOAD_BYTES = 6_291_456;

/** Lambda in an account as it begins, functions of one vCPU. */
export const LAMBDA_OFFER: FunctionsOffered = {
  concurrency: 1_000,
  memoryMb: 1_769,
  payloadBytes: LAMBDA_PAYLOAD_BYTES,
  links: false,
  store: 'standard',
};

/** S3 Express One Zone tells its buckets by their names. */
export const storeOf = (scratch: string | null): StoreKind =>
  scratch !== null && /^s3:\/\/[^/]+--x-s3(\/|$)/.test(scratch) ? 'express' : 'standard';

/** Bytes an Arrow body may have to travel inside a message: base64 and escaping take a third and more. */
export const inlineBytes = ({ payloadBytes }: Pick<FunctionsOffered, 'payloadBytes'>): number =>
  Math.floor((payloadBytes - 65_536) * 0.7);
