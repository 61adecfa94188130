import { type StageId, stageId } from '../../common/ids.ts';
import { type DistributedPlan, type ExchangePlan, inputsOf } from '../physical/distributed-plan.ts';
import type { PlanMemory } from '../physical/plan-memory.ts';
import type { NewStageId } from '../stages/levels.ts';

const RESULT = 'result';

/** Ids of stages that stay the same however often a query is planned: a stage is told by what it delivers. */
export class StageIds {
  readonly #memory: PlanMemory;
  readonly #ids: Map<string, StageId>;
  readonly #exchanges: Map<ExchangePlan | null, StageId>;
  /** Of the newest plan. */
  #stages: Map<StageId, ExchangePlan>;
  #next: number;

  constructor(memory: PlanMemory, before?: StageIds) {
    this.#memory = memory;
    this.#ids = new Map(before ? before.#ids : []);
    this.#exchanges = new Map(before ? before.#exchanges : []);
    this.#stages = new Map(before ? before.#stages : []);
    this.#next = before ? before.#next : 0;
  }

  /** For the stages of one plan. Two of its stages never share an id, even where they deliver the same. */
  of({ plan }: { readonly plan: DistributedPlan }): (exchange: ExchangePlan | null) => StageId {
    const taken = new Set<StageId>();
    this.#stages = new Map();
    for (const exchange of exchangesOf(plan)) {
      const known = this.#memory.isBegun(exchange) ? this.#exchanges.get(exchange) : undefined;
      if (known === undefined) continue;
      taken.add(known);
      this.#stages.set(known, exchange);
    }
    return (exchange) => {
      if (exchange && this.#memory.isBegun(exchange)) return this.#exchanges.get(exchange) as StageId;
      const key = exchange ? this.#memory.exchangeKey(exchange) : RESULT;
      for (let copy = 0; ; copy++) {
        const id = this.#idOf(copy === 0 ? key : `${key} ${copy}`);
        if (taken.has(id)) continue;
        taken.add(id);
        this.#exchanges.set(exchange, id);
        if (exchange) this.#stages.set(id, exchange);
        return id;
      }
    };
  }

  /** The exchange behind a stage; none behind the last one and those between levels. */
  exchangeOf(stage: StageId): ExchangePlan | undefined {
    return this.#stages.get(stage);
  }

  readonly between: NewStageId = (producer, level) => this.#idOf(`level ${level} of ${producer}`);

  #idOf(key: string): StageId {
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = stageId(this.#next++);
      this.#ids.set(key, id);
    }
    return id;
  }
}

/** The exchanges of a plan, each once. */
export function exchangesOf(root: DistributedPlan): ReadonlySet<ExchangePlan> {
  const found = new Set<ExchangePlan>();
  const visit = (plan: DistributedPlan): void => {
    const exchange = plan.kind === 'whole' ? plan.exchange : plan;
    if (exchange.kind !== 'exchange') {
      for (const input of inputsOf(plan)) visit(input);
    } else if (!found.has(exchange)) {
      visit(exchange.input);
      found.add(exchange);
    }
  };
  visit(root);
  return found;
}
