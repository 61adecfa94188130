/** List prices of one region on one day, US dollars. */
export interface PriceTable {
  readonly region: string;
  /** The day the prices were read, ISO 8601. */
  readonly date: string;
  /** Per GB-second of function time. */
  readonly gbSecond: number;
  /** Per invocation. */
  readonly invocation: number;
  /** Per request; DELETE is free. */
  readonly request: Readonly<Record<'GET' | 'HEAD' | 'PUT' | 'LIST' | 'DELETE', number>>;
}

/** Lambda on arm64 (first tier) and S3 Standard in us-east-1. */
export const US_EAST_1: PriceTable = {
  region: 'us-east-1',
  date: '2026-10-09',
  gbSecond: 0.0000133334,
  invocation: 0.2e-6,
  request: { GET: 0.4e-6, HEAD: 0.4e-6, PUT: 5e-6, LIST: 5e-6, DELETE: 0 },
};
