import type { Value } from '../../src/common/types.ts';
import { fieldOf } from '../../src/operators/expr/expr.ts';
import { interpretPlan, type PlanSources } from '../../src/operators/interpret-plan.ts';
import type { ExchangeSourcePlan, PhysicalPlan, ScanPlan } from '../../src/operators/plan.ts';
import { Arena } from '../../src/wasm/arena.ts';
import { buildVector } from '../../src/wasm/build-vector.ts';
import { LinearMemory } from '../../src/wasm/linear-memory.ts';
import { columnReader } from '../../src/wasm/read-vector.ts';
import type { Batch } from '../../src/wasm/vector.ts';

/** A plan's leaves from arrays of rows, in batches; counts what was pulled and whether it was ended. */
export class RowSource implements PlanSources {
  /** What is read after its release has to be seen. */
  readonly arena = new Arena({ memory: new LinearMemory({ poison: true }) });
  readonly signal?: AbortSignal;
  pulled = 0;
  ended = 0;
  readonly #batches: readonly (readonly (readonly Value[])[])[];

  constructor(batches: readonly (readonly (readonly Value[])[])[], signal?: AbortSignal) {
    this.#batches = batches;
    if (signal) this.signal = signal;
  }

  scan(plan: ScanPlan): AsyncGenerator<Batch> {
    return this.#deliver(plan);
  }

  exchange(plan: ExchangeSourcePlan): AsyncGenerator<Batch> {
    return this.#deliver(plan);
  }

  async *#deliver({ columns }: PhysicalPlan): AsyncGenerator<Batch> {
    try {
      for (const rows of this.#batches) {
        this.pulled++;
        const mark = this.arena.mark();
        const vectors = columns.map(({ type }, i) =>
          buildVector(
            this.arena,
            type,
            rows.map((row) => row[i] as Value),
          ),
        );
        yield { schema: columns.map(fieldOf), length: rows.length, columns: vectors };
        this.arena.release(mark);
      }
    } finally {
      this.ended++;
    }
  }
}

/** All rows that a plan delivers. */
export async function runRows(plan: PhysicalPlan, sources: PlanSources): Promise<Value[][]> {
  const rows: Value[][] = [];
  for await (const batch of interpretPlan(plan, sources)) {
    const readers = batch.columns.map((vector) => columnReader(sources.arena, vector));
    for (let row = 0; row < batch.length; row++) rows.push(readers.map((read) => read(row)));
  }
  return rows;
}
