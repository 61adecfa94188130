import { type PriceTable, US_EAST_1 } from '../../common/prices.ts';
import type { FunctionsOffered } from '../functions-offered.ts';
import { LATENCIES, type LatencyTable } from './latencies.ts';

/** What predictions are computed from. */
export interface CostModel {
  readonly prices: PriceTable;
  readonly latencies: LatencyTable;
  readonly functions: FunctionsOffered;
}

export const costModel = (functions: FunctionsOffered): CostModel => ({
  prices: US_EAST_1,
  latencies: LATENCIES,
  functions,
});

/** MB of memory that come with one vCPU of Lambda. */
const MB_PER_VCPU = 1_769;
/** Payload bytes of a message for a byte of rows: base64, and what is escaped. */
const MESSAGE_BYTES = 1.4;

/** ms that one task computes over so many bytes, at bytes per ms of one vCPU; a task uses one. */
export const computeMs = ({ functions }: CostModel, bytes: number, rate: number): number =>
  bytes / (rate * Math.min(1, functions.memoryMb / MB_PER_VCPU));

/** ms that one function takes to send or receive so many bytes: a burst, then the baseline. */
export function transferMs({ latencies: { network } }: CostModel, bytes: number): number {
  const fast = Math.min(bytes, network.burstBytes);
  return fast / network.burstBytesPerMs + (bytes - fast) / network.bytesPerMs;
}

/** ms that the rows of all tasks take through the driver's messages. */
export const messageMs = ({ latencies: { network } }: CostModel, bytes: number): number =>
  (bytes * MESSAGE_BYTES) / network.bytesPerMs;

/** ms until the last of so many warm functions runs: the driver calls them all, or a tree of calls of two rounds does. */
export function startMs({ latencies: { functions } }: CostModel, tasks: number): number {
  const { invoke, invokesPerMs } = functions;
  const flat = invoke.medianMs + tasks / invokesPerMs;
  const tree = 2 * (invoke.medianMs + Math.sqrt(tasks) / invokesPerMs);
  return Math.min(flat, tree);
}

/** US dollars of so many ms of functions together, without their invocations. */
export const functionDollars = ({ prices, functions }: CostModel, ms: number): number =>
  (ms / 1000) * (functions.memoryMb / 1024) * prices.gbSecond;

/** Times that a stage of so many tasks fills all functions. */
export const wavesOf = ({ functions }: CostModel, tasks: number): number => Math.ceil(tasks / functions.concurrency);
