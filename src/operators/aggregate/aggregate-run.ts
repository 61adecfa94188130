import { throwIfAborted } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { outOfBudget } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel, type Selection } from '../../wasm/morsel.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import type { ColumnId } from '../expr/expr.ts';
import { groupKernel } from '../keys/group-kernel.ts';
import { GroupTable } from '../keys/group-table.ts';
import type { AggregatePlan } from '../plan.ts';
import { type AggregateCode, AggregateStates, aggregateCode, closeCode } from './aggregate-states.ts';
import { columnsOf } from './generate/columns-of.ts';
import { CHUNK_GROUPS } from './generate/state-updater.ts';
import { emptyGroups, groupingSets } from './grouping-sets.ts';
import { type KeyedMorsel, keyTypes, MorselKeys } from './keyed-morsel.ts';
import { MAX_DEPTH, SpilledRows } from './spilled-rows.ts';

const FEW_GROUPS = 512;

/** An aggregation at work: the groups that have room, and the rows of those that have none. */
export class AggregateRun {
  readonly #plan: AggregatePlan;
  readonly #context: ExecutionContext;
  readonly #keys: MorselKeys;
  /** Null when there are no keys: then there is one group. */
  readonly #table: GroupTable | null;
  readonly #states: AggregateStates;
  /** Memory per morsel that is taken. */
  readonly #scratch: Arena;
  /** Memory per morsel that is delivered. */
  readonly #output: Arena;
  /** How often the rows have been spilled before. */
  readonly #depth: number;
  readonly #code: AggregateCode;
  #spilled: SpilledRows | null = null;

  constructor(plan: AggregatePlan, context: ExecutionContext, parent: AggregateRun | null = null) {
    const title = `aggregate ${plan.aggregates.map((call) => call.function).join(', ')}`;
    const types = keyTypes(plan);
    this.#plan = plan;
    this.#context = context;
    this.#depth = parent ? parent.#depth + 1 : 0;
    this.#keys = new MorselKeys(plan, context, `${title}: keys`);
    this.#table = types.length > 0 ? new GroupTable(types, context) : null;
    this.#code = parent ? parent.#code : aggregateCode(plan, context, title);
    this.#states = new AggregateStates(plan, context, this.#code);
    this.#scratch = new Arena({ memory: context.memory });
    this.#output = new Arena({ memory: context.memory });
  }

