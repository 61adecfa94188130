import type { Clock, Random } from '../common/clock.ts';
import { InvokeError, SquallError } from '../common/errors.ts';
import { decodeWire } from '../common/wire.ts';
import type { Task, TaskReport } from '../operators/task.ts';
import { sumCounts } from '../storage/counted.ts';
import type { Stores } from '../storage/stores.ts';
import type { InvokeOptions } from './invoke-options.ts';
import type { LambdaAnswer, LambdaApi } from './lambda-api.ts';
import { functionError, isThrottle, mayHaveStarted, serviceError, where } from './lambda-errors.ts';
import { untilAborted, untilOver } from './lingering.ts';
import { identityOf, packTask, reportObject, type TaskEvent, taskObject, type WorkerAnswer } from './messages.ts';
import { compress, decompress, unpack } from './pack.ts';
import { untilTaken } from './throttle.ts';
import { invokeTree } from './tree.ts';

export interface LambdaInvokerOptions {
  readonly functionName: string;
  readonly lambda: LambdaApi;
  /** Largest request and answer, bytes. */
  readonly payloadBytes: number;
  /** Where messages go that are larger, and where the journal is. */
  readonly stores: Stores;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Invokes tasks as RequestResponse invocations of one AWS Lambda function. AWS, the embedded cloud and the simulated one answer
 * the same protocol, so all use this class. Throttled invocations (429) wait and are sent again: a concurrency limit slows a query,
 * it does not fail it, and the wait is not taken off the task's time. Only a function that takes nothing for 15 minutes is an
 * error (SQ4011). A task or a report larger than a payload goes through the store. Nothing stops a function from outside: when a
 * caller's signal fires the connection stays, unheard, until the function has ended.
 */
export class LambdaInvoker {
  readonly #options: LambdaInvokerOptions;
  readonly #closed = new AbortController();
  /** Invocations that nobody waits for any more. */
  readonly #lingering = new Set<Promise<unknown>>();

  constructor(options: LambdaInvokerOptions) {
    this.#options = options;
  }

  async invoke(task: Task, options: InvokeOptions): Promise<TaskReport> {
    const { functionName } = this.#options;
    const { signal } = options;
    const event = await this.#event(task, options);
    const answer = await this.#send(event, task, options);
    if (answer.failed) throw functionError(answer.payload, answer.log, task);
    try {
      return await this.#report(answer, task, options);
    } catch (cause) {
      if (signal.aborted || (cause instanceof SquallError && cause.code !== 'SQ3001')) throw cause;
      throw new InvokeError('SQ6005', `the function ${functionName} did not answer with a report`, {
        cause,
        hint: 'is it the Squall worker of this version?',
        details: where(task),
      });
    }
  }

  /**
   * So many invocations at once that do nothing, so that as many instances are ready when the next ones come. What the function's
   * concurrency does not allow is left out. Throws InvokeError.
   */
  async warm(count: number, { signal }: Pick<InvokeOptions, 'signal'>): Promise<void> {
    const { lambda, functionName } = this.#options;
    const payload = Buffer.from(JSON.stringify({ warm: true }));
    const one = async (): Promise<void> => {
      try {
        const {
          failed,
          payload: text,
          log,
        } = await lambda.invoke({ functionName, payload, type: 'RequestResponse', signal });
        if (failed) throw functionError(text, log, null);
      } catch (error) {
        if (signal.aborted || isThrottle(error)) return;
        throw serviceError(error, null, functionName);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** Starts all tasks, which need a journal, through a tree of Event invocations; one promise a task. */
  invokeTree(tasks: readonly Task[], options: InvokeOptions): readonly Promise<TaskReport>[] {
    return invokeTree(tasks, { ...this.#options, ...options, closed: this.#closed.signal });
  }

  /** Resolves when the functions that were left alone have ended, after `maxMs` at the latest. */
  async drained(maxMs: number): Promise<void> {
    if (this.#lingering.size === 0) return;
    const waiting = new AbortController();
    const patience = this.#options.clock.sleep(maxMs, waiting.signal).then(undefined, () => undefined);
    await Promise.race([Promise.all(this.#lingering), patience]);
    waiting.abort();
  }

  /** Ends the client's connections. */
  close(): void {
    this.#closed.abort();
    this.#options.lambda.close();
  }

  /** The task, or where it is. */
  async #event(task: Task, { signal, wrote }: InvokeOptions): Promise<TaskEvent> {
    const event: TaskEvent = { task: packTask(task) };
    if (byteLength(event) + WAITED_BYTES <= this.#options.payloadBytes) return event;
    const uri = taskObject(task);
    wrote(uri);
    const { store, location } = this.#options.stores.resolve(uri);
    await store.put(location, compress(unpack(event.task)), { signal });
    return { taskAt: { uri, storage: task.storage }, of: identityOf(task) };
  }

  #send(event: TaskEvent, task: Task, options: InvokeOptions): Promise<LambdaAnswer> {
    const { lambda, functionName, clock, random } = this.#options;
    const { signal, throttled, lingers } = options;
    const send = async (waitedMs: number): Promise<LambdaAnswer> => {
      const payload = Buffer.from(JSON.stringify(waitedMs > 0 ? { ...event, waitedMs } : event));
      const call = () => lambda.invoke({ functionName, payload, type: 'RequestResponse' });
      const over = () => untilOver(task.budget.deadline + waitedMs, { clock, closed: this.#closed.signal });
      const left = (running: Promise<LambdaAnswer>) => {
        const gone = this.#left(running, over);
        lingers?.(gone);
      };
      try {
        return await untilAborted(call, signal, left);
      } catch (error) {
        if (!signal.aborted && mayHaveStarted(error)) lingers?.(over());
        throw error;
      }
    };
    const pause = throttled && { throttled };
    return untilTaken(send, { functionName, of: task, clock, random, signal, ...pause });
  }

  /** When the function of a call that nobody waits for has ended. */
  #left(running: Promise<LambdaAnswer>, over: () => Promise<void>): Promise<void> {
    const ended = running.then(
      () => undefined,
      (error: unknown) => (mayHaveStarted(error) ? over() : undefined),
    );
    const known = running.then(undefined, () => undefined);
    this.#lingering.add(known);
    void known.finally(() => this.#lingering.delete(known));
    return ended;
  }

  async #report({ payload }: LambdaAnswer, task: Task, { signal, wrote }: InvokeOptions): Promise<TaskReport> {
    const answer = decodeWire(payload) as Extract<WorkerAnswer, { report: unknown } | { reportAt: unknown }>;
    if (!('reportAt' in answer)) return objectOf(unpack(answer.report));
    const uri = reportObject(task);
    if (answer.reportAt !== uri) throw new TypeError(`the report is at ${answer.reportAt}`);
    wrote(uri);
    const { store, location } = this.#options.stores.resolve(uri);
    const { body } = await store.getRange(location, { kind: 'all' }, { signal });
    const report = objectOf(decompress(body));
    const requests = sumCounts([report.metrics.requests, answer.requests]);
    return { ...report, metrics: { ...report.metrics, requests } };
  }
}

/** What `waitedMs` adds to an event, bytes. */
const WAITED_BYTES = 40;

const byteLength = (event: TaskEvent): number => Buffer.byteLength(JSON.stringify(event));

function objectOf(text: string): TaskReport {
  const report = decodeWire(text);
  if (typeof report === 'object' && report !== null) return report as TaskReport;
  throw new TypeError('the report is no object');
}
