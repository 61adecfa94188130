import { setMaxListeners } from 'node:events';
import { asSquallError, CancelledError, type SquallError } from '../../common/errors.ts';
import type { Manifest, Task } from '../../operators/task.ts';
import type { Stage } from '../../planner/stages/stage-graph.ts';
import { MAX_ATTEMPTS, mayRetry, retryPause } from '../retry.ts';
import { attemptEnd, launch, type Started, tell } from './attempt.ts';
import type { Slot } from './fair-slots.ts';
import type { RunContext } from './run-context.ts';
import type { Produced } from './stage-inputs.ts';
import { taskMessage } from './task-message.ts';
import { plantTree } from './tree.ts';

export interface StageRunOptions {
  /** Of the stages that wait for slots the greatest is served first. */
  readonly priority: number;
  /** Bytes that the output of one task may have to travel inside messages. */
  readonly inlineShare: number;
  /** The reports are also put into the journal. */
  readonly journal: boolean;
  /** While it says so the stage takes only slots that nobody else wants. */
  readonly early?: () => boolean;
  /** All tasks are started through a tree of invocations. */
  readonly tree?: boolean;
}

/** A stage that has begun. Each task has a slot from its first attempt to its end, the pauses between attempts included. */
export class StageRun implements Produced {
  readonly stage: Stage;
  readonly options: StageRunOptions;
  readonly outputs: (Manifest | null)[];
  complete = false;
  /** Tasks that have, or had, a slot. */
  begun = 0;
  /** Tasks that have ended well. */
  ended = 0;
  #rows = 0;

  constructor(stage: Stage, options: StageRunOptions) {
    this.stage = stage;
    this.options = options;
    this.outputs = stage.tasks.map(() => null);
  }

  /** What it has delivered, in the order of its tasks. */
  get manifests(): readonly Manifest[] {
    return this.outputs.flatMap((output) => output ?? []);
  }

  /**
   * Runs all tasks. A stage of which only some rows are wanted is complete when it has them: what still runs is stopped, what has not
   * begun is never started. Resolves when all tasks have ended; `fail` is told of each that failed for good.
   */
  async run(context: RunContext, fail: (error: unknown) => void): Promise<void> {
    const sated = new AbortController();
    const signal = AbortSignal.any([context.signal, sated.signal]);
    // One listener a running task, however many there are: no leak.
    setMaxListeners(0, signal);
    const tasks = new StageTasks(
      this,
      { ...context, signal },
      {
        done: (index, manifest) => {
          this.commit(index, manifest);
          const { enough } = this.stage;
          if (enough !== null && this.#rows >= enough)
            sated.abort(new CancelledError('SQ7000', 'enough rows are there'));
          if (this.complete) context.ended([this]);
          else context.progress();
        },
        failed: (error) => {
          if (!sated.signal.aborted) fail(asSquallError(error));
        },
      },
    );
    const planted = this.options.tree ? await tasks.plant() : null;
    await Promise.all(this.stage.tasks.map((_, index) => planted?.get(index) ?? tasks.run(index)));
    if (this.complete || !sated.signal.aborted || context.signal.aborted) return;
    this.complete = true;
    context.ended([this]);
  }

  /** The task has delivered. */
  commit(index: number, manifest: Manifest): void {
    this.outputs[index] = manifest;
    this.ended++;
    this.#rows += manifest.rows;
    this.complete = this.ended === this.stage.tasks.length;
  }
}

interface TaskEnds {
  /** A task has delivered. */
  readonly done: (index: number, manifest: Manifest) => void;
  /** A task has failed for good, or was stopped. */
  readonly failed: (error: unknown) => void;
}

/** The tasks of a stage, each from its slot to its accepted report. How a task ended is told before its slot goes to another one. */
class StageTasks {
  readonly #run: StageRun;
  readonly #context: RunContext;
  readonly #ends: TaskEnds;
  readonly #exchanges: (task: number) => Task['exchanges'];

  constructor(run: StageRun, context: RunContext, ends: TaskEnds) {
    this.#run = run;
    this.#context = context;
    this.#ends = ends;
    this.#exchanges = context.exchanges(run);
  }

  /** Waits for a slot and runs the task in it. */
  async run(index: number): Promise<void> {
    const { lane, signal } = this.#context;
    const { priority, early } = this.#run.options;
    try {
      const [slot] = await lane.acquire({ priority, signal, ...(early && { spare: early }) });
      await this.#inSlot(slot as Slot, index, null);
    } catch (error) {
      this.#ends.failed(error);
    }
  }

  /** Starts as many tasks as there are slots through a tree of invocations; what fails is tried again alone. */
  async plant(): Promise<ReadonlyMap<number, Promise<void>>> {
    const { priority } = this.#run.options;
    const tasks = this.#run.stage.tasks.length;
    const planted = await plantTree(this.#context, { priority, tasks, message: (index) => this.#message(index, 0) });
    return new Map(planted.map(({ index, slot, started }) => [index, this.#inSlot(slot, index, started)]));
  }

  /** Never throws. */
  async #inSlot(slot: Slot, index: number, first: Started | null): Promise<void> {
    try {
      this.#run.begun++;
      this.#context.progress();
      this.#ends.done(index, await this.#attempts(index, first));
    } catch (error) {
      this.#ends.failed(error);
    } finally {
      slot.release();
    }
  }

  /** Attempts until one succeeds: the first accepted report wins. */
  async #attempts(index: number, first: Started | null): Promise<Manifest> {
    const { options, launcher, signal } = this.#context;
    const { clock, random } = options.cloud;
    const launching = { ...options, pace: launcher.pace, signal };
    let started = first;
    for (let number = 0; ; number++) {
      started ??= await launch(() => this.#message(index, number), launching);
      const end = await attemptEnd(started, launching);
      const retried = end.error !== null && !signal.aborted && this.#mayRetry(end.error, started.task);
      tell(started, end, retried, options);
      if (end.report?.outcome.ok) return end.report.outcome.manifest;
      if (!retried) throw end.error;
      started = null;
      await clock.sleep(retryPause(number, random), signal);
    }
  }

  /** One that was out of time because it waited for others has not had its time. */
  #mayRetry(error: SquallError, { exchanges, attempt }: Task): boolean {
    const waited = error.code === 'SQ4006' && Object.values(exchanges).some(({ pending }) => pending);
    return waited ? attempt + 1 < MAX_ATTEMPTS : mayRetry(error, attempt);
  }

  #message(index: number, number: number): Task {
    const { stage, options } = this.#run;
    return taskMessage(stage, index, number, {
      ...this.#context.options,
      ...options,
      exchanges: this.#exchanges(index),
    });
  }
}
