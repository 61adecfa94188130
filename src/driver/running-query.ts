import { assertNever, CancelledError, throwIfAborted } from '../common/errors.ts';
import { newQueryId } from '../common/ids.ts';
import type { Manifest } from '../operators/task.ts';
import type { Decision } from '../planner/adaptive/adaptive-graph.ts';
import type { ParameterValues } from '../planner/bind/parameters.ts';
import type { Catalog } from '../planner/catalog/catalog.ts';
import type { Dialect } from '../planner/parse/dialects/dialect.ts';
import { type DistributionOptions, type PlannedQuery, planQuery } from '../planner/plan-query.ts';
import { type StageGraph, stageOf } from '../planner/stages/stage-graph.ts';
import { linesAnswer } from '../planner/statements/answer.ts';
import { analyzed } from '../planner/statements/explain-analyze.ts';
import type { Stores } from '../storage/stores.ts';
import { answerManifests } from './answer-manifest.ts';
import { ReportBuilder } from './report-builder.ts';
import { RequestMeter } from './request-meter.ts';
import { QueryResult } from './result.ts';
import { runStages } from './schedule/run-stages.ts';
import type { AttemptEvent } from './schedule/schedule-options.ts';
import { Scratch } from './scratch.ts';
import type { Placement } from './session.ts';
import type { SessionState } from './session-state.ts';

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
  readonly distribution: DistributionOptions;
  readonly parameters: ParameterValues;
  readonly dialect: Dialect | null;
  /** Read when the statement is planned, changed when it is done. */
  readonly state: SessionState;
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
    const { catalog, stores, place, distribution, parameters, dialect, state, signal } = this.#options;
    throwIfAborted(signal);
    const { clock } = stores;
    const meter = this.#meter;
    const startedAt = clock.monotonic();
    const { settings, views } = state;
    const planned = await meter.run(() =>
      planQuery(sql, {
        catalog,
        signal,
        parameters,
        settings,
        views,
        now: BigInt(Math.floor(clock.now())) * 1000n,
        ...(dialect && { dialect }),
        ...distribution,
      }),
    );
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
    const run = () => {
      const adaptive = planned.adaptive();
      report.follows(adaptive);
      const onAttempt = (event: AttemptEvent) => this.#onAttempt(event, adaptive.graph);
      const onDecision = (decision: Decision) => report.decided(decision);
      const onWarmed = (instances: number) => report.warmed(instances);
      const { choices } = distribution;
      return runStages(adaptive, {
        query,
        cloud,
        scratch,
        signal,
        onAttempt,
        onDecision,
        onWarmed,
        ...(choices && { choices }),
      });
    };
    // While requests are metered every step of a stream costs twice as much, those of tasks in this process too.
    const inThisProcess = cloud.target === 'inline' || cloud.target === 'sim';
    const metered = inThisProcess ? run : () => meter.run(run);
    const manifests = await delivered(planned, metered, report);
    report.ran(manifests);
    if (planned.change) state.apply(planned.change);
    return new QueryResult(planned.columns, {
      manifests,
      stores,
      meter,
      signal,
      report: () => report.build(),
      end: (state) => this.#end(state),
    });
  }

  #onAttempt(event: AttemptEvent, graph: StageGraph): void {
    this.#report?.attempt(event);
    const { onProgress } = this.#options;
    if (!onProgress || !this.#report) return;
    onProgress({
      stage: event.stage,
      stages: graph.stages.length,
      tasks: stageOf(graph, event.stage).tasks.length,
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

/** What the last stage delivers, or what the driver knows without it. */
async function delivered(
  planned: PlannedQuery,
  run: () => Promise<readonly Manifest[]>,
  report: ReportBuilder,
): Promise<readonly Manifest[]> {
  switch (planned.kind) {
    case 'select':
      return run();
    case 'answer':
      return planned.answer ? answerManifests(planned.answer) : [];
    case 'analyze':
      await run();
      return answerManifests(linesAnswer('plan', analyzed(report.run())));
    default:
      return assertNever(planned.kind);
  }
}
