import { assertNever, InternalError } from '../../common/errors.ts';
import type { Expr } from '../../operators/expr/expr.ts';
import type { ColumnIds } from '../bind/bind-context.ts';
import type { RowBounds } from '../estimate/bounds.ts';
import type { LogicalPlan, LogicalSample, LogicalUnnest } from '../logical/logical-plan.ts';
import type { DistributedPlan, ExchangePlan } from './distributed-plan.ts';
import { hashedBy, type Planned, projected, SINGLE } from './distribution.ts';
import { gathered, inOrder } from './exchanges.ts';
import {
  DISTRIBUTION_LIMITS,
  type DistributionLimits,
  type Estimates,
  type JoinChoice,
  type PhysicalContext,
  type PlannedScan,
  type Size,
} from './physical-context.ts';
import { planAggregate } from './plan-aggregate.ts';
import { planCommonTable, planRecursive, planWith, planWorkingTable } from './plan-common-table.ts';
import { planJoin } from './plan-join.ts';
import { PlanMemory } from './plan-memory.ts';
import { planScan } from './plan-scan.ts';
import { planSetOperation } from './plan-set-operation.ts';
import { deliveredSorts, planLimit, planSort } from './plan-sort.ts';
import { planWindow } from './plan-window.ts';
import { Sizes } from './sizes.ts';
import { withBegun } from './with-begun.ts';

export interface PhysicalOptions {
  readonly ids: ColumnIds;
  readonly estimates: Estimates;
  /** Tasks of a stage that runs in parallel; null: by bytes. */
  readonly workers: number | null;
  readonly limits?: DistributionLimits;
  /** Partitions of an exchange by keys; default: as many as `workers`, or by bytes. */
  readonly partitions?: number | null;
  /** Default: auto. */
  readonly joins?: JoinChoice;
  /** Set: sizes are uncertain, and what depends on them is decided again when they are known. */
  readonly adaptive?: AdaptiveOptions;
}

export interface AdaptiveOptions {
  readonly memory: PlanMemory;
  /** What running stages have shown of a node. */
  readonly measured: ReadonlyMap<LogicalPlan, RowBounds>;
  readonly waits: boolean;
}

/** Which operators run, where rows change hands, and what the scans read. */
export interface PhysicalQuery {
  readonly plan: DistributedPlan;
  /** By LogicalScan.scan. */
  readonly scans: ReadonlyMap<number, PlannedScan>;
  /** Rows that an operator, or an exchange, is thought to deliver. */
  readonly rows: { get(plan: DistributedPlan): number | undefined };
}

/**
 * Chooses operators and where rows change hands. What fits one task stays in one; beyond that scans, filters, projects and the
 * large side of joins run where their rows are, and rows move only where an operator needs them together.
 *
 * Throws InternalError for what the optimizer has to replace before.
 */
export function planPhysical(plan: LogicalPlan, options: PhysicalOptions): PhysicalQuery {
  const context = new Planner(plan, options);
  const planned = inOrder(context.plan(plan), plan.columns);
  const { memory } = context;
  const used = options.adaptive ? withBegun(planned.plan, memory, context.rows) : planned.plan;
  return { plan: used, scans: context.scans, rows: context.rows };
}

class Planner implements PhysicalContext {
  readonly ids: ColumnIds;
  readonly estimates: Estimates;
  readonly workers: number | null;
  readonly partitions: number | null;
  readonly limits: DistributionLimits;
  readonly joins: JoinChoice;
  readonly waits: boolean;
  readonly memory: PlanMemory;
  readonly scans: PhysicalContext['scans'] = new Map();
  readonly tables: PhysicalContext['tables'] = new Map();
  readonly rows: PhysicalContext['rows'] = new WeakMap();
  readonly delivered: PhysicalContext['delivered'];
  readonly #sizes: Sizes | null;

  constructor(root: LogicalPlan, options: PhysicalOptions) {
    const {
      ids,
      estimates,
      workers,
      partitions = null,
      limits = DISTRIBUTION_LIMITS,
      joins = 'auto',
      adaptive,
    } = options;
    this.delivered = deliveredSorts(root);
    this.ids = ids;
    this.workers = workers;
    this.partitions = partitions;
    this.limits = limits;
    this.joins = joins;
    this.memory = adaptive?.memory ?? new PlanMemory();
    this.waits = adaptive?.waits ?? false;
    const { scans } = this;
    this.#sizes = adaptive ? new Sizes(root, { estimates, measured: adaptive.measured, scans }) : null;
    this.estimates = this.#sizes ?? estimates;
  }

  plan(node: LogicalPlan): Planned {
    return this.#begun(node) ?? this.#noted(node, convert(node, this));
  }

