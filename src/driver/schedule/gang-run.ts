import { ResourceError, type SquallError } from '../../common/errors.ts';
import type { LinkGang, Task } from '../../operators/task.ts';
import { mayRetry, retryPause } from '../retry.ts';
import { tell } from './attempt.ts';
import { GangAttempt, type MemberEnd } from './gang-attempt.ts';
import { gangLinks } from './gang-links.ts';
import type { RunContext } from './run-context.ts';
import type { StageRun } from './stage-run.ts';
import { taskMessage } from './task-message.ts';

/** One task of one of the stages. */
interface Member {
  readonly run: StageRun;
  readonly index: number;
}

/**
 * Stages that run at the same time, their tasks connected by links. All tasks start together, when there is a slot for each of them,
 * and are one unit of retry: when one fails all are stopped, and all are started again as a new gang.
 */
export class GangRun {
  readonly #runs: readonly StageRun[];
  readonly #members: readonly Member[];
  readonly #context: RunContext;

  constructor(runs: readonly StageRun[], context: RunContext) {
    this.#runs = runs;
    this.#members = runs.flatMap((run) => run.stage.tasks.map((_, index) => ({ run, index })));
    this.#context = context;
  }

  /** Throws the error of the gang's last attempt when all of its tasks have ended; SQ4012 when it can never be admitted. */
  async run(): Promise<void> {
    const { lane, launcher, signal, options } = this.#context;
    const { clock, random } = options.cloud;
    const least = this.#members.length;
    if (least > launcher.slots.limit) throw this.#tooLarge(launcher.slots.limit);
    const priority = Math.max(...this.#runs.map((run) => run.options.priority));
    const slots = await lane.acquire({ least, priority, signal });
    for (const run of this.#runs) run.begun = run.stage.tasks.length;
    try {
      for (let number = 0; ; number++) {
        const error = await this.#attempt(number);
        if (!error) return;
        if (signal.aborted || !mayRetry(error, number)) throw error;
        await clock.sleep(retryPause(number, random), signal);
      }
    } finally {
      for (const slot of slots) slot.release();
    }
  }

  /** Runs every task once; the reason when that failed. */
  async #attempt(number: number): Promise<SquallError | null> {
    const { meetings, options, signal, ended } = this.#context;
    const name = `${this.#runs[0]?.stage.id}.${number}`;
    const gang = await meetings.open(name);
    const attempt = new GangAttempt(this.#context, (reason) => meetings.dismiss(gang, reason));
    const message = this.#messages(gang, number);
    const ends = await Promise.all(this.#members.map((member) => attempt.member(() => message(member))));
    meetings.dismiss(gang, 'the gang has ended');
    const { error } = attempt;
    if (error || ends.some(fellBack)) options.scratch.mayExistBelow(options.scratch.gang(name));
    const retried = error !== null && !signal.aborted && mayRetry(error, number);
    for (const end of ends) if (end) tell(end.started, end.end, retried && end.end.error !== null, options);
    if (error) return error;
    this.#members.forEach(({ run, index }, i) => {
      const outcome = ends[i]?.end.report?.outcome;
      if (outcome?.ok) run.commit(index, outcome.manifest);
    });
    ended(this.#runs);
    return null;
  }

  #messages(gang: LinkGang, number: number): (member: Member) => Task {
    const links = gangLinks(
      this.#runs.map(({ stage }) => stage),
      gang,
    );
    const inputs = new Map(this.#runs.map((run) => [run, this.#context.exchanges(run)]));
    return ({ run, index }) => {
      const { stage } = run;
      const linked = [...links.inputs(stage.id, index)].map(([from, input]) => [from, { manifests: [], links: input }]);
      const output = links.output(stage.id, index);
      return taskMessage(stage, index, number, {
        ...this.#context.options,
        ...run.options,
        exchanges: { ...inputs.get(run)?.(index), ...Object.fromEntries(linked) },
        ...(output && { links: output }),
      });
    };
  }

  #tooLarge(limit: number): ResourceError {
    const stages = this.#runs.map(({ stage }) => stage.id).join(', ');
    return new ResourceError(
      'SQ4012',
      `stages ${stages} need ${this.#members.length} functions at once for their direct exchange, and ${limit} may run`,
      { hint: 'set exchange to objects, raise the concurrency, or use fewer workers' },
    );
  }
}

const fellBack = (end: MemberEnd): boolean => (end?.end.report?.metrics.links?.fellBack.length ?? 0) > 0;
