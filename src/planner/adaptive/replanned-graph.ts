import { InternalError } from '../../common/errors.ts';
import type { StageId } from '../../common/ids.ts';
import type { Manifest } from '../../operators/task.ts';
import { exactly, type RowBounds } from '../estimate/bounds.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { type DistributedPlan, type ExchangePlan, inputsOf } from '../physical/distributed-plan.ts';
import { DISTRIBUTION_LIMITS } from '../physical/physical-context.ts';
import type { PlanMemory } from '../physical/plan-memory.ts';
import type { PhysicalQuery } from '../physical/plan-physical.ts';
import { buildStages, type Outlet, routeFrom } from '../stages/build-stages.ts';
import { isBetween, readersOf } from '../stages/levels.ts';
import { type Stage, type StageGraph, type StageInput, stageOf } from '../stages/stage-graph.ts';
import type { AdaptiveGraph, Decision } from './adaptive-graph.ts';
import { decisions } from './decisions.ts';
import { type AdaptiveQueryOptions, replan } from './plan-adaptive.ts';
import { sizeTasks } from './size-tasks.ts';
import type { StageIds } from './stage-ids.ts';
import { amountOf } from './stage-sizes.ts';

export interface ReplannedGraphOptions {
  readonly optimized: LogicalPlan;
  readonly options: AdaptiveQueryOptions;
  /** As it is planned at first. */
  readonly query: PhysicalQuery;
  readonly stages: StageGraph;
  readonly memory: PlanMemory;
  readonly ids: StageIds;
}

/**
 * Plans the query anew whenever a stage has shown how much it delivers: with what is known now, over the exchanges that have begun. A
 * plan that does not use one of these, though nothing has read it yet, is not taken: its work would be done twice.
 */
export class ReplannedGraph implements AdaptiveGraph {
  readonly #given: Pick<ReplannedGraphOptions, 'optimized' | 'options' | 'memory' | 'ids'>;
  #query: PhysicalQuery;
  #graph: StageGraph;
  readonly #begun = new Set<StageId>();
  readonly #fixed = new Map<StageId, Stage>();
  readonly #outlets = new Map<ExchangePlan, Outlet>();
  readonly #outputs = new Map<StageId, readonly Manifest[]>();
  readonly #measured = new Map<LogicalPlan, RowBounds>();

  constructor({ query, stages, ...given }: ReplannedGraphOptions) {
    this.#given = given;
    this.#query = query;
    this.#graph = stages;
  }

  get graph(): StageGraph {
    return this.#graph;
  }

