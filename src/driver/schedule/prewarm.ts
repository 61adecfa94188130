import type { StageId } from '../../common/ids.ts';
import { isInTail } from './early-start.ts';
import type { RunContext } from './run-context.ts';
import type { StageRun } from './stage-run.ts';
import { prerequisites, type Unit } from './units.ts';

/**
 * Starts the instances that the next stage needs beyond those that there are while the last tasks of its producers still run, so that
 * it does not wait for them to start; with slots that nobody wants, once a stage.
 */
export class Prewarming {
  readonly #context: RunContext;
  readonly #warmed = new Set<StageId>();
  readonly #underway = new Set<Promise<void>>();

  constructor(context: RunContext) {
    this.#context = context;
  }

  /** Looks whether a unit that has not begun is about to. */
  consider(unit: Unit, runs: ReadonlyMap<StageId, StageRun>): void {
    const { options, launcher, lane } = this.#context;
    const [first] = unit;
    if (!first || !options.cloud.invoker.warm || this.#warmed.has(first.id)) return;
    const producers = prerequisites(unit).map((id) => runs.get(id));
    if (!producers.every((run) => run && (run.complete || isInTail(run)))) return;
    const needed = unit.reduce((sum, { tasks }) => sum + tasks.length, 0);
    const wanted = Math.min(needed, launcher.slots.limit);
    if (wanted <= launcher.ramp.instances) return;
    // Instances that are idle answer, too: only as many calls at once as there shall be instances start new ones.
    const slots = lane.spareNow(wanted - launcher.slots.used);
    if (slots.length === 0) return;
    this.#warmed.add(first.id);
    const warming = this.#warm(slots.length).finally(() => {
      for (const slot of slots) slot.release();
      this.#underway.delete(warming);
    });
    this.#underway.add(warming);
  }

  /** When nothing is being started any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#underway);
  }

  /** One that fails is no loss but of time: the tasks start the instances then. */
  async #warm(count: number): Promise<void> {
    const { options, signal } = this.#context;
    const started = await Promise.resolve(options.cloud.invoker.warm?.(count, { signal })).then(
      () => count,
      () => 0,
    );
    options.onWarmed?.(started);
  }
}
