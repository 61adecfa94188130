import { inlineCloud } from '../../src/cloud/inline/inline-cloud.ts';
import { BIGINT } from '../../src/common/types.ts';
import type { Cloud } from '../../src/driver/cloud.ts';
import { meteredStores } from '../../src/driver/request-meter.ts';
import type { Column, Expr } from '../../src/operators/expr/expr.ts';
import { type AdaptiveGraph, staticGraph } from '../../src/planner/adaptive/adaptive-graph.ts';
import { planAdaptive } from '../../src/planner/adaptive/plan-adaptive.ts';
import { ColumnIds } from '../../src/planner/bind/bind-context.ts';
import { ParquetCatalog, type TableDefinitions } from '../../src/planner/catalog/parquet-catalog.ts';
import type { RowBounds } from '../../src/planner/estimate/bounds.ts';
import { Estimator } from '../../src/planner/estimate/estimate.ts';
import type { LogicalPlan } from '../../src/planner/logical/logical-plan.ts';
import { nodes } from '../../src/planner/logical/rewrite.ts';
import type { DistributionLimits, Estimates } from '../../src/planner/physical/physical-context.ts';
import { planPhysical } from '../../src/planner/physical/plan-physical.ts';
import { planQuery } from '../../src/planner/plan-query.ts';
import { buildStages } from '../../src/planner/stages/build-stages.ts';
import { Stores } from '../../src/storage/stores.ts';
import { type AdaptiveRun, type RunOptions, runAdaptive } from './adaptive-run.ts';

/** True rows by node, counted by running each. */
export type TrueRows = ReadonlyMap<LogicalPlan, number>;

const FIRST_FREE = 1_000_000;

export class AdaptiveQueries {
  readonly #cloud: Cloud;
  readonly #stores = meteredStores({}, {});
  readonly #catalog: ParquetCatalog;
  readonly #limits: DistributionLimits;

  constructor(tables: TableDefinitions, limits: DistributionLimits) {
    const settings = { memoryMb: 512, timeoutMs: 600_000, scratch: null };
    this.#cloud = inlineCloud({
      stores: this.#stores,
      storage: this.#stores.settings,
      taskStores: new Stores(),
      ...settings,
    });
    this.#catalog = new ParquetCatalog({ stores: this.#stores, tables });
    this.#limits = limits;
  }

  async optimized(sql: string): Promise<LogicalPlan> {
    return (await planQuery(sql, { catalog: this.#catalog })).optimized;
  }

  /** Counts the rows of every node whose rows are not those of its input. */
  async trueRows(optimized: LogicalPlan): Promise<TrueRows> {
    const rows = new Map<LogicalPlan, number>();
    const withs = nodes(optimized).filter((node) => node.kind === 'with');
    for (const node of nodes(optimized)) {
      if (node.kind === 'project' || node.kind === 'sort' || node.kind === 'window') {
        rows.set(node, rows.get(node.input) as number);
      } else if (node.kind === 'with') {
        rows.set(node, rows.get(node.body) as number);
      } else rows.set(node, await this.#count(node, withs));
    }
    return rows;
  }

  async #count(node: LogicalPlan, withs: readonly LogicalPlan[]): Promise<number> {
    const ids = new ColumnIds(FIRST_FREE);
    const columns: readonly Column[] = [ids.column('count', BIGINT, false)];
    let counted: LogicalPlan = {
      kind: 'aggregate',
      input: node,
      groups: [],
      groupingSets: null,
      aggregates: [{ function: 'count', args: [], argTypes: [], distinct: false, orderBy: [], filter: null }],
      columns,
    };
    const own = new Set(nodes(node));
    for (const known of withs) {
      if (known.kind === 'with' && !own.has(known)) counted = { ...known, body: counted, columns };
    }
    const graph = buildStages(planPhysical(counted, { ids, estimates: new Estimator(counted), workers: 1 }));
    const { rows } = await runAdaptive(staticGraph(graph), { cloud: this.#cloud, columns });
    return Number(rows[0]?.[0]);
  }

  /** Runs a plan by these estimates. */
  run(
    optimized: LogicalPlan,
    estimates: (known: ReadonlyMap<LogicalPlan, RowBounds>) => Estimates,
    isAdaptive: boolean,
    options: Pick<RunOptions, 'pick' | 'shown'> = {},
  ): Promise<AdaptiveRun> {
    return runAdaptive(this.graph(optimized, estimates, isAdaptive), {
      cloud: this.#cloud,
      columns: optimized.columns,
      ...options,
    });
  }

  graph(
    optimized: LogicalPlan,
    estimates: (known: ReadonlyMap<LogicalPlan, RowBounds>) => Estimates,
    isAdaptive: boolean,
  ): AdaptiveGraph {
    const ids = new ColumnIds(FIRST_FREE);
    const limits = this.#limits;
    if (!isAdaptive)
      return staticGraph(
        buildStages(planPhysical(optimized, { ids, estimates: estimates(new Map()), workers: null, limits })),
      );
    return planAdaptive(optimized, {
      ids,
      estimates,
      workers: null,
      limits,
      waits: true,
      choose: (graph) => graph,
    }).adaptive();
  }

  async close(): Promise<void> {
    await this.#cloud.close();
    await this.#stores.close();
  }
}

/** What is true, times a factor wherever a node is no plain scan; of what has run nothing but what it showed. */
export function forcedEstimates(optimized: LogicalPlan, rows: TrueRows, factor: (node: LogicalPlan) => number) {
  return (known: ReadonlyMap<LogicalPlan, RowBounds>): Estimates => {
    const base = new Estimator(optimized);
    const width = (node: LogicalPlan) => base.bytes(node) / Math.max(1e-9, base.rows(node));
    const rowsOf = (node: LogicalPlan): number => {
      const bounds = known.get(node);
      if (bounds && bounds.min === bounds.max) return bounds.min;
      const truth = rows.get(node) ?? base.rows(node);
      return isExact(node) ? truth : truth * factor(node);
    };
    return {
      rows: rowsOf,
      bytes: (node) => rowsOf(node) * width(node),
      distinct: (node: LogicalPlan, expr: Expr) => Math.max(1, Math.min(rowsOf(node), base.distinct(node, expr))),
    };
  };
}

/** Footers count the rows of a table. */
const isExact = (node: LogicalPlan): boolean =>
  (node.kind === 'scan' && node.predicate === null) || (node.kind === 'project' && isExact(node.input));