  planWith(node: LogicalPlan, planInput: (input: LogicalPlan) => Planned): Planned {
    const context: PhysicalContext = {
      ids: this.ids,
      estimates: this.estimates,
      workers: this.workers,
      partitions: this.partitions,
      limits: this.limits,
      joins: this.joins,
      waits: this.waits,
      scans: this.scans,
      tables: this.tables,
      rows: this.rows,
      delivered: this.delivered,
      size: (plan) => this.size(plan),
      begun: (plan) => this.begun(plan),
      once: (of, what, make) => this.once(of, what, make),
      plan: planInput,
      planWith: (inner, planInner) => this.planWith(inner, planInner),
    };
    return this.#noted(node, convert(node, context));
  }

  size(plan: LogicalPlan): Size {
    if (this.#sizes) return this.#sizes.size(plan);
    const bytes = this.estimates.bytes(plan);
    return { bytes, low: bytes, high: bytes };
  }

  once<T>(node: object, what: string, make: () => T): T {
    return this.memory.once(node, what, make);
  }

  begun(plan: DistributedPlan): Planned | null {
    const begun = this.memory.begunOf(plan);
    return begun ? readFrom(begun) : null;
  }

  /** Rows that are on their way already are taken from there. */
  #begun(node: LogicalPlan): Planned | null {
    const begun = this.memory.begunFor(node);
    return begun ? readFrom(begun) : null;
  }

  #noted(node: LogicalPlan, planned: Planned): Planned {
    this.rows.set(planned.plan, this.estimates.rows(node));
    this.memory.computes(planned.plan, node);
    return planned;
  }
}

function readFrom(plan: ExchangePlan): Planned | null {
  const { output } = plan;
  switch (output.kind) {
    case 'gather':
      return { plan, distribution: SINGLE };
    case 'broadcast':
      return { plan, distribution: { kind: 'single', replicable: true } };
    case 'hash':
      return { plan, distribution: hashedBy(output.keys, output.partitions) };
    case 'range':
      return null;
    default:
      return assertNever(output);
  }
}

function convert(plan: LogicalPlan, context: PhysicalContext): Planned {
  switch (plan.kind) {
    case 'scan': {
      const read = planScan(plan, context);
      return plan.predicate ? filtered(read, plan.predicate) : read;
    }
    case 'values':
      return {
        plan: { kind: 'values', rows: plan.rows, columns: plan.columns },
        distribution: { kind: 'single', replicable: true },
      };
    case 'filter':
      return filtered(context.plan(plan.input), plan.predicate);
    case 'project': {
      const { plan: input, distribution } = context.plan(plan.input);
      const { exprs, columns } = plan;
      return {
        plan: { kind: 'project', input, exprs, columns },
        distribution: projected(distribution, exprs, columns),
      };
    }
    case 'aggregate':
      return planAggregate(plan, context);
    case 'join':
      return planJoin(plan, context);
    case 'window':
      return planWindow(plan, context);
    case 'setOperation':
      return planSetOperation(plan, context);
    case 'unnest':
      return planUnnest(plan, context);
    case 'sample':
      return planSample(plan, context);
    case 'sort':
      return planSort(plan, context);
    case 'limit':
      return planLimit(plan, context);
    case 'with':
      return planWith(plan, context);
    case 'commonTable':
      return planCommonTable(plan, context);
    case 'recursive':
      return planRecursive(plan, context);
    case 'workingTable':
      return planWorkingTable(plan);
    case 'apply':
      throw new InternalError('a correlated subquery was left in the plan');
    default:
      return assertNever(plan);
  }
}

const filtered = ({ plan, distribution }: Planned, predicate: Expr): Planned => ({
  plan: { kind: 'filter', input: plan, predicate, columns: plan.columns },
  distribution,
});

function planUnnest({ input, lists, outer, ordinality, columns }: LogicalUnnest, context: PhysicalContext): Planned {
  const { plan, distribution } = context.plan(input);
  const added = columns.slice(input.columns.length);
  return {
    plan: { kind: 'unnest', input: plan, lists, outer, ordinality, columns: [...plan.columns, ...added] },
    distribution,
  };
}

/** Of a table by where its rows lie, none of them left out before, and then its predicate; of anything else by their order, in one task. */
function planSample(sample: LogicalSample, context: PhysicalContext): Planned {
  const { input, method, percent, seed } = sample;
  const sampled = ({ plan, distribution }: Planned): Planned => ({
    plan: { kind: 'sample', input: plan, method, percent, seed, columns: plan.columns },
    distribution,
  });
  if (input.kind === 'scan') {
    const rows = sampled(planScan({ ...input, constraints: [] }, context));
    return input.predicate ? filtered(rows, input.predicate) : rows;
  }
  const { plan } = gathered(context.plan(input));
  return sampled({ plan, distribution: SINGLE });
}
