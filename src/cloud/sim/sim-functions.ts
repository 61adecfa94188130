import type { Random } from '../../common/clock.ts';
import { decodeWire } from '../../common/wire.ts';
import type { LambdaAnswer, LambdaApi, LambdaRequest } from '../../invoke/lambda-api.ts';
import { MAX_EVENT_BYTES } from '../../invoke/lambda-api.ts';
import type { WorkerEvent } from '../../invoke/messages.ts';
import type { TaskReport } from '../../operators/task.ts';
import { expectManyListeners } from '../../storage/abort.ts';
import { MemoryObjectStore } from '../../storage/memory.ts';
import type { Stores } from '../../storage/stores.ts';
import type { FunctionHost } from '../../worker/host.ts';
import { KeptMemory } from '../../worker/kept-memory.ts';
import { serve } from '../../worker/serve.ts';
import { taskStores } from '../../worker/task-stores.ts';
import { drawLatency, type SimModel } from './models.ts';
import type { Trace } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface SimFunctionsOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly trace: Trace;
  readonly model: SimModel;
  /** Largest request and answer, bytes. */
  readonly payloadBytes: number;
  readonly stores: (who: string) => Stores;
  /** Whether a function dies as it starts; told its number, from 0. */
  readonly dies?: (nth: number) => boolean;
}

interface Instance {
  readonly id: string;
  readonly stores: Stores;
}

const FUNCTION = 'squall-worker';
/** Pauses before Lambda sends an event again whose function died, ms. */
const EVENT_RETRIES_MS = [60_000, 120_000];

/** A function under virtual time: the worker's own code, each instance with connections of its own, warm ones used again. */
export class SimFunctions {
  readonly #options: SimFunctionsOptions;
  readonly #idle: Instance[] = [];
  readonly #running = new Set<Promise<unknown>>();
  readonly #closed = new AbortController();
  /** One after the other computes: one memory does for all. */
  readonly #memory = new KeptMemory();
  #instances = 0;
  #invocations = 0;

  constructor(options: SimFunctionsOptions) {
    this.#options = options;
    expectManyListeners(this.#closed.signal);
  }

  /** Lambda as one caller sees it: with so many invocations under way as the model allows. */
  caller(who: string): LambdaApi {
    const { clock, random, trace, model } = this.#options;
    const places = new Places(model.inFlight ?? Number.POSITIVE_INFINITY);
    const invoke = async ({ payload, type, signal }: LambdaRequest): Promise<LambdaAnswer> => {
      await places.take();
      try {
        trace.add(`${who} invokes (${type}, ${payload.length} bytes)`);
        this.#checkSize(payload, type);
        await clock.sleep(drawLatency(model.invoke, random), signal);
        const event = JSON.parse(Buffer.from(payload).toString('utf8')) as WorkerEvent;
        if (type === 'Event') {
          this.#start(event);
          return { payload: '', failed: false };
        }
        return await this.#call(event, signal);
      } finally {
        places.free();
      }
    };
    return { invoke, close: () => undefined };
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.allSettled(this.#running);
  }

  #start(event: WorkerEvent): void {
    const running = this.#deliver(event).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #call(event: WorkerEvent, signal: AbortSignal | undefined): Promise<LambdaAnswer> {
    const closed = this.#closed.signal;
    const running = this.#run(event, signal ? AbortSignal.any([signal, closed]) : closed);
    this.#running.add(running);
    return running.finally(() => this.#running.delete(running));
  }

  /** As Lambda does with events: again, after a while, when the function died. */
  async #deliver(event: WorkerEvent): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#closed;
    for (let failures = 0; !signal.aborted; failures++) {
      const { failed } = await this.#run(event, signal);
      const pause = EVENT_RETRIES_MS[failures];
      if (!failed || pause === undefined) return;
      await clock.sleep(pause, signal).catch(() => undefined);
    }
  }

  async #run(event: WorkerEvent, signal: AbortSignal | undefined): Promise<LambdaAnswer> {
    const { clock, random, model, trace, payloadBytes } = this.#options;
    if (this.#options.dies?.(this.#invocations++)) return died('Runtime.ExitError', 'signal: killed');
    const warm = this.#idle.pop();
    const instance = warm ?? this.#newInstance();
    const initMs = warm ? null : drawLatency(model.coldStart, random);
    try {
      if (initMs !== null) await clock.sleep(initMs, signal);
      trace.add(`${instance.id} starts ${nameOf(event)}${warm ? '' : ' cold'}`);
      const ran = async (report: TaskReport) => {
        await clock.sleep(report.metrics.rowsIn / model.rowsPerMs, signal);
        trace.add(`${instance.id} ends ${taskName(report)}: ${outcomeOf(report)}`);
      };
      const answer = await serve(event, this.#host(instance, initMs), { ran, ...(signal && { signal }) });
      const payload = JSON.stringify(answer);
      if (Buffer.byteLength(payload) > payloadBytes) return died('Function.ResponseSizeTooLarge', 'too large');
      return { payload, failed: false };
    } catch (error) {
      if (signal?.aborted) throw error;
      return died(error instanceof Error ? error.name : 'Error', String(error));
    } finally {
      this.#idle.push(instance);
    }
  }

  #host(instance: Instance, initMs: number | null): FunctionHost {
    const { clock, random, payloadBytes } = this.#options;
    return {
      clock,
      random,
      openStores: () => taskStores(instance.stores),
      spillPlace: () => ({ store: new MemoryObjectStore(), base: { bucket: 'spill', key: '' } }),
      memory: this.#memory,
      instance: { id: instance.id, start: () => ({ coldStart: initMs !== null, initMs }), memoryPeakBytes: () => 0 },
      answerBytes: payloadBytes,
      openSelf: async () => ({ lambda: this.caller(instance.id), functionName: FUNCTION }),
    };
  }

  #newInstance(): Instance {
    const id = `function-${this.#instances++}`;
    return { id, stores: this.#options.stores(id) };
  }

  #checkSize(payload: Uint8Array, type: LambdaRequest['type']): void {
    const limit = type === 'Event' ? MAX_EVENT_BYTES : this.#options.payloadBytes;
    if (payload.length <= limit) return;
    const message = `${payload.length} byte payload is too large`;
    throw Object.assign(new Error(message), { name: 'RequestTooLargeException', $metadata: { httpStatusCode: 413 } });
  }
}

/** How many may be at something at once. */
class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(free: number) {
    this.#free = free;
  }

  async take(): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  free(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free++;
  }
}

const died = (errorType: string, errorMessage: string): LambdaAnswer => ({
  payload: JSON.stringify({ errorType, errorMessage }),
  failed: true,
});

function nameOf(event: WorkerEvent): string {
  if ('of' in event) return taskName(event.of);
  if ('task' in event && typeof event.task === 'string') return taskName(decodeWire(event.task) as TaskReport);
  return Object.keys(event)[0] ?? 'nothing';
}

const taskName = ({ stage, task, attempt }: Pick<TaskReport, 'stage' | 'task' | 'attempt'>): string =>
  `stage ${stage} task ${task} attempt ${attempt}`;

const outcomeOf = ({ outcome }: TaskReport): string =>
  outcome.ok ? `${outcome.manifest.rows} rows` : outcome.error.code;
