import type { Clock, Random } from '../common/clock.ts';
import type { LambdaApi } from '../invoke/lambda-api.ts';
import type { Task } from '../operators/task.ts';
import type { ObjectLocation, ObjectStore, RequestCounts } from '../storage/object-store.ts';
import type { StorageSettings } from '../storage/settings.ts';
import type { Resolved } from '../storage/stores.ts';
import type { KeptMemory } from './kept-memory.ts';

/** All that a task may reach outside of its own memory. */
export interface WorkerHost {
  readonly clock: Clock;
  readonly random: Random;
  /** The stores of one task, as its settings describe them; called once per task. */
  openStores(settings: StorageSettings): TaskStores;
  /** Where a task puts aside what does not fit its memory; its own, and empty. */
  spillPlace(task: Task): SpillPlace;
  readonly memory: KeptMemory;
  readonly instance: WorkerInstance;
}

/** All that a function reaches beside. */
export interface FunctionHost extends WorkerHost {
  /** Largest answer, bytes. */
  readonly answerBytes: number;
  /** A way to invoke the very function that runs; the caller closes it. */
  openSelf(): Promise<Self>;
}

export interface Self {
  readonly lambda: LambdaApi;
  readonly functionName: string;
}

/** Objects under a location. */
export interface SpillPlace {
  readonly store: ObjectStore;
  readonly base: ObjectLocation;
}

export interface TaskStores {
  /** Throws StorageError SQ5012 for text that is no location. */
  resolve(uri: string): Resolved;
  /** Requests of this task so far, every attempt included. */
  requests(): RequestCounts;
}

/** The process that runs the task. */
export interface WorkerInstance {
  readonly id: string;
  /** Asked once per task: whether it is the instance's first, and how long the instance took to be ready, ms. */
  start(): { readonly coldStart: boolean; readonly initMs: number | null };
  /** Most resident memory so far, bytes. */
  memoryPeakBytes(): number;
}
