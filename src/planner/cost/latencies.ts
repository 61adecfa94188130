import type { StoreKind } from '../../common/prices.ts';
import type { Compression } from '../../operators/task.ts';

/** How long things take on one day, by published measurements and our own. Times in ms, rates in bytes per ms. */
export interface LatencyTable {
  /** The day the figures were gathered, ISO 8601. */
  readonly date: string;
  readonly stores: Readonly<Record<StoreKind, StoreLatencies>>;
  readonly functions: FunctionLatencies;
  readonly network: NetworkRates;
  readonly links: LinkLatencies;
  /** Of one vCPU. */
  readonly cpu: CpuRates;
}

export interface Latency {
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface StoreLatencies {
  /** A small GET. */
  readonly read: Latency;
  /** A small PUT. */
  readonly write: Latency;
  /** Requests per ms that one prefix, or bucket, answers without SlowDown. */
  readonly readsPerMs: number;
  readonly writesPerMs: number;
}

export interface FunctionLatencies {
  /** From the call to the handler of a warm function, and back. */
  readonly invoke: Latency;
  /** What a cold start adds. */
  readonly coldStart: Latency;
  /** Invocations per ms from one caller. */
  readonly invokesPerMs: number;
  /** GETs that one function has under way. */
  readonly readsAtOnce: number;
}

/** Of one function: so many bytes fast, then slower. */
export interface NetworkRates {
  readonly burstBytes: number;
  readonly burstBytesPerMs: number;
  readonly bytesPerMs: number;
}

export interface LinkLatencies {
  /** Until all links of a gang stand. */
  readonly connectMs: number;
  /** Between two functions. */
  readonly bytesPerMs: number;
}

export interface CpuRates {
  /** Compressed bytes of Parquet, from request to rows. */
  readonly scan: number;
  /** Rows of an exchange, through the operators of a stage. */
  readonly compute: number;
  /** Hash, count, and copy to partitions. */
  readonly partition: number;
  /** Arrow record batches from partitions. */
  readonly encode: number;
  /** Arrow record batches to linear memory. */
  readonly decode: number;
  readonly codecs: Readonly<Record<Compression, CodecRates>>;
}

/** Bytes before compression per ms, and how many of them become one. */
export interface CodecRates {
  readonly write: number;
  readonly read: number;
  readonly ratio: number;
}

const MB = 1e6;
const MIB = 1024 * 1024;
const perSecond = (bytes: number) => bytes / 1000;

/**
 * Lambda and S3 in us-east-1. Stores and network: Bodner et al., "An Empirical Evaluation of Serverless Cloud Infrastructure" (2025),
 * the store's rates by its documentation. Invocations: Lambada (SIGMOD 2020), 290 a second from one caller; reads at once: Starling
 * (SIGMOD 2020). Links: Boxer (CIDR 2021), 621 Mbit/s; the time to connect is an assumption. CPU: our own kernels on one core of the
 * machine that the engine is measured on.
 */
export const LATENCIES: LatencyTable = {
  date: '2026-10-09',
  stores: {
    standard: {
      read: { medianMs: 27, p95Ms: 73 },
      write: { medianMs: 41, p95Ms: 92 },
      readsPerMs: 5.5,
      writesPerMs: 3.5,
    },
    express: {
      read: { medianMs: 4.8, p95Ms: 5.5 },
      write: { medianMs: 7.3, p95Ms: 8.1 },
      readsPerMs: 2_000,
      writesPerMs: 200,
    },
  },
  functions: {
    invoke: { medianMs: 20, p95Ms: 45 },
    coldStart: { medianMs: 300, p95Ms: 450 },
    invokesPerMs: 0.29,
    readsAtOnce: 16,
  },
  network: { burstBytes: 300 * MIB, burstBytesPerMs: perSecond(1.2 * 1024 * MIB), bytesPerMs: perSecond(75 * MIB) },
  links: { connectMs: 50, bytesPerMs: perSecond(621e6 / 8) },
  cpu: {
    scan: perSecond(100 * MB),
    compute: perSecond(400 * MB),
    partition: perSecond(709 * MB),
    encode: perSecond(1080 * MB),
    decode: perSecond(8640 * MB),
    codecs: {
      lz4: { write: perSecond(353 * MB), read: perSecond(1425 * MB), ratio: 1.77 },
      zstd: { write: perSecond(156 * MB), read: perSecond(479 * MB), ratio: 2.8 },
    },
  },
};
