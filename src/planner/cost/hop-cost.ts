import { storageDollars, storePrices } from '../../common/prices.ts';
import type { Compression } from '../../operators/task.ts';
import { type CostModel, computeMs, functionDollars, messageMs, startMs, transferMs } from './cost-model.ts';

/** Rows on their way from the tasks of one stage to those of another. */
export interface Hop {
  readonly writers: number;
  readonly readers: number;
  /** Outputs, or slices of outputs, that all readers read together. */
  readonly gets: number;
  readonly partitioned: boolean;
  /** Of all rows that are written, as Arrow buffers. */
  readonly bytes: number;
  /** Of all rows that are read: more than `bytes` when several tasks read the same ones. */
  readonly readBytes: number;
  /** False: another reader's hop tells of the writing. */
  readonly writes: boolean;
}

/** What a hop is predicted to take. */
export interface HopCost {
  readonly put: number;
  readonly get: number;
  /** Written to storage or sent over links. */
  readonly written: number;
  readonly read: number;
  /** From the last row that the writers have to the first that the readers can compute with. */
  readonly ms: number;
  /** Bill of the storage, US dollars. */
  readonly dollars: number;
  /** Bill of the functions' time for it, US dollars. */
  readonly functions: number;
}

/** Shared out evenly. */
const each = (bytes: number, tasks: number) => bytes / Math.max(1, tasks);

/** CPU of a task for what it writes, codec apart. */
const writeCpuMs = (model: CostModel, { partitioned, bytes, writers, writes }: Hop): number => {
  if (!writes) return 0;
  const { cpu } = model.latencies;
  const own = each(bytes, writers);
  return computeMs(model, own, cpu.encode) + (partitioned ? computeMs(model, own, cpu.partition) : 0);
};

const readCpuMs = (model: CostModel, { readBytes, readers }: Hop): number =>
  computeMs(model, each(readBytes, readers), model.latencies.cpu.decode);

/**
 * One object a writer, one ranged GET a slice, some GETs of a reader at once. A reader waits for the median of each round of GETs and for
 * the 95th percentile of the last: r = l + b / t (Starling, SIGMOD 2020, section 5). All readers together wait for the requests that
 * the store answers in a second.
 */
export function objectsCost(model: CostModel, hop: Hop, codec: Compression | null): HopCost {
  const { latencies, prices, functions } = model;
  const store = latencies.stores[functions.store];
  const rates = codec && latencies.cpu.codecs[codec];
  const ratio = rates?.ratio ?? 1;
  const { writers, readers, gets, writes } = hop;
  const put = writes ? writers : 0;
  const written = writes ? hop.bytes / ratio : 0;
  const read = hop.readBytes / ratio;
  const packMs = rates && writes ? computeMs(model, each(hop.bytes, writers), rates.write) : 0;
  const unpackMs = rates ? computeMs(model, each(hop.readBytes, readers), rates.read) : 0;
  const sentMs = writes ? store.write.p95Ms + transferMs(model, each(written, writers)) : 0;
  const writeMs = Math.max(writeCpuMs(model, hop) + packMs + sentMs, put / store.writesPerMs);
  const rounds = Math.ceil(each(gets, readers) / latencies.functions.readsAtOnce);
  const waitMs = rounds === 0 ? 0 : (rounds - 1) * store.read.medianMs + store.read.p95Ms;
  const readMs = Math.max(
    waitMs + transferMs(model, each(read, readers)) + unpackMs + readCpuMs(model, hop),
    gets / store.readsPerMs,
  );
  return {
    put,
    get: gets,
    written,
    read,
    ms: writeMs + startMs(model, readers) + readMs,
    dollars: storageDollars(storePrices(prices, functions.store), { put, get: gets, written, read }),
    functions: functionDollars(model, (writes ? writers : 0) * writeMs + readers * readMs),
  };
}

/** In the answers of the writers and the messages of the readers, through the driver. */
export function inlineCost(model: CostModel, hop: Hop): HopCost {
  const writeMs = writeCpuMs(model, hop) + (hop.writes ? messageMs(model, each(hop.bytes, hop.writers)) : 0);
  const readMs = readCpuMs(model, hop) + messageMs(model, each(hop.readBytes, hop.readers));
  const driverMs = messageMs(model, (hop.writes ? hop.bytes : 0) + hop.readBytes);
  return {
    put: 0,
    get: 0,
    written: 0,
    read: 0,
    ms: writeMs + driverMs + startMs(model, hop.readers) + readMs,
    dollars: 0,
    functions: functionDollars(model, (hop.writes ? hop.writers : 0) * writeMs + hop.readers * readMs),
  };
}

/**
 * Over links, while it is written: the readers run as long as the writers do, and are paid for it.
 *
 * @param waitingMs of the writers, from the start of the gang to their last row
 */
export function linksCost(model: CostModel, hop: Hop, waitingMs: number): HopCost {
  const { links } = model.latencies;
  const wire = (tasks: number, bytes: number) => {
    const own = each(bytes, tasks);
    return Math.max(transferMs(model, own), own / (links.bytesPerMs * Math.max(1, each(hop.gets, tasks))));
  };
  const writeMs = writeCpuMs(model, hop) + wire(hop.writers, hop.bytes);
  const readMs = readCpuMs(model, hop) + wire(hop.readers, hop.readBytes);
  const ms = links.connectMs + Math.max(writeMs, readMs);
  return {
    put: 0,
    get: 0,
    written: hop.bytes,
    read: hop.readBytes,
    ms,
    dollars: 0,
    functions: functionDollars(model, hop.writers * writeMs + hop.readers * (waitingMs + ms)),
  };
}
