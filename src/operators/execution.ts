import type { Arena } from '../wasm/arena.ts';
import type { LinearMemory } from '../wasm/linear-memory.ts';
import type { Morsel } from '../wasm/morsel.ts';
import type { Batch } from '../wasm/vector.ts';
import type { ExchangeSourcePlan, ScanPlan } from './plan.ts';

/** An operator at work: pulled by its reader, nothing runs ahead; ending the iteration ends its inputs and frees its memory. */
export type MorselStream = AsyncIterable<Morsel>;

/**
 * What the operators of one running plan share. Each of them takes its memory in arenas of its own, since what it keeps lives
 * longer than the morsels that pass: one for its state, one per morsel that it delivers.
 */
export interface ExecutionContext {
  readonly memory: LinearMemory;
  /** Bytes that one operator's state may take; beyond it spills. Ask anew each time: it shrinks as others take memory. */
  readonly operatorBytes: number;
  /** Where state goes that outgrows its budget; null: nowhere, so it fails with SQ4001. */
  readonly spill: SpillSpace | null;
  /** The rows of a task's row groups. */
  scan(plan: ScanPlan): MorselStream;
  /** What another stage wrote. */
  exchange(plan: ExchangeSourcePlan): AsyncIterable<Batch>;
  /** Rows that each node of the plan, in preorder, has delivered: added to as morsels pass. */
  readonly operatorRows?: number[];
  readonly signal?: AbortSignal;
  /** Lets other work of the process go on, reads and timers; then as `checkpoint`. */
  readonly breathe?: () => Promise<void>;
  /** Throws when the plan has to stop; called now and then by what runs row by row in TypeScript, where no signal arrives. */
  readonly checkpoint?: () => void;
  /** Told of every generated module, for `explain --wasm`. */
  readonly onModule?: (module: GeneratedModule) => void;
}

/** A module as it was generated for one operator. */
export interface GeneratedModule {
  /** The operator in a few words: `filter l_shipdate <= …`. */
  readonly title: string;
  /** WebAssembly text. */
  readonly text: () => string;
  readonly bytes: number;
  /** Milliseconds to emit, compile and instantiate. */
  readonly ms: number;
}

/** Storage for what does not fit memory; everything in it is gone when the task ends. */
export interface SpillSpace {
  /** A new file: batches are appended, then read back in order, any number of times. */
  create(): SpillFile;
  /** Bytes written so far. */
  readonly bytes: number;
}

export interface SpillFile {
  readonly rows: number;
  /** Writes a copy of the batch's rows. Throws StorageError, ResourceError SQ4007 when there is no space. */
  append(batch: Batch): Promise<void>;
  /** The batches as they were appended, each in `arena` until the next one is pulled. */
  read(arena: Arena): AsyncIterable<Batch>;
  /** Gives the space back. */
  delete(): Promise<void>;
}
