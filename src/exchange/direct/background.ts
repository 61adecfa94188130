import { cancelled, InternalError, throwIfAborted } from '../../common/errors.ts';
import { type Scope, scopeWithin } from './time-limit.ts';

/** What one end of links does while its task goes on. The first failure ends all of it. */
export class Background {
  /** Ends with all that runs. */
  readonly scope: Scope;
  readonly #onFailed: (error: unknown) => void;
  readonly #work: Promise<void>[] = [];
  #failure: unknown;

  /** Throws CancelledError when the signal has fired; when it fires, that is the failure. */
  constructor(signal: AbortSignal | undefined, onFailed: (error: unknown) => void = () => undefined) {
    throwIfAborted(signal);
    this.#onFailed = onFailed;
    this.scope = scopeWithin(signal);
    this.scope.signal.addEventListener('abort', () => this.fail(cancelled(this.scope.signal)), { once: true });
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Throws what has failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** What rejects fails all, unless its own scope has ended and it is not needed any more. */
  run(work: Promise<void>, { signal }: Scope = this.scope): void {
    const failed = (error: unknown) => {
      if (!signal.aborted) this.fail(error);
    };
    this.#work.push(work.then(undefined, failed));
  }

  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#onFailed(error);
    this.scope.end(error);
  }

  /** Ends all that runs; nothing can be asked for any more. */
  end(): void {
    this.#failure ??= new InternalError('the links are closed');
    this.scope.end();
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#work);
  }
}
