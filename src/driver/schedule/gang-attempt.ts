import { setMaxListeners } from 'node:events';
import { asSquallError, CancelledError, type SquallError } from '../../common/errors.ts';
import type { Task } from '../../operators/task.ts';
import { type AttemptEnd, attemptEnd, launch, type Started } from './attempt.ts';
import type { RunContext } from './run-context.ts';

/** When a link breaks, the reason is given so long to be heard of, ms. */
const REASON_MS = 500;
/** Errors of links: what one task says when another one is gone. */
const LINK_ERRORS: ReadonlySet<string> = new Set(['SQ6010', 'SQ6011', 'SQ6012']);

/** How one task of a gang has ended; null: it was never started. */
export type MemberEnd = { readonly started: Started; readonly end: AttemptEnd } | null;

/** The tasks of a gang, each run once: when one fails all are stopped. */
export class GangAttempt {
  readonly #context: RunContext;
  readonly #onFailure: (reason: string) => void;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #errors: SquallError[] = [];
  #failing = false;

  /** @param onFailure told once, when the gang is given up */
  constructor(context: RunContext, onFailure: (reason: string) => void) {
    this.#context = context;
    this.#onFailure = onFailure;
    this.#signal = AbortSignal.any([context.signal, this.#stop.signal]);
    setMaxListeners(0, this.#signal);
  }

  /** Why the gang failed: what its tasks say of themselves before what they say of links, what cannot be tried again first. */
  get error(): SquallError | null {
    const own = this.#errors.filter(({ code }) => !LINK_ERRORS.has(code));
    return own.find(({ retryable }) => !retryable) ?? own[0] ?? this.#errors[0] ?? null;
  }

  async member(message: () => Task): Promise<MemberEnd> {
    const { options, launcher } = this.#context;
    const launching = { ...options, pace: launcher.pace, signal: this.#signal };
    try {
      const started = await launch(message, launching);
      const end = await attemptEnd(started, launching);
      if (end.error) this.#failed(end.error);
      return { started, end };
    } catch (error) {
      this.#failed(asSquallError(error));
      return null;
    }
  }

  #failed(error: SquallError): void {
    if (this.#stop.signal.aborted) return;
    this.#errors.push(error);
    if (!LINK_ERRORS.has(error.code)) {
      this.#giveUp();
      return;
    }
    if (this.#failing) return;
    this.#failing = true;
    void this.#giveUpSoon();
  }

  /** Another task may be about to say what really happened. */
  async #giveUpSoon(): Promise<void> {
    const { clock } = this.#context.options.cloud;
    await clock.sleep(REASON_MS, this.#signal).catch((error: unknown) => {
      if (!this.#signal.aborted) throw error;
    });
    this.#giveUp();
  }

  #giveUp(): void {
    if (this.#stop.signal.aborted) return;
    this.#onFailure(this.error?.message ?? 'a task of the gang failed');
    this.#stop.abort(new CancelledError('SQ7000', 'another task of the gang failed'));
  }
}
