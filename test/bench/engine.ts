import type { Field, Value } from '../../src/common/types.ts';
import { executePlan } from '../../src/operators/execute-plan.ts';
import type { ExecutionContext, GeneratedModule, SpillSpace } from '../../src/operators/execution.ts';
import { fieldOf } from '../../src/operators/expr/expr.ts';
import type { PhysicalPlan, ScanPlan } from '../../src/operators/plan.ts';
import { openRowGroup } from '../../src/parquet/open-row-group.ts';
import { Arena } from '../../src/wasm/arena.ts';
import { LinearMemory } from '../../src/wasm/linear-memory.ts';
import { MORSEL_ROWS, type Morsel } from '../../src/wasm/morsel.ts';
import { columnReader } from '../../src/wasm/read-vector.ts';
import type { Tables } from './tables.ts';

export interface EngineOptions {
  /** Default 1 GiB. */
  readonly operatorBytes?: number;
  readonly spill?: SpillSpace;
  readonly onModule?: (module: GeneratedModule) => void;
}

/** What a warm worker keeps from task to task. */
export const memory = new LinearMemory();

/** Runs plans over tables as a worker does, on bytes that are fetched already. */
export class Engine {
  readonly #tables: Tables;
  readonly #context: ExecutionContext;

  constructor(tables: Tables, options: EngineOptions = {}) {
    this.#tables = tables;
    this.#context = {
      memory,
      operatorBytes: options.operatorBytes ?? 1 << 30,
      spill: options.spill ?? null,
      scan: (plan) => this.#scan(plan),
      exchange: () => {
        throw new Error('nothing is exchanged here');
      },
      ...(options.onModule && { onModule: options.onModule }),
    };
  }

  /** The rows of a plan's result, as values. */
  async rows(plan: PhysicalPlan): Promise<Value[][]> {
    const arena = new Arena({ memory });
    const rows: Value[][] = [];
    for await (const batch of executePlan(plan, this.#context)) {
      const readers = batch.columns.map((vector) => columnReader(arena, vector));
      for (let row = 0; row < batch.length; row++) rows.push(readers.map((read) => read(row)));
    }
    return rows;
  }

  /** Runs a plan and looks at nothing of its result but the number of rows. */
  async drain(plan: PhysicalPlan): Promise<number> {
    let rows = 0;
    for await (const { length } of executePlan(plan, this.#context)) rows += length;
    return rows;
  }

  /** Decodes columns and computes nothing; the number of rows. */
  async decode(table: string, columns: readonly string[]): Promise<number> {
    let rows = 0;
    const fields = columns.map((name) => ({ name, type: this.#tables.file(table).typeOf(name), nullable: true }));
    for await (const morsel of this.#read(table, fields)) {
      rows += morsel.rows;
      for (let i = 0; i < columns.length; i++) morsel.column(i);
    }
    return rows;
  }

  #scan({ table, columns }: ScanPlan): AsyncGenerator<Morsel> {
    return this.#read(table, columns.map(fieldOf));
  }

  async *#read(table: string, columns: readonly Field[]): AsyncGenerator<Morsel> {
    const file = this.#tables.file(table);
    for (const input of file.inputs(columns.map(({ name }) => name))) {
      const reader = await openRowGroup(input, file.fetched(input), { columns, memory });
      try {
        for (let morsel = reader.next(MORSEL_ROWS); morsel; morsel = reader.next(MORSEL_ROWS)) yield morsel;
      } finally {
        reader.close();
      }
    }
  }
}