  /** Takes everything in, then delivers. */
  async *run(input: MorselStream): AsyncGenerator<Morsel> {
    this.#seed();
    for await (const morsel of input) {
      throwIfAborted(this.#context.signal);
      for (const keyed of this.#keys.of(morsel, this.#scratch)) {
        if (this.#isFull(liveRows(morsel)) && this.#plan.phase === 'partial') {
          yield* this.#deliver();
          this.#clear();
        }
        await this.#take(keyed);
      }
      this.#scratch.reset();
    }
    yield* this.#finish();
  }

  async free(): Promise<void> {
    this.#keys.close();
    this.#table?.free();
    this.#states.clear();
    if (this.#depth === 0) closeCode(this.#code);
    this.#scratch.reset();
    this.#output.reset();
    await this.#spilled?.free();
  }

  /** Rows that were spilled, with their keys. */
  async *#again(input: AsyncIterable<KeyedMorsel>): AsyncGenerator<Morsel> {
    for await (const keyed of input) {
      throwIfAborted(this.#context.signal);
      await this.#take(keyed);
      this.#scratch.reset();
    }
    yield* this.#finish();
  }

  /** Everything that is left: the groups in memory, then the spilled ones, part by part. */
  async *#finish(): AsyncGenerator<Morsel> {
    yield* this.#deliver();
    this.#clear();
    if (!this.#spilled) return;
    for await (const part of this.#spilled.partitions(this.#plan.input.columns.length)) {
      const run = new AggregateRun(this.#plan, this.#context, this);
      try {
        yield* run.#again(part);
      } finally {
        await run.free();
      }
    }
  }

  get #groups(): number {
    return this.#table ? this.#table.groups : 1;
  }

  /** The groups that exist without any row. */
  #seed(): void {
    if (!this.#table) this.#states.ensure(1);
    else {
      for (const { grouping, has } of emptyGroups(this.#plan)) {
        const values = [...has.map(() => null), grouping];
        const keys = keyTypes(this.#plan).map((type, i) => buildVector(this.#scratch, type, [values[i] ?? null]));
        this.#table.find(keys, 1, null, this.#scratch.allocate(4), 'insert');
      }
      this.#states.ensure(this.#table.groups);
    }
    this.#scratch.reset();
  }

  /** Whether so many more groups might not fit the budget. Few always fit, so that there is an end. */
  #isFull(more: number): boolean {
    if (!this.#table || this.#table.groups < FEW_GROUPS) return false;
    const { operatorBytes } = this.#context;
    const held = this.#table.bytes + this.#states.bytes;
    return held + this.#table.bytesToGrow(more) + this.#states.bytesToGrow(more) > operatorBytes;
  }

  async #take(keyed: KeyedMorsel): Promise<void> {
    const { keys, morsel } = keyed;
    if (!this.#table) {
      this.#states.update(morsel, 0, this.#scratch);
      return;
    }
    const count = liveRows(morsel);
    const full = this.#spilled !== null || this.#mustSpill(count);
    const groups = this.#scratch.allocate(count * 4);
    this.#table.find(keys, morsel.rows, morsel.selection, groups, full ? 'lookup' : 'insert');
    if (!full) {
      this.#states.ensure(this.#table.groups);
      this.#states.update(morsel, groups, this.#scratch);
      return;
    }
    await this.#takeKnown(keyed, groups, count);
  }

  /** From now on no group is added. */
  #mustSpill(more: number): boolean {
    if (!this.#isFull(more) || this.#depth >= MAX_DEPTH) return false;
    if (!this.#context.spill) {
      const { operatorBytes } = this.#context;
      const held = (this.#table?.bytes ?? 0) + this.#states.bytes;
      throw outOfBudget(held, (this.#table?.bytesToGrow(more) ?? 0) + this.#states.bytesToGrow(more), operatorBytes);
    }
    this.#spilled = new SpilledRows(this.#plan, this.#context, usedColumns(this.#plan), this.#depth);
    return true;
  }

  /** Rows of known groups go into their states, the others are spilled. */
  async #takeKnown(keyed: KeyedMorsel, groups: Pointer, count: number): Promise<void> {
    const { morsel } = keyed;
    const [rows, knownGroups, others] = [0, 1, 2].map(() => this.#scratch.allocate(count * 4)) as [
      Pointer,
      Pointer,
      Pointer,
    ];
    const kernel = groupKernel(this.#context.memory);
    const known = kernel.split(morsel.selection?.rows ?? 0, groups, count, rows, knownGroups, others);
    if (known > 0) {
      const selection: Selection = { rows, count: known };
      const part: Morsel = { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
      this.#states.update(part, knownGroups, this.#scratch);
    }
    if (known < count) await this.#spilled?.append(keyed, { rows: others, count: count - known });
  }

  /** The groups in memory. */
  *#deliver(): Generator<Morsel> {
    const sets = groupingSets(this.#plan);
    const repeats = this.#plan.phase === 'partial' ? [] : (sets ?? []).filter(({ times }) => times > 1);
    for (let from = 0; from < this.#groups; from += CHUNK_GROUPS) {
      const rows = Math.min(CHUNK_GROUPS, this.#groups - from);
      const keys = this.#table?.keys(from, rows, this.#output) ?? [];
      const columns = [...keys, ...this.#states.columns(from, rows, this.#output)];
      const column = (index: number) => columns[index] as Vector;
      yield { rows, selection: null, column };
      for (const { grouping, times } of repeats) {
        const selection = this.#rowsOfSet(keys.at(-1) as Vector, grouping, rows);
        for (let time = 1; time < times && selection.count > 0; time++) yield { rows, selection, column };
      }
      this.#output.reset();
    }
  }

  /** The groups of one grouping set. */
  #rowsOfSet(sets: Vector, grouping: number, rows: number): Selection {
    const pointer = this.#output.allocate(rows * 4);
    const view = this.#output.view();
    let count = 0;
    for (let row = 0; sets.kind === 'fixed' && row < rows; row++) {
      if (view.getInt32(sets.data + row * 4, true) === grouping) view.setUint32(pointer + count++ * 4, row, true);
    }
    return { rows: pointer, count };
  }

  #clear(): void {
    this.#table?.free();
    this.#states.clear();
  }
}

/** The columns that the calls read, by position. */
function usedColumns(plan: AggregatePlan): readonly number[] {
  const ids = new Set<ColumnId>();
  for (const { args, filter, orderBy, states } of plan.aggregates) {
    if (plan.phase === 'final') for (const { id } of states) ids.add(id);
    for (const arg of args) columnsOf(arg, ids);
    if (filter) columnsOf(filter, ids);
    for (const { expr } of orderBy) columnsOf(expr, ids);
  }
  return plan.input.columns.flatMap(({ id }, position) => (ids.has(id) ? [position] : []));
}
