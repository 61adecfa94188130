import type { ExchangeOptions } from '../../common/config.ts';
import type { SquallError } from '../../common/errors.ts';
import type { QueryId, StageId } from '../../common/ids.ts';
import type { TaskMetrics } from '../../operators/task.ts';
import type { Decision } from '../../planner/adaptive/adaptive-graph.ts';
import type { Cloud } from '../cloud.ts';
import type { Scratch } from '../scratch.ts';

export interface ScheduleOptions {
  readonly query: QueryId;
  readonly cloud: Cloud;
  readonly scratch: Scratch;
  readonly signal: AbortSignal;
  /** Default: balanced, tree invocation where a stage has many tasks. */
  readonly choices?: ScheduleChoices;
  /** Called after every ended attempt. */
  readonly onAttempt: (event: AttemptEvent) => void;
  /** Called when something was decided anew. */
  readonly onDecision?: (decision: Decision) => void;
  /** Called when instances have been started ahead of their tasks. */
  readonly onWarmed?: (instances: number) => void;
}

export type ScheduleChoices = Pick<ExchangeOptions, 'optimize' | 'invocation'>;

/** One attempt has ended, well or not. */
export interface AttemptEvent {
  readonly stage: StageId;
  readonly task: number;
  readonly attempt: number;
  /** Clock.monotonic() at its start and end. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Null when the function never answered. */
  readonly metrics: TaskMetrics | null;
  readonly error: SquallError | null;
  /** The task will be started again. */
  readonly retried: boolean;
  /** How often its invocation was throttled (429). */
  readonly throttles: number;
}
