import { assertNever } from '../../../common/errors.ts';
import type { InstancePool } from './instance-pool.ts';
import type { Work } from './work.ts';

interface QueuedEvent {
  readonly functionName: string;
  readonly work: Work;
  /** Times it has failed in the function. */
  failures: number;
}

/**
 * Asynchronous invocations (type Event). They start in order as soon as the concurrency limits allow, and one that
 * failed in the function is tried again after each of the delays. What is queued when the server closes is lost.
 */
export class EventQueue {
  readonly #pool: InstancePool;
  readonly #retryDelaysMs: readonly number[];
  readonly #waiting: QueuedEvent[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(pool: InstancePool, retryDelaysMs: readonly number[]) {
    this.#pool = pool;
    this.#retryDelaysMs = retryDelaysMs;
  }

  push(functionName: string, work: Work): void {
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
        this.#run(event).catch((error: unknown) => {
          if (!this.#closed) throw error;
        });
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #run(event: QueuedEvent): Promise<void> {
    const { answer } = await this.#pool.invoke(event.functionName, event.work);
    switch (answer.kind) {
      case 'response':
        return;
      case 'error': {
        const delay = this.#retryDelaysMs[event.failures++];
        if (delay === undefined || this.#closed) return;
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          this.#waiting.push(event);
          this.pump();
        }, delay);
        this.#timers.add(timer);
        return;
      }
      default:
        return assertNever(answer);
    }
  }
}