  began(stage: StageId): void {
    if (this.#begun.has(stage)) return;
    this.#begun.add(stage);
    const exchange = this.#given.ids.exchangeOf(stage);
    const chain = this.#chainBehind(stageOf(this.#graph, stage));
    for (const one of chain) this.#fixed.set(one.id, one);
    if (!exchange) return;
    this.#given.memory.begin(exchange);
    const last = chain.at(-1) as Stage;
    const input = chain.length > 1 ? this.#readingOf(last.id) : undefined;
    this.#outlets.set(exchange, input ?? { stage: last.id, route: routeFrom(last, exchange) });
  }

  ended(stage: StageId, outputs: readonly Manifest[]): readonly Decision[] {
    if (!this.#begun.has(stage)) throw new InternalError(`stage ${stage} has ended before it began`);
    this.#outputs.set(stage, outputs);
    this.#measure(stageOf(this.#graph, stage), outputs);
    const result = this.#graph.stages.at(-1) as Stage;
    if (this.#begun.has(result.id)) return [];
    const before = { query: this.#query, graph: this.#graph };
    const { optimized, options, memory } = this.#given;
    const planned = replan(optimized, options, { memory, measured: this.#measured });
    if (this.#isTaken(planned.plan)) this.#query = planned;
    this.#graph = this.#cut();
    return decisions(
      before,
      { query: this.#query, graph: this.#graph },
      {
        begun: this.#begun,
        ended: { stage, ...amountOf(outputs), expected: stageOf(before.graph, stage).estimatedRows[0] ?? null },
        memory,
      },
    );
  }

  /** The stage and those that bring its rows to their partitions by more levels. */
  #chainBehind(stage: Stage): readonly Stage[] {
    const next = readersOf(this.#graph, stage.id).find((reader) => isBetween(this.#graph, reader));
    return next ? [stage, ...this.#chainBehind(next)] : [stage];
  }

  #readingOf(stage: StageId): StageInput | undefined {
    return readersOf(this.#graph, stage)
      .flatMap(({ inputs }) => inputs)
      .find((input) => input.stage === stage);
  }

  #measure({ id, enough }: Stage, outputs: readonly Manifest[]): void {
    const exchange = this.#given.ids.exchangeOf(id);
    if (!exchange || enough !== null) return;
    const { rows } = amountOf(outputs);
    const { memory } = this.#given;
    const node = memory.origin(exchange.input);
    if (node) this.#measured.set(node, exactly(rows));
    const groups =
      exchange.input.kind === 'aggregate' && exchange.input.phase === 'partial' ? this.#groupsOf(exchange) : null;
    if (groups) this.#measured.set(groups, { min: Math.min(rows, 1), max: rows });
  }

  /** The aggregation whose partial groups an exchange hands on. */
  #groupsOf(exchange: ExchangePlan): LogicalPlan | null {
    const { memory } = this.#given;
    let found: LogicalPlan | null = null;
    const visit = (plan: DistributedPlan): void => {
      if (plan.kind === 'aggregate' && plan.phase === 'final' && plan.input === exchange)
        found = memory.origin(plan) ?? found;
      const inputs = plan.kind === 'exchange' ? [plan.input] : plan.kind === 'whole' ? [plan.exchange] : inputsOf(plan);
      for (const input of inputs) visit(input);
    };
    visit(this.#query.plan);
    return found;
  }

  /** Whether the plan reads everything that has begun and that nothing which has begun reads. */
  #isTaken(plan: DistributedPlan): boolean {
    const { memory } = this.#given;
    const now = frontier(plan, memory);
    return [...frontier(this.#query.plan, memory)].every((exchange) => now.has(exchange)) && !isReadInTwoWays(plan);
  }

  #cut(): StageGraph {
    const { ids, memory, options } = this.#given;
    const cut = { idOf: ids.of(this.#query), isBegun: (exchange: ExchangePlan) => memory.isBegun(exchange) };
    const fixed = this.#graph.stages.filter(({ id }) => this.#fixed.has(id));
    const open = buildStages(this.#query, { cut, outlets: this.#outlets }).stages;
    const graph = this.#sized({ stages: [...fixed, ...open] });
    const bytes = new Map([...this.#outputs].map(([id, outputs]) => [id, amountOf(outputs).bytes]));
    return options.choose(graph, { begun: (id) => this.#fixed.has(id), newId: ids.between, bytes });
  }

  /** With as many tasks in each stage as there is work. */
  #sized({ stages }: StageGraph): StageGraph {
    const { workers, partitions = null, limits = DISTRIBUTION_LIMITS } = this.#given.options;
    const counts = new Map<StageId, number>();
    const sized = stages.map((stage): Stage => {
      if (this.#fixed.has(stage.id)) return stage;
      const tasks = sizeTasks(stage, this.#outputs, {
        taskBytes: limits.taskBytes,
        mayMerge: workers === null && partitions === null,
      });
      if (tasks.length !== stage.tasks.length) counts.set(stage.id, tasks.length);
      return { ...stage, tasks };
    });
    if (counts.size === 0) return { stages: sized };
    const inputOf = (input: StageInput): StageInput => {
      const groups = counts.get(input.stage);
      if (groups === undefined || input.route.kind !== 'partitions') return input;
      return { ...input, route: { ...input.route, from: { ...input.route.from, groups } } };
    };
    return {
      stages: sized.map((stage) =>
        this.#fixed.has(stage.id) ? stage : { ...stage, inputs: stage.inputs.map(inputOf) },
      ),
    };
  }
}

/** What has begun and is read by what has not. */
function frontier(root: DistributedPlan, memory: PlanMemory): ReadonlySet<ExchangePlan> {
  const found = new Set<ExchangePlan>();
  const seen = new Set<DistributedPlan>();
  const visit = (plan: DistributedPlan): void => {
    if (seen.has(plan)) return;
    seen.add(plan);
    if (plan.kind === 'whole') visit(plan.exchange);
    else if (plan.kind !== 'exchange') for (const input of inputsOf(plan)) visit(input);
    else if (memory.isBegun(plan)) found.add(plan);
    else visit(plan.input);
  };
  visit(root);
  return found;
}

/** A stage reads an exchange whole or by partition, not both. */
function isReadInTwoWays(root: DistributedPlan): boolean {
  const seen = new Set<ExchangePlan>();
  return twoWays(root);

  function twoWays(stage: DistributedPlan): boolean {
    const [whole, divided] = [new Set<ExchangePlan>(), new Set<ExchangePlan>()];
    const visit = (plan: DistributedPlan): void => {
      if (plan.kind === 'whole') whole.add(plan.exchange);
      else if (plan.kind === 'exchange') divided.add(plan);
      else for (const input of inputsOf(plan)) visit(input);
    };
    visit(stage);
    const below = [...whole, ...divided].filter((exchange) => !seen.has(exchange));
    for (const exchange of below) seen.add(exchange);
    return [...whole].some((exchange) => divided.has(exchange)) || below.some(({ input }) => twoWays(input));
  }
}
