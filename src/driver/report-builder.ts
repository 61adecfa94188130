import type { Clock } from '../common/clock.ts';
import type { QueryId } from '../common/ids.ts';
import type { Manifest, TaskMetrics } from '../operators/task.ts';
import type { PlannedQuery } from '../planner/plan-query.ts';
import type { StageRun } from '../planner/statements/explain-analyze.ts';
import { sumCounts } from '../storage/counted.ts';
import type { Cloud } from './cloud.ts';
import { bill, gbSeconds, type QueryReport, REPORT_VERSION, type StageReport } from './report.ts';
import type { RequestMeter } from './request-meter.ts';
import type { AttemptEvent } from './schedule/schedule-options.ts';

export interface ReportBuilderOptions {
  readonly query: QueryId;
  readonly cloud: Cloud;
  readonly planned: PlannedQuery;
  readonly clock: Clock;
  /** The driver's own requests for this query. */
  readonly meter: RequestMeter;
  readonly startedAt: number;
  readonly plannedAt: number;
  readonly note?: string;
}

/** Errors of functions that ran, and are billed, but reported nothing: out of time, out of memory, gone. */
const DIED: ReadonlySet<string> = new Set(['SQ6002', 'SQ6003', 'SQ6004']);

/** Gathers what a query takes while it runs. */
export class ReportBuilder {
  readonly #options: ReportBuilderOptions;
  readonly #attempts: AttemptEvent[] = [];
  #rows = 0;
  #ranAt: number | null = null;
  #ended: { readonly state: QueryReport['state']; readonly at: number } | null = null;

  constructor(options: ReportBuilderOptions) {
    this.#options = options;
  }

  attempt(event: AttemptEvent): void {
    this.#attempts.push(event);
  }

  ran(manifests: readonly Manifest[]): void {
    this.#rows = manifests.reduce((sum, manifest) => sum + manifest.rows, 0);
    this.#ranAt = this.#now();
  }

  end(state: QueryReport['state']): void {
    this.#ended = { state, at: this.#now() };
  }

  progress(stage: number): { readonly tasksDone: number; readonly rowsIn: number; readonly bytes: number } {
    const metrics = this.#metrics();
    return {
      tasksDone: this.#attempts.filter((event) => event.stage === stage && event.error === null).length,
      rowsIn: metrics.reduce((sum, task) => sum + task.rowsIn, 0),
      bytes: metrics.reduce((sum, task) => sum + task.requests.GET.bytes, 0),
    };
  }

  /** What the tasks of each stage took, by its number; attempts that failed apart. */
  runs(): readonly StageRun[] {
    return this.#options.planned.stages.stages.map(({ id }): StageRun => {
      const attempts = this.#attempts.filter((event) => event.stage === id && event.error === null);
      const metrics = attempts.flatMap((event) => (event.metrics ? [event.metrics] : []));
      return {
        operatorRows: sums(metrics.map((task) => task.operatorRows)),
        rowsIn: metrics.reduce((sum, task) => sum + task.rowsIn, 0),
        rowsOut: metrics.reduce((sum, task) => sum + task.rowsOut, 0),
        taskMs: attempts.map((event) => event.endedAt - event.startedAt),
        memoryPeakBytes: metrics.reduce((most, task) => Math.max(most, task.memoryPeakBytes), 0),
        bytes: metrics.reduce((sum, task) => sum + task.requests.GET.bytes, 0),
      };
    });
  }

  build(): QueryReport {
    const { query, cloud, planned, meter, note, startedAt, plannedAt } = this.#options;
    const isInline = cloud.target === 'inline';
    const metrics = this.#metrics();
    const requests = sumCounts([meter.counts(), ...metrics.map((task) => task.requests)]);
    const died = this.#attempts.filter(({ error }) => error !== null && DIED.has(error.code));
    const lostMs = died.reduce((sum, event) => sum + event.endedAt - event.startedAt, 0);
    const usage = {
      requests,
      gbSeconds: isInline ? 0 : gbSeconds(metrics, cloud.limits.memoryMb, lostMs),
      invocations: isInline ? 0 : metrics.length + died.length,
    };
    const end = this.#ended?.at ?? this.#now();
    return {
      version: REPORT_VERSION,
      query,
      target: cloud.target,
      ...(note !== undefined && { note }),
      state: this.#ended?.state ?? 'running',
      rows: this.#rows,
      ms: { plan: plannedAt - startedAt, run: (this.#ranAt ?? end) - plannedAt, total: end - startedAt },
      stages: planned.stages.stages.map((stage) => this.#stage(stage.id)),
      predicted: planned.predicted,
      coldStarts: metrics.filter((task) => task.coldStart).length,
      retries: this.#attempts.filter((event) => event.retried).length,
      ...usage,
      dollars: cloud.prices && bill(cloud.prices, usage),
    };
  }

  #stage(stage: number): StageReport {
    const attempts = this.#attempts.filter((event) => event.stage === stage);
    const won = attempts.flatMap((event) => (event.error === null && event.metrics ? [event.metrics] : []));
    const max = (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), 0);
    const startedAt = attempts.reduce((first, event) => Math.min(first, event.startedAt), Number.POSITIVE_INFINITY);
    return {
      stage,
      tasks: won.length,
      rowsIn: won.reduce((sum, task) => sum + task.rowsIn, 0),
      rowsOut: won.reduce((sum, task) => sum + task.rowsOut, 0),
      ms: attempts.length === 0 ? 0 : max(attempts.map((event) => event.endedAt)) - startedAt,
      slowestTaskMs: max(attempts.map((event) => event.endedAt - event.startedAt)),
      memoryPeakBytes: max(won.map((task) => task.memoryPeakBytes)),
    };
  }

  #metrics(): readonly TaskMetrics[] {
    return this.#attempts.flatMap((event) => (event.metrics ? [event.metrics] : []));
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }
}

/** The rows of each node over all tasks. */
function sums(tasks: readonly (readonly number[])[]): readonly number[] | null {
  const [first] = tasks;
  return first ? first.map((_, i) => tasks.reduce((sum, rows) => sum + (rows[i] ?? 0), 0)) : null;
}
