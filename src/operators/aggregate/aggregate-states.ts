import type { Arena } from '../../wasm/arena.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { GrowingRun } from '../keys/growing-run.ts';
import type { AggregateCall, AggregatePlan } from '../plan.ts';
import { DistinctAggregate, type DistinctCode, distinctCode } from './distinct-aggregate.ts';
import { planStates, type StatePlan } from './generate/state-plan.ts';
import { StateResults } from './generate/state-results.ts';
import { CHUNK_GROUPS, StateUpdater } from './generate/state-updater.ts';
import { HostAggregates } from './host-aggregates.ts';

/** What of a plan is generated, and its code, which all states of the plan share. */
export interface AggregateCode {
  readonly states: StatePlan;
  readonly updater: StateUpdater;
  /** By position in the plan. */
  readonly distinct: ReadonlyMap<number, DistinctCode>;
  /** Positions of the calls that accumulators take. */
  readonly others: readonly number[];
}

export function aggregateCode(plan: AggregatePlan, context: ExecutionContext, title: string): AggregateCode {
  const grouped = plan.groups.length > 0 || plan.groupingSets !== null;
  const states = planStates(plan);
  const distinct = new Map<number, DistinctCode>();
  for (const position of states.others) {
    const code = distinctCode(plan, plan.aggregates[position] as AggregateCall, context, title);
    if (code) distinct.set(position, code);
  }
  const others = states.others.filter((position) => !distinct.has(position));
  const updater = new StateUpdater(states, plan.input.columns, context, title, grouped);
  return { states, updater, distinct, others };
}

/** Gives back what the code keeps. */
export function closeCode({ updater, distinct }: AggregateCode): void {
  updater.close();
  for (const { inner, argument } of distinct.values()) {
    closeCode(inner);
    argument.close();
  }
}

/** The states of all calls of a plan, by group. */
export class AggregateStates {
  readonly #plan: StatePlan;
  readonly #phase: AggregatePlan['phase'];
  readonly #memory: LinearMemory;
  readonly #updater: StateUpdater;
  readonly #host: HostAggregates;
  readonly #others: readonly number[];
  readonly #distinct: ReadonlyMap<number, DistinctAggregate>;
  /** Of the first CHUNK_GROUPS groups. */
  readonly #first: GrowingRun;
  /** Of the others, CHUNK_GROUPS each, so that growing copies nothing. */
  readonly #chunks: PageRun[] = [];
  /** The addresses of all chunks. */
  readonly #table: GrowingRun;
  #groups = 0;

  constructor(plan: AggregatePlan, context: ExecutionContext, { states, updater, distinct, others }: AggregateCode) {
    this.#plan = states;
    this.#host = new HostAggregates(plan, others, context);
    this.#others = others;
    this.#distinct = new Map([...distinct].map(([position, code]) => [position, new DistinctAggregate(code, context)]));
    this.#phase = plan.phase;
    this.#memory = context.memory;
    this.#updater = updater;
    this.#first = new GrowingRun(context.memory);
    this.#table = new GrowingRun(context.memory);
  }

  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, this.#stateBytes);
  }

  get #stateBytes(): number {
    return this.#chunks.reduce((sum, { bytes }) => sum + bytes, this.#first.bytes);
  }

  /** What keeps states of its own. */
  get #parts(): readonly (HostAggregates | DistinctAggregate)[] {
    return [this.#host, ...this.#distinct.values()];
  }

  /** Bytes that more groups may add, what growing takes in between included. */
  bytesToGrow(more: number): number {
    const wanted = (this.#groups + more) * this.#plan.stride;
    const held = this.#stateBytes;
    const own = wanted > held ? wanted - held + this.#first.bytes : 0;
    return this.#parts.reduce((sum, part) => sum + part.bytesToGrow(more), own);
  }

  /** States for so many groups; the new ones have seen no row. */
  ensure(groups: number): void {
    if (groups <= this.#groups) return;
    if (this.#plan.stride > 0) this.#ensureStates(groups);
    for (const part of this.#parts) part.ensure(groups);
    this.#groups = groups;
  }

  #ensureStates(groups: number): void {
    const { stride } = this.#plan;
    const [from, to] = [Math.min(this.#groups, CHUNK_GROUPS), Math.min(groups, CHUNK_GROUPS)];
    const first = this.#first.ensure(to * stride, from * stride);
    this.#memory.bytes(first + from * stride, (to - from) * stride).fill(0);
    while ((this.#chunks.length + 1) * CHUNK_GROUPS < groups) {
      const chunk = this.#memory.allocateRun(CHUNK_GROUPS * stride);
      this.#memory.bytes(chunk.pointer, chunk.bytes).fill(0);
      this.#chunks.push(chunk);
    }
    if (this.#chunks.length === 0) return;
    const count = this.#chunks.length + 1;
    const table = this.#table.ensure(count * 4, 0);
    const addresses = [first, ...this.#chunks.map(({ pointer }) => pointer)];
    new Uint32Array(this.#memory.memory.buffer, table, count).set(addresses);
  }

  /** Takes the live rows in; `groups` holds a u32 each, 0: there is but one group. Throws what an expression throws. */
  update(morsel: Morsel, groups: Pointer, arena: Arena): void {
    const chunked = this.#chunks.length > 0;
    const states = chunked ? this.#table.pointer : this.#first.pointer;
    this.#updater.update(morsel, groups, states, chunked, arena);
    for (const part of this.#parts) part.update(morsel, groups, arena);
  }

  /** The columns of all calls, in the order of the plan. `from` begins a chunk. Throws SQ3002 when a result does not fit its type. */
  columns(from: number, count: number, arena: Arena): Vector[] {
    const { calls } = this.#plan;
    const results = new StateResults(this.#plan, this.#phase, arena);
    const columns: Vector[][] = [];
    const states = from === 0 ? this.#first.pointer : (this.#chunks[from / CHUNK_GROUPS - 1]?.pointer ?? 0);
    for (const call of calls) columns[call.index] = results.columns(call, { states, count, arena });
    const hosted = this.#host.columns(from, count, arena);
    for (const [i, position] of this.#others.entries()) columns[position] = hosted[i] as Vector[];
    for (const [position, distinct] of this.#distinct) columns[position] = distinct.columns(from, count, arena);
    return columns.flat();
  }

  /** Forgets all groups and gives their memory back. */
  clear(): void {
    this.#first.free();
    this.#table.free();
    for (const chunk of this.#chunks.splice(0)) this.#memory.freeRun(chunk);
    for (const part of this.#parts) part.clear();
    this.#groups = 0;
  }
}
