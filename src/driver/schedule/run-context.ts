import type { ExchangeInput } from '../../operators/task.ts';
import type { Lane } from './fair-slots.ts';
import type { Launcher } from './launcher.ts';
import type { Meetings } from './meetings.ts';
import type { ScheduleOptions } from './schedule-options.ts';
import type { StageRun } from './stage-run.ts';

/** What the stages of one running query share. */
export interface RunContext {
  readonly options: ScheduleOptions;
  readonly launcher: Launcher;
  /** The slots of this query. */
  readonly lane: Lane;
  readonly meetings: Meetings;
  /** Fires when the query fails, is cancelled, or is complete. */
  readonly signal: AbortSignal;
  /** What each task of a stage reads of the stages before. */
  readonly exchanges: (run: StageRun) => (task: number) => Readonly<Record<number, ExchangeInput>>;
  /** Called when a task has begun or ended. */
  readonly progress: () => void;
  /** Called when stages are complete, before the slots of their last tasks go to others. */
  readonly ended: (runs: readonly StageRun[]) => void;
}
