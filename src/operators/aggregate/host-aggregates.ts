import type { Value } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { buildVector } from '../../wasm/build-vector.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import { columnReader, type RowReader } from '../../wasm/read-vector.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { CHECKED_ROWS } from '../expr/generate/interpreted-expr.ts';
import type { AggregateCall, AggregatePlan } from '../plan.ts';
import { RowExpressions, type Rows } from '../rows.ts';
import type { Accumulator } from './accumulator.ts';
import { type RowAggregate, rowAggregate } from './aggregate-call.ts';
import { resultType } from './generate/state-plan.ts';

/** What an accumulator takes in JavaScript's memory, more or less. */
const ACCUMULATOR_BYTES = 160;

interface HostCall {
  readonly call: AggregateCall;
  readonly aggregate: RowAggregate;
  /** By group. */
  readonly accumulators: Accumulator[];
}

/** Calls without generated states: the accumulators of the interpreter, a row at a time. */
export class HostAggregates {
  readonly #phase: AggregatePlan['phase'];
  readonly #context: ExecutionContext;
  readonly #expressions: RowExpressions;
  /** Columns of the input. */
  readonly #width: number;
  readonly #calls: readonly HostCall[];

  /** `positions`: the calls of the plan that are meant. */
  constructor(plan: AggregatePlan, positions: readonly number[], context: ExecutionContext) {
    this.#context = context;
    this.#phase = plan.phase;
    this.#expressions = new RowExpressions(plan.input.columns);
    this.#width = plan.input.columns.length;
    this.#calls = positions.map((position): HostCall => {
      const call = plan.aggregates[position] as AggregateCall;
      const aggregate = rowAggregate(call, plan.phase, (expr) => this.#expressions.compile(expr));
      return { call, aggregate, accumulators: [] };
    });
  }

  get bytes(): number {
    return this.#calls.reduce((sum, { accumulators }) => sum + accumulators.length * ACCUMULATOR_BYTES, 0);
  }

  bytesToGrow(more: number): number {
    return this.#calls.length * more * ACCUMULATOR_BYTES;
  }

  /** Accumulators for so many groups. */
  ensure(groups: number): void {
    for (const { aggregate, accumulators } of this.#calls) {
      while (accumulators.length < groups) accumulators.push(aggregate.create());
    }
  }

  /** `groups`: a u32 for every live row, its group; 0: all are in the first. */
  update(morsel: Morsel, groups: Pointer, arena: Arena): void {
    if (this.#calls.length === 0) return;
    this.#expressions.over(rowsOfMorsel(morsel, arena, this.#width));
    const { selection } = morsel;
    const count = liveRows(morsel);
    for (const { aggregate, accumulators } of this.#calls) {
      for (let i = 0; i < count; i++) {
        if (i % CHECKED_ROWS === 0) this.#context.checkpoint?.();
        const view = arena.view();
        const row = selection ? view.getUint32(selection.rows + i * 4, true) : i;
        const group = groups === 0 ? 0 : view.getUint32(groups + i * 4, true);
        aggregate.feed(accumulators[group] as Accumulator, row);
      }
    }
  }

  /** The columns of each call, for `count` groups from `from` on. */
  columns(from: number, count: number, arena: Arena): Vector[][] {
    return this.#calls.map(({ call, accumulators }) => {
      const span = accumulators.slice(from, from + count);
      if (this.#phase !== 'partial') {
        return [
          buildVector(
            arena,
            resultType(call),
            span.map((accumulator) => accumulator.result()),
          ),
        ];
      }
      const states = span.map((accumulator) => accumulator.states());
      return call.states.map(({ type }, i) =>
        buildVector(
          arena,
          type,
          states.map((state) => state[i] as Value),
        ),
      );
    });
  }

  clear(): void {
    for (const { accumulators } of this.#calls) accumulators.length = 0;
  }
}

/** A morsel behind readers; its selection is the caller's to follow. */
export function rowsOfMorsel(morsel: Morsel, arena: Arena, width: number): Rows {
  const columns = Array.from({ length: width }, (_, index) => {
    let reader: RowReader | null = null;
    return {
      vector: null,
      get read() {
        reader ??= columnReader(arena, morsel.column(index));
        return reader;
      },
    };
  });
  return { length: morsel.rows, selection: null, columns };
}
