import { systemClock } from '../common/clock.ts';
import type { ExchangeOptions } from '../common/config.ts';
import { BindError, throwIfAborted } from '../common/errors.ts';
import type { Field } from '../common/types.ts';
import { generatedModules } from '../operators/generated-modules.ts';
import type { AdaptiveGraph } from './adaptive/adaptive-graph.ts';
import { bindSession } from './bind/bind-session.ts';
import { Parameters, type ParameterValues } from './bind/parameters.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { FunctionsOffered } from './functions-offered.ts';
import { formatLogical } from './logical/format-logical.ts';
import type { LogicalPlan } from './logical/logical-plan.ts';
import type { Dialect } from './parse/dialects/dialect.ts';
import { parseStatement } from './parse/parse.ts';
import type { DistributionLimits } from './physical/physical-context.ts';
import type { OptimizeOptions } from './rules/optimize.ts';
import { formatStages } from './stages/format-stages.ts';
import type { Prediction, StageGraph } from './stages/stage-graph.ts';
import type { Answer } from './statements/answer.ts';
import { explained } from './statements/explain.ts';
import { StatementPlanner } from './statements/plan-statement.ts';
import type { SessionChange } from './statements/session-change.ts';
import type { Settings } from './statements/settings.ts';
import type { Views } from './statements/views.ts';

/** How work is spread over tasks, and rows travel between them. */
export interface DistributionOptions {
  /** Tasks of a scan stage: exactly so many, or one per row group when there are fewer; default: by bytes. */
  readonly workers?: number;
  /** When work is spread over tasks; for tests, whose tables are small. */
  readonly limits?: DistributionLimits;
  /** Decisions stay open, and are made anew from what stages deliver. Default: false. */
  readonly adaptive?: boolean;
  /** How stages hand their rows on; default: the defaults of the settings. */
  readonly choices?: ExchangeOptions;
  /** What the target offers to a query that scans so many bytes; default: Lambda without links. */
  readonly functions?: (scannedBytes: number) => FunctionsOffered;
}

export interface PlanQueryOptions extends DistributionOptions {
  readonly catalog: Catalog;
  readonly signal?: AbortSignal;
  /** Another dialect than the default one. */
  readonly dialect?: Dialect;
  /** Values for the parameters of the statement. */
  readonly parameters?: ParameterValues;
  /** What SET has changed. */
  readonly settings?: Settings;
  /** Queries that have a name. */
  readonly views?: Views;
  /** What now() says, microseconds since 1970; default: the clock. */
  readonly now?: bigint;
  /** Called after each optimizer rule. */
  readonly onRule?: OptimizeOptions['onRule'];
}

/** A statement, planned as far as it can be before anything runs. Plain data but for the table sources. */
export interface PlannedQuery {
  /**
   * `select`: its rows are what the last stage delivers. `answer`: its rows are known already, nothing runs (EXPLAIN, DESCRIBE,
   * SHOW; none for a statement that changes the session). `analyze`: the stages run, and the rows tell how (EXPLAIN ANALYZE).
   */
  readonly kind: 'select' | 'answer' | 'analyze';
  readonly logical: LogicalPlan;
  readonly optimized: LogicalPlan;
  /** None for `answer`, unless it explains a query: then those of the query. */
  readonly stages: StageGraph;
  /** The stages for one run, which may change while it lasts. */
  adaptive(): AdaptiveGraph;
  /** The result's columns. */
  readonly columns: readonly Field[];
  /** For `answer`. */
  readonly answer: Answer | null;
  /** What the session has to remember before the statement is done. */
  readonly change: SessionChange | null;
  readonly predicted: Prediction;
  /** How its stages hand their rows on, as far as it was said. */
  readonly choices: ExchangeOptions;
  /** What it is planned for. */
  readonly functions: FunctionsOffered;
}

/**
 * SQL text to a plan. Reads listings and footers through the catalog; runs nothing. Aborting ends the requests under way.
 *
 * @throws SqlSyntaxError, BindError and UnsupportedError with the span of what is wrong; what the catalog throws.
 */
export async function planQuery(sql: string, options: PlanQueryOptions): Promise<PlannedQuery> {
  throwIfAborted(options.signal);
  if (options.workers !== undefined && (!Number.isSafeInteger(options.workers) || options.workers < 1)) {
    throw new BindError('SQ1301', `workers is a whole number from 1 on, not ${options.workers}`);
  }
  const statement = await parseStatement(sql, options.dialect === undefined ? {} : { dialect: options.dialect });
  const session = bindSession({
    now: options.now ?? BigInt(systemClock.now()) * 1000n,
    parameters: new Parameters(options.parameters),
    ...(options.settings && { settings: options.settings }),
    ...(options.views && { views: options.views }),
  });
  const planned = await new StatementPlanner(sql, options, session).plan(statement);
  session.parameters.refuseUnused();
  return planned;
}

/** What EXPLAIN prints: the optimised plan, then the stages; with estimated rows where `estimates` wants them. */
export function explainText(planned: PlannedQuery, { estimates = false } = {}): string {
  if (estimates) return explained(planned, { format: 'text', type: null });
  return `${formatLogical(planned.optimized)}\n\n${formatStages(planned.stages, planned.predicted)}`;
}

/** The code that the query's functions would generate, as WebAssembly text, stage by stage; see `generatedModules`. */
export async function generatedCode({ stages }: PlannedQuery): Promise<string> {
  const parts: string[] = [];
  for (const { id, plan } of stages.stages) {
    const modules = await generatedModules(plan);
    if (modules.length === 0) parts.push(`;; stage ${id}: no generated code`);
    for (const { title, bytes, text } of modules) parts.push(`;; stage ${id}: ${title} (${bytes} bytes)\n${text()}`);
  }
  return parts.join('\n\n');
}
