import { encodeWire } from '../../common/wire.ts';
import type { LogicalPlan } from '../logical/logical-plan.ts';
import { type DistributedPlan, type ExchangePlan, inputsOf } from './distributed-plan.ts';

/**
 * What the plannings of one query share, the first one and those of its adaptive run: what they made (columns, auxiliary plans), so
 * that it is the same each time, and the exchanges whose stages have begun, so that these are used.
 */
export class PlanMemory {
  readonly #made = new Map<object, Map<string, unknown>>();
  readonly #origins = new WeakMap<DistributedPlan, LogicalPlan>();
  readonly #numbers = new Map<object, number>();
  readonly #begun = new Map<string, ExchangePlan>();
  readonly #keysOfBegun = new Map<ExchangePlan, string>();

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
    const key = this.keyOf(exchange.input);
    this.#begun.set(key, exchange);
    this.#keysOfBegun.set(exchange, key);
  }

  /** What has begun to deliver the rows of that node. */
  begunFor(node: LogicalPlan): ExchangePlan | undefined {
    return this.#begun.get(this.#nodeKey(node));
  }

  /** What has begun to deliver the rows that a plan computes. */
  begunOf(plan: DistributedPlan): ExchangePlan | undefined {
    return this.#begun.get(this.keyOf(plan));
  }

  isBegun(exchange: ExchangePlan): boolean {
    return this.#keysOfBegun.has(exchange);
  }

  /** Says what a plan computes, however its rows are distributed meanwhile. */
  keyOf(plan: DistributedPlan): string {
    if (plan.kind === 'exchange') {
      const known = this.#keysOfBegun.get(plan);
      return known === undefined ? this.keyOf(plan.input) : `again(${known})`;
    }
    if (plan.kind === 'whole') return this.keyOf(plan.exchange);
    const origin = this.#origins.get(plan);
    if (origin) return this.#nodeKey(origin);
    const { input, left, right, inputs, base, step, ...own } = plan as unknown as Record<string, unknown>;
    return `${encodeWire(own)}(${inputsOf(plan)
      .map((each) => this.keyOf(each))
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
