import { asSquallError } from '../../../common/errors.ts';
import type { FunctionEvent } from './function-event.ts';
import type { InstancePool } from './instance-pool.ts';
import { MAX_QUEUED_EVENTS } from './limits.ts';
import { throttled } from './service-exception.ts';
import type { Work } from './work.ts';

interface QueuedEvent {
  readonly functionName: string;
  readonly work: Work;
  /** Times it has failed. */
  failures: number;
}

export interface EventQueueOptions {
  /** Pauses before each further try, ms. */
  readonly retryDelaysMs: readonly number[];
  readonly onEvent: (event: FunctionEvent) => void;
}

/**
 * Asynchronous invocations (type Event). They start in order as soon as the concurrency limits allow, and one that
 * failed in the function is tried again after each of the delays. What is queued when the server closes is lost.
 */
export class EventQueue {
  readonly #pool: InstancePool;
  readonly #options: EventQueueOptions;
  readonly #waiting: QueuedEvent[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #bytes = 0;
  #closed = false;

  constructor(pool: InstancePool, options: EventQueueOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  /** Throws ServiceException 429 when too much waits already. */
  push(functionName: string, work: Work): void {
    if (this.#bytes + work.event.length > MAX_QUEUED_EVENTS) throw throttled('ConcurrentInvocationLimitExceeded');
    this.#bytes += work.event.length;
    this.#waiting.push({ functionName, work, failures: 0 });
    this.pump();
  }

  /** Starts what may start now. */
  pump(): void {
    for (let at = 0; at < this.#waiting.length && !this.#closed; ) {
      const event = this.#waiting[at]!;
      if (this.#pool.throttleReason(event.functionName) !== undefined) at++;
      else {
        this.#waiting.splice(at, 1);
        void this.#run(event);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #run(event: QueuedEvent): Promise<void> {
    const { functionName, work } = event;
    const why = await this.#failure(event);
    if (this.#closed) return;
    const delay = this.#options.retryDelaysMs[event.failures++];
    if (why === undefined || delay === undefined) this.#bytes -= work.event.length;
    if (why === undefined) return;
    if (delay === undefined) {
      this.#options.onEvent({ kind: 'dropped', functionName, requestId: work.requestId, why });
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#waiting.push(event);
      this.pump();
    }, delay);
    this.#timers.add(timer);
  }

  /** Why one try failed, in the function or before it. */
  async #failure({ functionName, work }: QueuedEvent): Promise<string | undefined> {
    try {
      const { answer } = await this.#pool.invoke(functionName, work);
      return answer.kind === 'error' ? answer.error.errorType : undefined;
    } catch (error) {
      return asSquallError(error).message;
    }
  }
}
