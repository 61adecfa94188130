import type { Random } from '../../common/clock.ts';

/**
 * Latencies and rates of Lambda and S3 Standard as published measurements have them (1 KiB reads: median 27 ms, p95 73 ms;
 * writes: median 41 ms, p95 92 ms; 75 MiB/s of network a function after its burst).
 */
export const AWS_MODEL: SimModel = {
  read: { medianMs: 27, p95Ms: 73 },
  write: { medianMs: 41, p95Ms: 92 },
  invoke: { medianMs: 20, p95Ms: 45 },
  coldStart: { medianMs: 300, p95Ms: 450 },
  bytesPerMs: (75 * 1024 * 1024) / 1000,
  rowsPerMs: 5_000,
};

export interface SimModel {
  /** First byte of a GET, HEAD or LIST. */
  readonly read: LatencyModel;
  /** A PUT or DELETE, apart from its bytes. */
  readonly write: LatencyModel;
  /** From the driver's call to the function's start, and back. */
  readonly invoke: LatencyModel;
  /** Invocations that one caller can have under way; absent: any number. */
  readonly inFlight?: number;
  /** Added when no warm instance is free. */
  readonly coldStart: LatencyModel;
  /** Network of one function. */
  readonly bytesPerMs: number;
  /** Rows one function computes. */
  readonly rowsPerMs: number;
}

/** A log-normal distribution by its median and 95th percentile, ms. */
export interface LatencyModel {
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** The 95th percentile of the standard normal distribution. */
const Z95 = 1.6448536269514722;

/** One latency, ms, drawn by the Box-Muller transform; rounded to microseconds so that a trace is the same everywhere. */
export function drawLatency({ medianMs, p95Ms }: LatencyModel, random: Random): number {
  const sigma = Math.log(p95Ms / medianMs) / Z95;
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return Math.round(medianMs * Math.exp(sigma * normal) * 1000) / 1000;
}
