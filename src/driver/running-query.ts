import { CancelledError, throwIfAborted } from '../common/errors.ts';
import { newQueryId } from '../common/ids.ts';
import type { Catalog } from '../planner/catalog/catalog.ts';
import { type PlannedQuery, planQuery } from '../planner/plan-query.ts';
import type { Stores } from '../storage/stores.ts';
import { ReportBuilder } from './report-builder.ts';
import { RequestMeter } from './request-meter.ts';
import { QueryResult } from './result.ts';
import { type AttemptEvent, runStages } from './scheduler.ts';
import { Scratch } from './scratch.ts';
import type { Placement } from './session.ts';

/** How far a query is. */
export interface Progress {
  /** From 0. */
  readonly stage: number;
  readonly stages: number;
  /** Of this stage. */
  readonly tasksDone: number;
  readonly tasks: number;
  /** Rows read by all stages so far. */
  readonly rowsIn: number;
  /** Bytes read from storage so far. */
  readonly bytes: number;
}

export interface RunningQueryOptions {
  readonly catalog: Catalog;
  readonly stores: Stores;
  readonly place: (planned: PlannedQuery) => Promise<Placement>;
  readonly workers: number | null;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Called once, when the query needs nothing any more. */
  readonly onEnd: (scratch: Scratch | null) => void;
}

type EndState = 'finished' | 'failed' | 'cancelled';

/** One statement from text to result, and what has to be put away afterwards. */
export class RunningQuery {
  readonly #options: RunningQueryOptions;
  readonly #meter = new RequestMeter();
  #scratch: Scratch | null = null;
  #report: ReportBuilder | null = null;
  #run: Promise<QueryResult> | null = null;
  #ended: Promise<void> | null = null;

  constructor(options: RunningQueryOptions) {
    this.#options = options;
  }

  /** Called once. */
  run(sql: string): Promise<QueryResult> {
    this.#run = this.#start(sql).catch(async (error: unknown) => {
      await this.#end(error instanceof CancelledError ? 'cancelled' : 'failed');
      throw error;
    });
    return this.#run;
  }

  /** Waits until the query, whose signal has fired, has stopped, and drops its result. */
  async stop(): Promise<void> {
    await Promise.allSettled([this.#run]);
    await this.#end('cancelled');
  }

  async #start(sql: string): Promise<QueryResult> {
    const { catalog, stores, place, workers, signal } = this.#options;
    throwIfAborted(signal);
    const { clock } = stores;
    const meter = this.#meter;
    const startedAt = clock.monotonic();
    const planned = await meter.run(() => planQuery(sql, { catalog, signal, ...(workers !== null && { workers }) }));
    const plannedAt = clock.monotonic();
    const { cloud, note } = await place(planned);
    const query = newQueryId(cloud.clock, cloud.random);
    const scratch = new Scratch(stores, cloud.scratch, query);
    this.#scratch = scratch;
    const report = new ReportBuilder({
      query,
      cloud,
      planned,
      clock,
      meter,
      startedAt,
      plannedAt,
      ...(note && { note }),
    });
    this.#report = report;
    const manifests = await runStages(planned.stages, {
      query,
      cloud,
      scratch,
      signal,
      onAttempt: (event) => this.#onAttempt(event, planned),
    });
    report.ran(manifests);
    return new QueryResult(planned.columns, {
      manifests,
      stores,
      meter,
      signal,
      report: () => report.build(),
      end: (state) => this.#end(state),
    });
  }

  #onAttempt(event: AttemptEvent, planned: PlannedQuery): void {
    this.#report?.attempt(event);
    const { onProgress } = this.#options;
    if (!onProgress || !this.#report) return;
    const { stages } = planned.stages;
    onProgress({
      stage: event.stage,
      stages: stages.length,
      tasks: stages[event.stage]?.tasks.length ?? 0,
      ...this.#report.progress(event.stage),
    });
  }

  /** Removes the query's temporary objects. Idempotent. */
  #end(state: EndState): Promise<void> {
    this.#ended ??= this.#putAway(state);
    return this.#ended;
  }

  async #putAway(state: EndState): Promise<void> {
    try {
      await this.#meter.run(() => this.#scratch?.clean());
    } finally {
      this.#report?.end(state);
      this.#options.onEnd(this.#scratch);
    }
  }
}
