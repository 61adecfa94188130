import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InternalError } from '../../../common/errors.ts';
import type { RunnableFunction } from './function-definition.ts';
import { exited, type FunctionError, type ProcessExit, timedOut, timeoutText } from './function-error.ts';
import { type FunctionEvent, type InstanceEnd, type InvocationReport, reportLine } from './function-event.ts';
import { LATEST } from './function-name.ts';
import { type HostCaps, nodeOptions } from './host-caps.ts';
import { instanceEnvironment } from './instance-environment.ts';
import { InstanceProcess } from './instance-process.ts';
import { LogFile } from './log-file.ts';
import { RuntimeApi } from './runtime-api.ts';
import type { Answer, Work } from './work.ts';

export interface InstanceOptions {
  readonly definition: RunnableFunction;
  readonly caps: HostCaps;
  readonly region: string;
  /** Folder in which the instance gets a temporary folder of its own. */
  readonly scratch: string;
  /** How long it may take to ask for work, ms. */
  readonly initTimeoutMs: number;
  readonly onEvent: (event: FunctionEvent) => void;
}

/** How the start of an instance went. A failure is told to whoever asks, so it takes a request id. */
export type InitResult =
  | { readonly kind: 'ready' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'failed'; readonly error: (requestId: string) => FunctionError };

export interface InvocationResult {
  readonly answer: Answer;
  readonly report: InvocationReport;
  /** The last 4 KB of the log. */
  readonly log: Buffer;
}

/** One warm or cold place where a function runs: a process and the Runtime API it speaks to. One invocation at a time. */
export class Instance {
  readonly id: string;
  readonly #options: InstanceOptions;
  readonly #api: RuntimeApi;
  readonly #process: InstanceProcess;
  readonly #startedAt = performance.now();
  /** How the process ended; when this settles nothing of the instance is left. */
  readonly gone: Promise<ProcessExit>;
  readonly ready: Promise<InitResult>;
  #settleInit!: (result: InitResult) => void;
  #settleWork: ((how: 'answered' | 'exited' | 'timeout') => void) | undefined;
  #end: InstanceEnd | undefined;
  readonly #log: LogFile;
  #initMs: number | undefined;
  #invocations = 0;
  /** Somebody still wants the log. */
  #inUse = true;

