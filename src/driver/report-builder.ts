import type { Clock } from '../common/clock.ts';
import type { QueryId } from '../common/ids.ts';
import { US_EAST_1 } from '../common/prices.ts';
import type { Manifest, TaskMetrics } from '../operators/task.ts';
import type { AdaptiveGraph, Decision } from '../planner/adaptive/adaptive-graph.ts';
import { storeOf } from '../planner/functions-offered.ts';
import type { PlannedQuery } from '../planner/plan-query.ts';
import { predict } from '../planner/stages/predict.ts';
import type { EdgePrediction, Prediction, Stage, StageGraph } from '../planner/stages/stage-graph.ts';
import type { EdgeRun, QueryRun, StageRun } from '../planner/statements/explain-analyze.ts';
import { sumCounts } from '../storage/counted.ts';
import type { Cloud } from './cloud.ts';
import { edgeRuns, linkTraffic } from './edge-runs.ts';
import {
  bill,
  type EdgeReport,
  type EdgeTotals,
  gbSeconds,
  type QueryReport,
  REPORT_VERSION,
  type StageReport,
} from './report.ts';
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
  readonly #decisions: Decision[] = [];
  #adaptive: AdaptiveGraph | null = null;
  #warmed = 0;
  #rows = 0;
  #ranAt: number | null = null;
  #ended: { readonly state: QueryReport['state']; readonly at: number } | null = null;

  constructor(options: ReportBuilderOptions) {
    this.#options = options;
  }

  /** The stages that run from now on. */
  follows(adaptive: AdaptiveGraph): void {
    this.#adaptive = adaptive;
  }

  decided(decision: Decision): void {
    this.#decisions.push(decision);
  }

  warmed(instances: number): void {
    this.#warmed += instances;
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

  /** The query as it ran. */
  run(): QueryRun {
    const { planned } = this.#options;
    return {
      stages: this.#graph(),
      predicted: this.#predicted(),
      runs: this.#runs(),
      edges: planned.kind === 'answer' ? [] : this.#edges(),
      decisions: this.#decisions,
    };
  }

  /** What the tasks of each stage took; attempts that failed apart. */
  #runs(): ReadonlyMap<number, StageRun> {
    const runOf = ({ id }: Stage): StageRun => {
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
    };
    return new Map(this.#graph().stages.map((stage) => [stage.id, runOf(stage)]));
  }

  /** As it is, or was in the end; what is only explained has none. */
  #graph(): StageGraph {
    const { planned } = this.#options;
    return this.#adaptive?.graph ?? (planned.kind === 'answer' ? { stages: [] } : planned.stages);
  }

  /** As planned, with the edges of the stages as they ran. */
  #predicted(): Prediction {
    const { planned } = this.#options;
    const graph = this.#graph();
    if (graph === planned.stages || planned.kind === 'answer') return planned.predicted;
    return { ...planned.predicted, edges: predict(graph, [], planned.functions).edges };
  }

  #edges(): readonly EdgeRun[] {
    const { prices, scratch } = this.#options.cloud;
    return edgeRuns(this.#graph(), this.#attempts, { prices: prices ?? US_EAST_1, store: storeOf(scratch) });
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
    const edges = this.#edges();
    const end = this.#ended?.at ?? this.#now();
    return {
      version: REPORT_VERSION,
      query,
      target: cloud.target,
      ...(note !== undefined && { note }),
      state: this.#ended?.state ?? 'running',
      rows: this.#rows,
      ms: { plan: plannedAt - startedAt, run: (this.#ranAt ?? end) - plannedAt, total: end - startedAt },
      stages: this.#graph().stages.map((stage) => this.#stage(stage.id)),
      predicted: planned.predicted,
      edges: this.#predicted().edges.map((edge) => edgeReport(edge, edges)),
      decisions: [...this.#decisions],
      links: linkTraffic(this.#attempts),
      warmed: this.#warmed,
      throttles: this.#attempts.reduce((sum, { throttles }) => sum + throttles, 0),
      coldStarts: metrics.filter((task) => task.coldStart).length,
      retries: this.#attempts.filter((event) => event.retried).length,
      ...usage,
      dollars: cloud.prices && bill(cloud.prices, usage, { ...exchanged(edges), store: storeOf(cloud.scratch) }),
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

function edgeReport(predicted: EdgePrediction, runs: readonly EdgeRun[]): EdgeReport {
  const { from, to, medium, compression, level, levels } = predicted;
  const run = runs.find((edge) => edge.from === from && edge.to === to);
  return {
    from,
    to,
    medium,
    compression,
    level,
    levels,
    predicted: totals(predicted),
    actual: { ...(run ? totals(run) : NO_TRAFFIC), media: run?.media ?? [] },
  };
}

const totals = ({ put, get, written, read, dollars }: EdgeTotals): EdgeTotals => ({ put, get, written, read, dollars });

const NO_TRAFFIC: EdgeTotals = { put: 0, get: 0, written: 0, read: 0, dollars: 0 };

/** What exchanges through a store took. */
const exchanged = (edges: readonly EdgeRun[]): EdgeTotals =>
  edges
    .filter(({ put, get }) => put + get > 0)
    .reduce(
      (a, b) => ({
        put: a.put + b.put,
        get: a.get + b.get,
        written: a.written + b.written,
        read: a.read + b.read,
        dollars: a.dollars + b.dollars,
      }),
      NO_TRAFFIC,
    );

/** The rows of each node over all tasks. */
function sums(tasks: readonly (readonly number[])[]): readonly number[] | null {
  const [first] = tasks;
  return first ? first.map((_, i) => tasks.reduce((sum, rows) => sum + (rows[i] ?? 0), 0)) : null;
}
