/** List prices of one region on one day, US dollars. */
export interface PriceTable {
  readonly region: string;
  /** The day the prices were read, ISO 8601. */
  readonly date: string;
  /** Per GB-second of function time. */
  readonly gbSecond: number;
  /** Per invocation. */
  readonly invocation: number;
  /** Per request of S3 Standard; DELETE is free. */
  readonly request: Readonly<Record<'GET' | 'HEAD' | 'PUT' | 'LIST' | 'DELETE', number>>;
  /** S3 Express One Zone. */
  readonly express: StorePrices;
}

export interface StorePrices {
  /** Per request. */
  readonly request: Readonly<Record<'GET' | 'HEAD' | 'PUT' | 'LIST' | 'DELETE', number>>;
  /** Per GB (1e9 bytes). */
  readonly writtenGb: number;
  /** Per GB (1e9 bytes). */
  readonly readGb: number;
}

/** Lambda on arm64 (first tier), S3 Standard and S3 Express One Zone in us-east-1. Bytes to and from S3 Standard within a region are free. */
export const US_EAST_1: PriceTable = {
  region: 'us-east-1',
  date: '2026-10-09',
  gbSecond: 0.0000133334,
  invocation: 0.2e-6,
  request: { GET: 0.4e-6, HEAD: 0.4e-6, PUT: 5e-6, LIST: 5e-6, DELETE: 0 },
  express: {
    request: { GET: 0.03e-6, HEAD: 0.03e-6, PUT: 1.13e-6, LIST: 1.13e-6, DELETE: 0 },
    writtenGb: 0.0032,
    readGb: 0.0006,
  },
};

/** Where exchanges through objects go. */
export type StoreKind = 'standard' | 'express';

export const storePrices = (prices: PriceTable, store: StoreKind): StorePrices =>
  store === 'express' ? prices.express : { request: prices.request, writtenGb: 0, readGb: 0 };

/** Requests, and bytes. */
export interface StoreTraffic {
  readonly put: number;
  readonly get: number;
  readonly written: number;
  readonly read: number;
}

/** What requests and bytes cost in a store. */
export function storageDollars({ request, writtenGb, readGb }: StorePrices, traffic: StoreTraffic): number {
  const requests = traffic.put * request.PUT + traffic.get * request.GET;
  return requests + (traffic.written * writtenGb + traffic.read * readGb) / 1e9;
}

/** US dollars by a price table. */
export interface Dollars {
  readonly functions: number;
  readonly requests: number;
  readonly total: number;
  /** The price table it was computed from. */
  readonly prices: { readonly region: string; readonly date: string };
}
