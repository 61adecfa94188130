import { systemClock } from '../common/clock.ts';
import { assertNever, BindError, throwIfAborted, UnsupportedError } from '../common/errors.ts';
import { type Field, VARCHAR } from '../common/types.ts';
import { generatedModules } from '../operators/generated-modules.ts';
import { type BindContext, ColumnIds } from './bind/bind-context.ts';
import { bindQuery } from './bind/bind-query.ts';
import { bindSession } from './bind/bind-session.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { PlanningRequests } from './catalog/table-source.ts';
import { Estimator } from './estimate/estimate.ts';
import { literal } from './expr/build.ts';
import { formatLogical } from './logical/format-logical.ts';
import type { LogicalPlan } from './logical/logical-plan.ts';
import { nodes } from './logical/rewrite.ts';
import type { ExplainStatement, SelectStatement } from './parse/ast.ts';
import { parseStatement } from './parse/parse.ts';
import type { DistributionLimits } from './physical/physical-context.ts';
import { planPhysical } from './physical/plan-physical.ts';
import { type OptimizeOptions, optimize } from './rules/optimize.ts';
import { buildStages } from './stages/build-stages.ts';
import { formatStages } from './stages/format-stages.ts';
import { predict } from './stages/predict.ts';
import type { Prediction, StageGraph } from './stages/stage-graph.ts';

export interface PlanQueryOptions {
  readonly catalog: Catalog;
  /** Tasks of a scan stage: exactly so many, or one per row group when there are fewer; default: by bytes. */
  readonly workers?: number;
  /** When work is spread over tasks; for tests, whose tables are small. */
  readonly limits?: DistributionLimits;
  readonly signal?: AbortSignal;
  /** What now() says, microseconds since 1970; default: the clock. */
  readonly now?: bigint;
  /** Called after each optimizer rule. */
  readonly onRule?: OptimizeOptions['onRule'];
}

/** A statement, planned as far as it can be before anything runs. Plain data but for the table sources. */
export interface PlannedQuery {
  /** EXPLAIN is planned as a query that delivers its text, line by line, without reading a table. */
  readonly kind: 'select' | 'explain';
  readonly logical: LogicalPlan;
  readonly optimized: LogicalPlan;
  readonly stages: StageGraph;
  /** The result's columns. */
  readonly columns: readonly Field[];
  readonly predicted: Prediction;
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
  const statement = await parseStatement(sql);
  switch (statement.kind) {
    case 'select':
      return planSelect(sql, statement, options);
    case 'explain':
      return planExplain(sql, statement, options);
    case 'describe':
    case 'show':
    case 'set':
    case 'reset':
    case 'createView':
    case 'dropView':
    case 'copy':
    case 'createTable':
      throw new UnsupportedError('SQ2001', `the statement ${statement.kind} is not supported yet`, {
        span: statement.span,
      });
    default:
      return assertNever(statement);
  }
}

async function planSelect(sql: string, statement: SelectStatement, options: PlanQueryOptions): Promise<PlannedQuery> {
  const { catalog, signal, workers, limits, onRule } = options;
  const ids = new ColumnIds();
  const context: BindContext = {
    sql,
    catalog,
    signal,
    ids,
    scans: { next: 0 },
    session: bindSession({ now: options.now ?? BigInt(systemClock.now()) * 1000n }),
  };
  const logical = await bindQuery(statement.query, context);
  const optimized = optimize(logical, { ids, ...(signal && { signal }), ...(onRule && { onRule }) });
  const estimates = new Estimator(optimized);
  const stages = buildStages(
    planPhysical(optimized, { ids, estimates, workers: workers ?? null, ...(limits && { limits }) }),
  );
  return {
    kind: 'select',
    logical,
    optimized,
    stages,
    columns: logical.columns.map(({ name, type, nullable }) => ({ name, type, nullable })),
    predicted: predict(stages, planningRequests(logical)),
  };
}

/** What it took to look up the tables: each once, however often it is read. */
function planningRequests(logical: LogicalPlan): readonly PlanningRequests[] {
  const sources = new Set(nodes(logical).flatMap((node) => (node.kind === 'scan' ? [node.source] : [])));
  return [...sources].map(({ requests }) => requests);
}

/** What EXPLAIN prints: the optimised plan, then the stages. */
export function explainText({ optimized, stages, predicted }: PlannedQuery): string {
  return `${formatLogical(optimized)}\n\n${formatStages(stages, predicted)}`;
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

async function planExplain(sql: string, statement: ExplainStatement, options: PlanQueryOptions): Promise<PlannedQuery> {
  const { analyze, options: explainOptions, span } = statement;
  if (analyze) {
    throw new UnsupportedError('SQ2007', 'EXPLAIN ANALYZE is not supported yet', {
      span,
      hint: 'run the query: its report says what it took',
    });
  }
  const [option] = explainOptions.filter(({ name, value }) => !(name === 'format' && value === 'text'));
  if (option) {
    throw new UnsupportedError('SQ2007', `EXPLAIN (${option.name.toUpperCase()} …) is not supported yet`, { span });
  }
  const planned = await planSelect(sql, statement.statement, options);
  const column = new ColumnIds().column('plan', VARCHAR, false);
  const rows = explainText(planned)
    .split('\n')
    .map((line) => [literal(line, VARCHAR)]);
  const plan: LogicalPlan = { kind: 'values', rows, columns: [column] };
  const estimates = new Estimator(plan);
  const stages = buildStages(planPhysical(plan, { ids: new ColumnIds(), estimates, workers: null }));
  return {
    kind: 'explain',
    logical: planned.logical,
    optimized: planned.optimized,
    stages,
    columns: [{ name: column.name, type: column.type, nullable: false }],
    predicted: predict(stages, planningRequests(planned.logical)),
  };
}