  private constructor(id: string, options: InstanceOptions, api: RuntimeApi, temporary: string) {
    this.id = id;
    this.#options = options;
    this.#api = api;
    this.#log = new LogFile(`${temporary}.log`);
    const { definition, caps, region, onEvent } = options;
    const env = instanceEnvironment({
      definition,
      region,
      instanceId: id,
      runtimeApi: api.address,
      nodeOptions: nodeOptions(caps, definition.memoryMb, definition.env().NODE_OPTIONS),
      temporary,
    });
    this.#process = new InstanceProcess({ definition, caps, env, output: this.#log.fd });
    if (this.#process.pid !== undefined) onEvent({ kind: 'started', ...this.#names, pid: this.#process.pid });
    this.ready = this.#initialised();
    this.gone = this.#process.exit.then((exit) => this.#onExit(exit, temporary));
  }

  static async start(options: InstanceOptions): Promise<Instance> {
    const id = randomUUID();
    const temporary = join(options.scratch, id);
    await mkdir(temporary, { recursive: true });
    const api = await RuntimeApi.listen({
      onNext: () => instance.#onNext(),
      onInitError: (error) => instance.#settleInit({ kind: 'failed', error: () => error }),
    });
    let instance: Instance;
    try {
      instance = new Instance(id, options, api, temporary);
    } catch (error) {
      api.close();
      await rm(temporary, { recursive: true });
      throw error;
    }
    return instance;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Runs one invocation; the instance must be ready and idle. Afterwards it is idle again, or `hasEnded`. */
  async invoke(work: Work): Promise<InvocationResult> {
    const { timeoutMs } = this.#options.definition;
    const begin = performance.now();
    this.#inUse = true;
    this.#log.appendLine(`START RequestId: ${work.requestId} Version: ${LATEST}`);
    const how = await new Promise<'answered' | 'exited' | 'timeout'>((resolve) => {
      const timer = setTimeout(() => resolve('timeout'), timeoutMs);
      this.#settleWork = (reason) => {
        clearTimeout(timer);
        resolve(reason);
      };
      this.#api.deliver(work, Date.now() + timeoutMs);
    });
    this.#settleWork = undefined;
    const durationMs = performance.now() - begin;
    const maxMemoryMb = this.#process.maxMemoryMb();
    const answer = await this.#answer(how, work);
    return this.#result(work.requestId, durationMs, answer, maxMemoryMb);
  }

  /** The result of an invocation for which this instance was started, when it did not become ready. */
  async failedStart(requestId: string, error: FunctionError): Promise<InvocationResult> {
    await this.gone;
    this.#log.appendLine(`START RequestId: ${requestId} Version: ${LATEST}`);
    return this.#result(requestId, performance.now() - this.#startedAt, { kind: 'error', error }, undefined);
  }

  /** For an instance that nobody is going to invoke: kills it and waits until nothing of it is left. */
  async discard(why: InstanceEnd): Promise<void> {
    this.kill(why);
    await this.gone;
    this.#log.close();
  }

  /** Kills the process; the reason of the first call counts. `gone` tells when it has ended. */
  kill(why: InstanceEnd): void {
    this.#end ??= why;
    this.#process.kill();
  }

  get #names() {
    return { functionName: this.#options.definition.name, instanceId: this.id };
  }

  async #answer(how: 'answered' | 'exited' | 'timeout', work: Work): Promise<Answer> {
    if (how === 'timeout') this.kill('timeout');
    const exit = how === 'answered' ? undefined : await this.gone;
    if (this.#api.answer) return this.#api.answer;
    if (exit === undefined) throw new InternalError('a runtime asked for work before it had answered');
    if (how === 'timeout') {
      const { timeoutMs } = this.#options.definition;
      this.#log.appendLine(`${new Date().toISOString()} ${work.requestId} ${timeoutText(timeoutMs)}\n`);
      return { kind: 'error', error: timedOut(work.requestId, timeoutMs) };
    }
    const error = exited(work.requestId, exit);
    this.#log.appendLine(String(JSON.parse(error.payload.toString('utf8')).errorMessage));
    this.#log.appendLine(error.errorType);
    return { kind: 'error', error };
  }

  #result(requestId: string, durationMs: number, answer: Answer, maxMemoryMb: number | undefined): InvocationResult {
    const cold = this.#invocations++ === 0;
    const initMs = cold ? this.#initMs : undefined;
    const report: InvocationReport = {
      ...this.#names,
      requestId,
      cold,
      durationMs,
      billedMs: Math.ceil(durationMs + (initMs ?? 0)),
      memoryMb: this.#options.definition.memoryMb,
      ...(initMs !== undefined && { initMs }),
      ...(maxMemoryMb !== undefined && { maxMemoryMb }),
      ...(answer.kind === 'error' && { errorType: answer.error.errorType }),
    };
    this.#log.appendLine(`END RequestId: ${requestId}`);
    this.#log.appendLine(reportLine(report));
    const log = this.#log.take();
    this.#inUse = false;
    if (this.hasEnded) this.#log.close();
    return { answer, report, log };
  }

  #initialised(): Promise<InitResult> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#settleInit({ kind: 'timeout' }), this.#options.initTimeoutMs);
      this.#settleInit = (result) => {
        clearTimeout(timer);
        if (result.kind !== 'ready') this.kill('init');
        resolve(result);
      };
    });
  }

  #onNext(): void {
    if (this.#initMs !== undefined) {
      this.#settleWork?.('answered');
      return;
    }
    this.#initMs = performance.now() - this.#startedAt;
    this.#process.limitCpu();
    this.#options.onEvent({ kind: 'ready', ...this.#names, initMs: this.#initMs });
    this.#settleInit({ kind: 'ready' });
  }

  async #onExit(exit: ProcessExit, temporary: string): Promise<ProcessExit> {
    this.#end ??= 'exit';
    this.#api.close();
    if (!this.#inUse) this.#log.close();
    await rm(temporary, { recursive: true, force: true });
    this.#options.onEvent({ kind: 'ended', ...this.#names, why: this.#end, exit });
    this.#settleInit({ kind: 'failed', error: (requestId) => exited(requestId, exit) });
    this.#settleWork?.('exited');
    return exit;
  }
}
