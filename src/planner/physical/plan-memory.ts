import { encodeWire } from '../../common/wire.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { type DistributedPlan, type ExchangePlan, inputsOf } from './distributed-plan.ts';

/**
 * What the plannings of one query share, the first one and those of its adaptive run: what they made (columns, auxiliary plans), so
 * that it is the same each time, and the exchanges whose stages have begun, so that these are used.
 */
export class PlanMemory {
  readonly #made: Map<object, Map<string, unknown>>;
  readonly #origins: WeakMap<DistributedPlan, LogicalPlan>;
  readonly #numbers: Map<object, number>;
  readonly #begunByKey = new Map<string, ExchangePlan>();
  readonly #begun = new Set<ExchangePlan>();

  /** `made`: another memory, of which this one knows all that was made, but not what has begun. */
  constructor(made?: PlanMemory) {
    this.#made = made ? made.#made : new Map();
    this.#origins = made ? made.#origins : new WeakMap();
    this.#numbers = made ? made.#numbers : new Map();
  }

  /** What the function makes when it is first asked for by that node and name. */
  once<T>(node: object, what: string, make: () => T): T {
    let made = this.#made.get(node);
    if (!made) {
      made = new Map();
      this.#made.set(node, made);
    }
    if (!made.has(what)) made.set(what, make());
    return made.get(what) as T;
  }

  /** The plan computes the rows of that node. */
  computes(plan: DistributedPlan, node: LogicalPlan): void {
    this.#origins.set(plan, node);
  }

  origin(plan: DistributedPlan): LogicalPlan | undefined {
    return this.#origins.get(plan);
  }

  begin(exchange: ExchangePlan): void {
    this.#begunByKey.set(this.exchangeKey(exchange), exchange);
    this.#begun.add(exchange);
  }

  /** What has begun to deliver the rows of that node. */
  begunFor(node: LogicalPlan): ExchangePlan | undefined {
    return this.#begunByKey.get(this.#nodeKey(node));
  }

  /** What has begun to deliver the rows that an operator computes. */
  begunOf(plan: DistributedPlan): ExchangePlan | undefined {
    return this.#begunByKey.get(this.#key(plan));
  }

  /** What has begun to deliver what an exchange hands on. */
  begunLike(exchange: ExchangePlan): ExchangePlan | undefined {
    return this.#begunByKey.get(this.exchangeKey(exchange));
  }

  isBegun(exchange: ExchangePlan): boolean {
    return this.#begun.has(exchange);
  }

  /** Says what an exchange hands on, however it is computed. */
  exchangeKey({ input }: ExchangePlan): string {
    const key = this.#key(input);
    return input.kind === 'exchange' || input.kind === 'whole' ? `again(${key})` : key;
  }

  #key(plan: DistributedPlan): string {
    if (plan.kind === 'exchange') return this.exchangeKey(plan);
    if (plan.kind === 'whole') return this.exchangeKey(plan.exchange);
    const origin = this.#origins.get(plan);
    if (origin) return this.#nodeKey(origin);
    const { input, left, right, inputs, base, step, ...own } = plan as unknown as Record<string, unknown>;
    return `${encodeWire(own)}(${inputsOf(plan)
      .map((each) => this.#key(each))
      .join()})`;
  }

  #nodeKey(node: LogicalPlan): string {
    let number = this.#numbers.get(node);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(node, number);
    }
    return `#${number}`;
  }
}
