import { throwIfAborted } from '../../common/errors.ts';
import { Arena } from '../../wasm/arena.ts';
import { outOfBudget } from '../../wasm/linear-memory.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { Vector } from '../../wasm/vector.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import type { WindowPlan } from '../plan.ts';
import { RowBuffer } from '../rows/row-buffer.ts';
import { ExternalSort } from '../sort/external-sort.ts';
import { orderedMorsel, orderedMorsels, SortBuffer } from '../sort/sort-buffer.ts';
import { markChanges, type OrderedRows } from './mark-changes.ts';
import { Section } from './section.ts';
import { type CallColumns, WindowInputs } from './section-call.ts';
import { sectionFunction } from './section-functions.ts';
import { windowKernel } from './window-kernel.ts';
import { windowSortKeys } from './window-keys.ts';

/** Bytes a row that the bounds of partitions and peers take, and about what a function takes. */
const SPAN_BYTES = 24;
const FUNCTION_BYTES = 40;

/**
 * Computes window functions over rows sorted by partition and order, and delivers them so sorted, partitions ascending with NULL last. What
 * does not fit the budget is sorted outside memory and comes back as many whole partitions at a time as fit. Throws ResourceError
 * SQ4001 when one partition alone does not.
 */
export async function* executeWindow(
  plan: WindowPlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const inputs = new WindowInputs(plan);
  const rowBytes = SPAN_BYTES + FUNCTION_BYTES * plan.functions.length;
  const state = new SortBuffer(plan.input.columns, windowSortKeys(plan), context, 'window', {
    more: inputs.exprs,
    rowBytes,
  });
  const sort = new ExternalSort(state, context);
  const running = new RunningWindow(plan, state, inputs.columns(state), context);
  try {
    for await (const morsel of input) if (liveRows(morsel) > 0) await sort.add(morsel);
    if (sort.fits) yield* running.section({ buffer: state.buffer, order: sort.orderInMemory(), rows: state.rows });
    else yield* running.sections(sort.morsels(), rowBytes);
  } finally {
    state.free();
    await sort.free();
  }
}

class RunningWindow {
  readonly #plan: WindowPlan;
  readonly #state: SortBuffer;
  readonly #calls: readonly CallColumns[];
  readonly #context: ExecutionContext;

  constructor(plan: WindowPlan, state: SortBuffer, calls: readonly CallColumns[], context: ExecutionContext) {
    this.#plan = plan;
    this.#state = state;
    this.#calls = calls;
    this.#context = context;
  }

  /** The functions over whole partitions in order. */
  async *section(ordered: OrderedRows): AsyncGenerator<Morsel> {
    if (ordered.rows === 0) return;
    const { memory, signal } = this.#context;
    const state = new Arena({ memory });
    const arena = new Arena({ memory });
    try {
      const section = new Section(ordered, this.#state.keys, this.#plan.partitionBy.length, state);
      const outputs = this.#calls.map((call) => {
        throwIfAborted(signal);
        return sectionFunction(section, call);
      });
      const width = this.#plan.input.columns.length;
      for (let from = 0; from < section.rows; from += MORSEL_ROWS) {
        throwIfAborted(signal);
        const count = Math.min(MORSEL_ROWS, section.rows - from);
        const rows = orderedMorsel(section.buffer, section.order, from, count, arena);
        const computed: (Vector | undefined)[] = [];
        yield {
          rows: count,
          selection: null,
          column: (index) => {
            if (index < width) return rows.column(index);
            const vector = computed[index] ?? outputs[index - width]?.(from, count, arena);
            computed[index] = vector;
            return vector as Vector;
          },
        };
        arena.reset();
      }
    } finally {
      arena.reset();
      state.reset();
    }
  }

  /** Sorted rows, cut between partitions whenever they take half of the budget. */
  async *sections(sorted: MorselStream, rowBytes: number): AsyncGenerator<Morsel> {
    const { operatorBytes } = this.#context;
    let pending = new RowBuffer(this.#context, this.#state.buffer.fields);
    try {
      for await (const morsel of sorted) {
        pending.append(morsel);
        const bytes = pending.bytes + pending.rows * rowBytes;
        if (bytes < operatorBytes / 2) continue;
        const rows = this.#lastPartition(pending);
        if (rows > 0) {
          yield* this.section({ buffer: pending, order: null, rows });
          const rest = await this.#rest(pending, rows);
          pending.free();
          pending = rest;
        } else if (bytes > operatorBytes) throw outOfBudget(bytes, 0, operatorBytes);
      }
      yield* this.section({ buffer: pending, order: null, rows: pending.rows });
    } finally {
      pending.free();
    }
  }

  /** Where the last partition begins. */
  #lastPartition(buffer: RowBuffer): number {
    const { memory } = this.#context;
    const { rows } = buffer;
    const arena = new Arena({ memory });
    try {
      const marks = arena.allocate(rows);
      arena.bytes(marks, rows).fill(0);
      const keys = this.#state.keys.slice(0, this.#plan.partitionBy.length);
      markChanges({ buffer, order: null, rows }, keys, 1, marks, memory);
      return windowKernel(memory.memory).lastMark(marks, rows, 1);
    } finally {
      arena.reset();
    }
  }

  /** A copy of the rows from `from` on. */
  async #rest(buffer: RowBuffer, from: number): Promise<RowBuffer> {
    const rest = new RowBuffer(this.#context, buffer.fields);
    for await (const morsel of orderedMorsels(buffer, null, this.#context, MORSEL_ROWS, from)) rest.append(morsel);
    return rest;
  }
}
