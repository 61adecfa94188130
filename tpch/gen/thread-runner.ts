import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { assertNever, fromWireError, InternalError, ResourceError } from '../../src/common/errors.ts';
import type { JobRunner } from './job-runner.ts';
import type { Job } from './plan.ts';
import type { JobPart } from './run-job.ts';
import type { TextPool } from './text-pool.ts';
import type { FromThread, ThreadData, ToThread } from './thread-messages.ts';

/** Does jobs in `count` worker threads that share the text pool. Throws ResourceError SQ4090 when the build is missing. */
export function threadRunner(pool: TextPool, count: number): JobRunner {
  const entry = threadEntry();
  const workerData: ThreadData = { pool: pool.memory };
  const idle: Thread[] = [];
  const waiting: JobStream[] = [];
  const threads = Array.from({ length: count }, () => new Thread(new Worker(entry, { workerData }), onIdle));
  idle.push(...threads);

  function onIdle(thread: Thread): void {
    const next = waiting.shift();
    if (next) thread.start(next);
    else idle.push(thread);
  }

  return {
    window: count + 1,
    run(job) {
      const stream = new JobStream(job);
      const thread = idle.pop();
      if (thread) thread.start(stream);
      else waiting.push(stream);
      return stream;
    },
    async close() {
      for (const stream of waiting.splice(0)) stream.end({ thrown: new InternalError('the generator was closed') });
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

/** `dist/tpch/thread.mjs` of the package this file belongs to, compiled or not. */
function threadEntry(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  const entry = join(folder, 'dist', 'tpch', 'thread.mjs');
  if (existsSync(entry)) return entry;
  throw new ResourceError('SQ4090', `the generator's threads are not built: ${entry} is missing`, {
    hint: 'run `npm run build`, or generate with one thread',
  });
}

/** A worker thread and the job it is at. */
class Thread {
  readonly #worker: Worker;
  #current: JobStream | undefined;
  #dead: unknown;

  constructor(worker: Worker, onIdle: (thread: Thread) => void) {
    this.#worker = worker;
    worker.on('message', (message: FromThread) => {
      const stream = this.#current;
      if (!stream) throw new InternalError(`a generator thread without a job sent ${message.kind}`);
      switch (message.kind) {
        case 'part':
          stream.push(message.part, () => this.#send({ kind: 'credit' }));
          return;
        case 'done':
          stream.end();
          break;
        case 'failed':
          stream.end({ thrown: fromWireError(message.error) });
          break;
        default:
          assertNever(message);
      }
      this.#current = undefined;
      onIdle(this);
    });
    worker.on('error', (error) => this.#die(error));
    worker.on('exit', (code) => this.#die(new InternalError(`a generator thread ended with exit code ${code}`)));
  }

  start(stream: JobStream): void {
    if (this.#dead !== undefined) {
      stream.end({ thrown: this.#dead });
      return;
    }
    this.#current = stream;
    this.#send({ kind: 'job', job: stream.job });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #die(error: unknown): void {
    this.#dead ??= error;
    this.#current?.end({ thrown: this.#dead });
    this.#current = undefined;
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

interface WaitingPart {
  readonly part: JobPart;
  readonly taken: () => void;
}

/** The parts of one job on their way from a thread to the one consumer. */
class JobStream implements AsyncIterable<JobPart> {
  readonly job: Job;
  readonly #parts: WaitingPart[] = [];
  #ended: { readonly failure: { readonly thrown: unknown } | undefined } | undefined;
  #wake: (() => void) | undefined;

  constructor(job: Job) {
    this.job = job;
  }

  push(part: JobPart, taken: () => void): void {
    this.#parts.push({ part, taken });
    this.#wake?.();
  }

  end(failure?: { readonly thrown: unknown }): void {
    this.#ended ??= { failure };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<JobPart, void, void> {
    for (;;) {
      const next = this.#parts.shift();
      if (next) {
        next.taken();
        yield next.part;
      } else if (this.#ended) {
        if (this.#ended.failure) throw this.#ended.failure.thrown;
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
