import type { RunnableFunction } from './function-definition.ts';
import { timedOut } from './function-error.ts';
import { Instance, type InstanceOptions, type InvocationResult } from './instance.ts';
import { functionNotFound, ServiceException, type ThrottleReason, throttled } from './service-exception.ts';
import type { Work } from './work.ts';

export interface InstancePoolOptions extends Pick<InstanceOptions, 'caps' | 'region' | 'scratch' | 'onEvent'> {
  readonly functions: readonly RunnableFunction[];
  /** Invocations at once of all functions. */
  readonly concurrency: number;
  /** An instance that had nothing to do for this long is ended, ms. */
  readonly idleMs: number;
  /** How long a first start may take before it is tried again on the time of the invocation, ms. */
  readonly initTimeoutMs: number;
  /** An invocation has ended and another may start. */
  readonly onFree: () => void;
}

export interface PoolStats {
  /** Instances alive, starting ones included. */
  readonly instances: number;
  readonly idle: number;
  readonly inFlight: number;
  readonly invocations: number;
  readonly coldStarts: number;
  readonly functionErrors: number;
  readonly throttles: number;
}

interface FunctionState {
  readonly definition: RunnableFunction;
  /** The most recently used last. */
  readonly idle: Instance[];
  inFlight: number;
}

/** The instances of all functions: warm ones are used again, the most recently used first; limits are Lambda's. */
export class InstancePool {
  readonly #options: InstancePoolOptions;
  readonly #functions: ReadonlyMap<string, FunctionState>;
  readonly #alive = new Set<Instance>();
  readonly #idleTimers = new Map<Instance, NodeJS.Timeout>();
  readonly #counts = { invocations: 0, coldStarts: 0, functionErrors: 0, throttles: 0 };
  #inFlight = 0;
  #closed = false;

  constructor(options: InstancePoolOptions) {
    this.#options = options;
    this.#functions = new Map(
      options.functions.map((definition) => [definition.name, { definition, idle: [], inFlight: 0 }]),
    );
  }

  has(name: string): boolean {
    return this.#functions.has(name);
  }

  get stats(): PoolStats {
    return {
      ...this.#counts,
      instances: this.#alive.size,
      idle: this.#idleTimers.size,
      inFlight: this.#inFlight,
    };
  }

  /** Why the function can not run now, if it can not. */
  throttleReason(name: string): ThrottleReason | undefined {
    const { definition, inFlight } = this.#state(name);
    if (inFlight >= (definition.concurrency ?? Number.POSITIVE_INFINITY)) {
      return 'ReservedFunctionConcurrentInvocationLimitExceeded';
    }
    return this.#inFlight >= this.#options.concurrency ? 'ConcurrentInvocationLimitExceeded' : undefined;
  }

  /** Runs one invocation in a warm or a new instance. Throws ServiceException 429 at the limits. */
  async invoke(name: string, work: Work): Promise<InvocationResult> {
    const state = this.#state(name);
    const reason = this.throttleReason(name);
    if (reason !== undefined) {
      this.#counts.throttles++;
      this.#options.onEvent({ kind: 'throttled', functionName: name });
      throw throttled(reason);
    }
    state.inFlight++;
    this.#inFlight++;
    try {
      const result = await this.#run(state, work);
      this.#counts.invocations++;
      if (result.report.cold) this.#counts.coldStarts++;
      if (result.answer.kind === 'error') this.#counts.functionErrors++;
      this.#options.onEvent({ kind: 'invoked', ...result.report });
      return result;
    } finally {
      state.inFlight--;
      this.#inFlight--;
      this.#options.onFree();
    }
  }

  /** Kills every instance and waits until nothing of them is left. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#idleTimers.values()) clearTimeout(timer);
    this.#idleTimers.clear();
    for (const instance of this.#alive) instance.kill('closed');
    await Promise.all([...this.#alive].map((instance) => instance.gone));
  }

  #state(name: string): FunctionState {
    const state = this.#functions.get(name);
    if (!state) throw functionNotFound(name);
    return state;
  }

  async #run(state: FunctionState, work: Work): Promise<InvocationResult> {
    const warm = state.idle.at(-1);
    if (warm) {
      this.#withdraw(warm, state);
      return this.#use(warm, state, work);
    }
    const first = await this.#start(state, this.#options.initTimeoutMs);
    const init = await first.ready;
    if (init.kind === 'ready') return this.#use(first, state, work);
    if (init.kind === 'failed') return first.failedStart(work.requestId, init.error(work.requestId));
    // Lambda starts an instance a second time when the first took too long, now on the time of the invocation.
    await first.discard('init');
    const { timeoutMs } = state.definition;
    const second = await this.#start(state, timeoutMs);
    const again = await second.ready;
    if (again.kind === 'ready') return this.#use(second, state, work);
    const error = again.kind === 'failed' ? again.error(work.requestId) : timedOut(work.requestId, timeoutMs);
    return second.failedStart(work.requestId, error);
  }

  async #start(state: FunctionState, initTimeoutMs: number): Promise<Instance> {
    const { caps, region, scratch, onEvent } = this.#options;
    const instance = await Instance.start({
      definition: state.definition,
      caps,
      region,
      scratch,
      onEvent,
      initTimeoutMs,
    });
    this.#alive.add(instance);
    void instance.gone.then(() => this.#forget(instance, state));
    if (this.#closed) {
      await instance.discard('closed');
      throw new ServiceException(503, 'ServiceException', 'The function server is closing.');
    }
    return instance;
  }

  async #use(instance: Instance, state: FunctionState, work: Work): Promise<InvocationResult> {
    const result = await instance.invoke(work);
    if (!instance.hasEnded) {
      state.idle.push(instance);
      const expire = () => {
        this.#withdraw(instance, state);
        instance.kill('idle');
      };
      this.#idleTimers.set(instance, setTimeout(expire, this.#options.idleMs));
    }
    return result;
  }

  #forget(instance: Instance, state: FunctionState): void {
    this.#alive.delete(instance);
    this.#withdraw(instance, state);
  }

  /** No further invocation gets this instance. */
  #withdraw(instance: Instance, state: FunctionState): void {
    clearTimeout(this.#idleTimers.get(instance));
    this.#idleTimers.delete(instance);
    const at = state.idle.indexOf(instance);
    if (at >= 0) state.idle.splice(at, 1);
  }
}
