import type { Arena } from '../../wasm/arena.ts';
import type { LinearMemory } from '../../wasm/linear-memory.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { GrowingRun } from '../keys/growing-run.ts';
import type { AggregatePlan } from '../plan.ts';
import { planStates, type StatePlan } from './generate/state-plan.ts';
import { StateResults } from './generate/state-results.ts';
import { StateUpdater } from './generate/state-updater.ts';
import { HostAggregates } from './host-aggregates.ts';

/** What of a plan is generated, and its code, which all states of the plan share. */
export interface AggregateCode {
  readonly states: StatePlan;
  readonly updater: StateUpdater;
}

export function aggregateCode(plan: AggregatePlan, context: ExecutionContext, title: string): AggregateCode {
  const grouped = plan.groups.length > 0 || plan.groupingSets !== null;
  const states = planStates(plan);
  return { states, updater: new StateUpdater(states, plan.input.columns, context, title, grouped) };
}

/** The states of all calls of a plan, by group. */
export class AggregateStates {
  readonly #plan: StatePlan;
  readonly #phase: AggregatePlan['phase'];
  readonly #memory: LinearMemory;
  readonly #updater: StateUpdater;
  readonly #host: HostAggregates;
  readonly #states: GrowingRun;
  #groups = 0;

  constructor(plan: AggregatePlan, context: ExecutionContext, { states, updater }: AggregateCode) {
    this.#plan = states;
    this.#host = new HostAggregates(plan, states.others);
    this.#phase = plan.phase;
    this.#memory = context.memory;
    this.#updater = updater;
    this.#states = new GrowingRun(context.memory);
  }

  get bytes(): number {
    return this.#states.bytes + this.#host.bytes;
  }

  /** Bytes that more groups may add, what growing takes in between included. */
  bytesToGrow(more: number): number {
    const wanted = (this.#groups + more) * this.#plan.stride;
    return (wanted > this.#states.bytes ? wanted * 2 : 0) + this.#host.bytesToGrow(more);
  }

  /** States for so many groups; the new ones have seen no row. */
  ensure(groups: number): void {
    const { stride } = this.#plan;
    if (groups <= this.#groups) return;
    const pointer = this.#states.ensure(groups * stride, this.#groups * stride);
    this.#memory.bytes(pointer + this.#groups * stride, (groups - this.#groups) * stride).fill(0);
    this.#host.ensure(groups);
    this.#groups = groups;
  }

  /** Takes the live rows in; `groups` holds a u32 each, 0: there is but one group. Throws what an expression throws. */
  update(morsel: Morsel, groups: Pointer, arena: Arena): void {
    this.#updater.update(morsel, groups, this.#states.pointer, arena);
    this.#host.update(morsel, groups, arena);
  }

  /** The columns of all calls, in the order of the plan. Throws SQ3002 when a result does not fit its type. */
  columns(from: number, count: number, arena: Arena): Vector[] {
    const { stride, calls, others } = this.#plan;
    const results = new StateResults(this.#plan, this.#phase, arena);
    const columns: Vector[][] = [];
    for (const call of calls) {
      columns[call.index] = results.columns(call, { states: this.#states.pointer + from * stride, count, arena });
    }
    const hosted = this.#host.columns(from, count, arena);
    for (const [i, position] of others.entries()) columns[position] = hosted[i] as Vector[];
    return columns.flat();
  }

  /** Forgets all groups and gives their memory back. */
  clear(): void {
    this.#states.free();
    this.#host.free();
    this.#groups = 0;
  }
}
