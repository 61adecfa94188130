import type { Clock, Random } from '../common/clock.ts';
import type { PriceTable } from '../common/prices.ts';
import type { InvokeOptions } from '../invoke/invoke-options.ts';
import type { Task, TaskReport } from '../operators/task.ts';
import type { StorageSettings } from '../storage/settings.ts';
import type { Stores } from '../storage/stores.ts';
import type { RampLimits } from './schedule/ramp.ts';

export type Target = 'inline' | 'local' | 'aws' | 'sim';

/** What a target offers to the driver. The session owns it and closes it. */
export interface Cloud {
  readonly target: Target;
  readonly clock: Clock;
  readonly random: Random;
  /** The driver's own way to objects. */
  readonly stores: Stores;
  /** How workers reach the same objects. */
  readonly storage: StorageSettings;
  readonly invoker: Invoker;
  readonly limits: CloudLimits;
  /** URI prefix for temporary objects; every query has its own folder below it and leaves nothing there. */
  readonly scratch: string;
  /** How functions that are connected find each other; null: they cannot be connected. */
  readonly links: LinkMeeting | null;
  /** What GB-seconds and requests cost here; null where nothing is billed. */
  readonly prices: PriceTable | null;
  /** Stops what runs, waits until it is gone; where nothing can be stopped, for a while. Idempotent. */
  close(): Promise<void>;
}

export interface CloudLimits {
  /** Memory of one function, MB. */
  readonly memoryMb: number;
  /** Longest a function may run, ms. */
  readonly timeoutMs: number;
  /** Functions at once. */
  readonly concurrency: number;
  /** Largest request and answer of one invocation, bytes. */
  readonly payloadBytes: number;
  /** How fast instances of the function start; absent: all at once. */
  readonly ramp?: RampLimits;
}

/** In the driver's process, which functions reach at `host`; or through objects, with the address that `echo` tells. */
export type LinkMeeting =
  | { readonly kind: 'driver'; readonly host: string }
  | {
      readonly kind: 'store' /** URL that answers a GET with the caller's public address as text. */;
      readonly echo: string;
    };

/** Runs one attempt of one task on a function and brings back its report. */
export interface Invoker {
  /**
   * A task that failed inside the function is a report with its error. A function that could not be reached or died
   * is an InvokeError, `retryable` when another attempt may fare better. When the signal fires the call ends with
   * CancelledError; the function itself goes on to its end or its deadline, and `options.lingers` is told. Time that the task
   * has to wait for its function moves its deadline. A task or a report that exceeds the payload goes through the store, at
   * `taskObject` and `reportObject`.
   */
  invoke(task: Task, options: InvokeOptions): Promise<TaskReport>;
  /** Starts so many instances at once and resolves when they are ready; the next invocations find them warm. */
  warm?(count: number, options: Pick<InvokeOptions, 'signal'>): Promise<void>;
  /**
   * Starts all tasks through a tree of invocations, which takes the time of two; one promise a task, as of `invoke`. The tasks need
   * a journal.
   */
  invokeTree?(tasks: readonly Task[], options: InvokeOptions): readonly Promise<TaskReport>[];
}
