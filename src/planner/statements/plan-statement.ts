import { EXCHANGE_OPTIONS } from '../../common/config.ts';
import { assertNever, BindError, InternalError, type Span, UnsupportedError } from '../../common/errors.ts';
import { type Field, VARCHAR } from '../../common/types.ts';
import { fieldOf } from '../../operators/expr/expr.ts';
import { staticGraph } from '../adaptive/adaptive-graph.ts';
import { type AdaptiveQueryOptions, planAdaptive, planStatic } from '../adaptive/plan-adaptive.ts';
import { type BindContext, ColumnIds } from '../bind/bind-context.ts';
import type { BindSession } from '../bind/bind-session.ts';
import { Parameters } from '../bind/parameters.ts';
import type { PlanningRequests } from '../catalog/table-source.ts';
import { Estimator } from '../estimate/estimate.ts';
import { type FunctionsOffered, LAMBDA_OFFER } from '../functions-offered.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { nodes } from '../logical/rewrite.ts';
import type {
  CopyStatement,
  CreateTableStatement,
  CreateViewStatement,
  ExplainStatement,
  Query,
  Statement,
} from '../parse/ast.ts';
import type { PlannedQuery, PlanQueryOptions } from '../plan-query.ts';
import { optimize } from '../rules/optimize.ts';
import { chooseExchanges } from '../stages/choose-exchanges.ts';
import { predict } from '../stages/predict.ts';
import { scannedBytes } from '../stages/stage-bytes.ts';
import type { StageGraph } from '../stages/stage-graph.ts';
import { type Answer, linesAnswer, NO_ANSWER } from './answer.ts';
import { bindStatement } from './bind-statement.ts';
import { explained } from './explain.ts';
import { explainOptions } from './explain-options.ts';
import { dropChange, resetChange, type SessionChange, setChange, viewName } from './session-change.ts';
import { describeAnswer, showAnswer } from './show.ts';
import type { View, Views } from './views.ts';

/** Plans one statement of a text. */
export class StatementPlanner {
  readonly #sql: string;
  readonly #options: PlanQueryOptions;
  readonly #session: BindSession;

  constructor(sql: string, options: PlanQueryOptions, session: BindSession) {
    this.#sql = sql;
    this.#options = options;
    this.#session = session;
  }

  async plan(statement: Statement): Promise<PlannedQuery> {
    const { catalog } = this.#options;
    const { settings, views } = this.#session;
    switch (statement.kind) {
      case 'select':
        return this.#select(statement.query);
      case 'explain':
        return this.#explain(statement);
      case 'describe': {
        const logical = await this.#bind(statement.query);
        return answered(describeAnswer(logical.columns), logical);
      }
      case 'show':
        return answered(showAnswer(statement, { catalog, settings, views }));
      case 'set':
        return changed(setChange(statement, settings));
      case 'reset':
        return changed(resetChange(statement, settings));
      case 'createView':
        return this.#createView(statement);
      case 'dropView':
        return changed(dropChange(statement, views));
      case 'copy':
      case 'createTable':
        return this.#refuseWriting(statement);
      default:
        return assertNever(statement);
    }
  }

  #bind(query: Query, session = this.#session, ids = new ColumnIds()): Promise<LogicalPlan> {
    const { catalog, signal } = this.#options;
    const context: BindContext = { sql: this.#sql, catalog, signal, ids, scans: { next: 0 }, session };
    return bindStatement(query, context);
  }

