import { INTEGER, type SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { bitmapBytes, layoutOf } from '../../wasm/layout.ts';
import type { Morsel } from '../../wasm/morsel.ts';
import type { FixedVector, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import type { AggregatePlan } from '../plan.ts';
import { type GroupingSet, groupingColumn, groupingSets } from './grouping-sets.ts';

/** Rows with the keys of the groups that they belong to. */
export interface KeyedMorsel {
  readonly keys: readonly Vector[];
  readonly morsel: Morsel;
}

/** The types of the keys; of grouping sets the last is the number of the set. */
export function keyTypes(plan: AggregatePlan): readonly SqlType[] {
  const types = plan.groups.map(({ type }) => type);
  return plan.groupingSets ? [...types, INTEGER] : types;
}

/** Computes the keys of morsels: once, or for every grouping set. */
export class MorselKeys {
  readonly #evaluator: ExprEvaluator;
  /** Null: the keys are as they are computed. */
  readonly #sets: readonly GroupingSet[] | null;

  constructor(plan: AggregatePlan, context: ExecutionContext, title: string) {
    const sets = groupingSets(plan);
    const merges = sets !== null && plan.phase === 'final';
    const exprs = merges ? [...plan.groups, groupingColumn(plan)] : plan.groups;
    this.#evaluator = new ExprEvaluator(exprs, plan.input.columns, context, title);
    this.#sets = merges ? null : sets;
  }

  /** Valid as long as the morsel and the arena's memory. Throws what a key throws. */
  *of(morsel: Morsel, arena: Arena): Generator<KeyedMorsel> {
    const keys = this.#evaluator.evaluate(morsel, arena);
    if (!this.#sets) {
      yield { keys, morsel };
      return;
    }
    for (const { has, grouping } of this.#sets) {
      const present = keys.map((key, i) => (has[i] ? key : nullVector(key.type, morsel.rows, arena)));
      yield { keys: [...present, integerVector(grouping, morsel.rows, arena)], morsel };
    }
  }

  close(): void {
    this.#evaluator.close();
  }
}

/** A column of NULLs. */
export function nullVector(type: SqlType, length: number, arena: Arena): Vector {
  const width = layoutOf(type);
  const validity = arena.allocate(bitmapBytes(length));
  arena.bytes(validity, bitmapBytes(length)).fill(0);
  const data = arena.allocate(length * (width === 'views' ? 8 : width));
  arena.bytes(data, length * (width === 'views' ? 8 : width)).fill(0);
  if (width === 'views') return { kind: 'views', type, length, validity, data };
  return { kind: 'fixed', type, width, length, validity, data };
}

/** A column of one integer. */
export function integerVector(value: number, length: number, arena: Arena): FixedVector {
  const data = arena.allocate(length * 4);
  new Int32Array(arena.memory.buffer, data, length).fill(value);
  return { kind: 'fixed', type: INTEGER, width: 4, length, validity: 0, data };
}