  async #select(query: Query): Promise<PlannedQuery> {
    const { signal, workers, limits, onRule, adaptive: isAdaptive = false, functions } = this.#options;
    const { choices = EXCHANGE_OPTIONS } = this.#options;
    const ids = new ColumnIds();
    const logical = await this.#bind(query, this.#session, ids);
    const optimized = optimize(logical, { ids, ...(signal && { signal }), ...(onRule && { onRule }) });
    const { joins, partitions } = choices;
    const physical = { ids, workers: workers ?? null, partitions, joins, ...(limits && { limits }) };
    let offered: FunctionsOffered | null = null;
    const choose: AdaptiveQueryOptions['choose'] = (built, again) => {
      offered ??= functions?.(built.stages.reduce((sum, stage) => sum + scannedBytes(stage), 0)) ?? LAMBDA_OFFER;
      return chooseExchanges(built, { functions: offered, choices, ...again });
    };
    const estimates: AdaptiveQueryOptions['estimates'] = (known) => new Estimator(optimized, known);
    const waits = choices.optimize !== 'latency';
    const { stages, adaptive } = (isAdaptive ? planAdaptive : planStatic)(optimized, {
      ...physical,
      estimates,
      waits,
      choose,
    });
    if (!offered) throw new InternalError('no exchange was chosen');
    return {
      kind: 'select',
      logical,
      optimized,
      stages,
      adaptive,
      columns: logical.columns.map(fieldOf),
      answer: null,
      change: null,
      choices,
      functions: offered,
      predicted: predict(stages, planningRequests(logical), offered),
    };
  }

  async #explain(statement: ExplainStatement): Promise<PlannedQuery> {
    const options = explainOptions(statement);
    const planned = await this.#select(statement.statement.query);
    const columns: readonly Field[] = [{ name: 'plan', type: VARCHAR, nullable: false }];
    if (statement.analyze) return { ...planned, kind: 'analyze', columns };
    const answer = linesAnswer('plan', explained(planned, options));
    // Nothing is read: what was asked of the storage is what planning took.
    const predicted = predict(NO_STAGES, planningRequests(planned.logical));
    return { ...planned, kind: 'answer', columns, answer, predicted };
  }

  /** The query is bound once, so that a view that exists can be read. */
  async #createView(statement: CreateViewStatement): Promise<PlannedQuery> {
    const { query, columns, orReplace, path } = statement;
    const { views } = this.#session;
    const name = viewName(path);
    const known = views.find(name);
    if (known && !orReplace) {
      throw new BindError('SQ1113', `there is a view "${known.name}" already`, {
        span: name.span,
        hint: 'write CREATE OR REPLACE VIEW',
      });
    }
    const view: View = { name: name.name, sql: this.#sql, query, columns };
    const parameters = new Parameters();
    const logical = await this.#bind(query, { ...this.#session, parameters, views: withView(views, view) });
    if (columns.length > logical.columns.length) throw tooManyNames(columns, logical, query.span);
    return { ...answered(NO_ANSWER, logical), change: { kind: 'createView', view } };
  }

  async #refuseWriting(statement: CopyStatement | CreateTableStatement): Promise<PlannedQuery> {
    await this.#bind(statement.query);
    const what = statement.kind === 'copy' ? 'COPY … TO' : 'CREATE TABLE AS';
    throw new UnsupportedError('SQ2008', `${what} is planned but not run yet`, {
      span: statement.span,
      hint: 'run its query and write the result: --format csv or --format arrow',
    });
  }
}

function tooManyNames(names: readonly string[], { columns }: LogicalPlan, span: Span): BindError {
  const count = `${columns.length} column${columns.length === 1 ? '' : 's'}`;
  return new BindError('SQ1105', `the view has ${count}, not ${names.length}`, {
    span,
    hint: 'give a name to at most as many columns as there are',
  });
}

/** The views with one more, or another one of its name: a query that reads itself is found out. */
function withView(views: Views, view: View): Views {
  return {
    find: (name) => (name.name.toLowerCase() === view.name.toLowerCase() ? view : views.find(name)),
    names: () => [...views.names(), view.name],
  };
}

const NO_STAGES: StageGraph = { stages: [] };
const NOTHING: LogicalPlan = { kind: 'values', rows: [], columns: [] };

/** A statement for which nothing runs. */
function answered(answer: Answer, logical: LogicalPlan = NOTHING): PlannedQuery {
  return {
    kind: 'answer',
    logical,
    optimized: logical,
    stages: NO_STAGES,
    adaptive: () => staticGraph(NO_STAGES),
    columns: answer.columns,
    answer,
    change: null,
    choices: EXCHANGE_OPTIONS,
    functions: LAMBDA_OFFER,
    predicted: predict(NO_STAGES, planningRequests(logical)),
  };
}

const changed = (change: SessionChange): PlannedQuery => ({ ...answered(NO_ANSWER), change });

/** What it took to look up the tables: each once, however often it is read. */
function planningRequests(logical: LogicalPlan): readonly PlanningRequests[] {
  const sources = new Set(nodes(logical).flatMap((node) => (node.kind === 'scan' ? [node.source] : [])));
  return [...sources].map(({ requests }) => requests);
}
