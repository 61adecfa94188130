import { isNested, type Value } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { outOfBudget } from '../../wasm/linear-memory.ts';
import { liveRows, type Morsel } from '../../wasm/morsel.ts';
import { columnReader } from '../../wasm/read-vector.ts';
import type { ExecutionContext } from '../execution.ts';
import type { RecursivePlan } from '../plan.ts';
import { CountedGroups } from '../set-operation/counted-groups.ts';
import { rowKey, type ValueKey } from '../value-key.ts';

/** Tells the rows of a recursion that are new; all of UNION ALL are. */
export interface NewRows {
  /** The morsel's new rows, each once. Valid as long as the morsel and the arena's memory. */
  of(morsel: Morsel, arena: Arena): Morsel;
  free(): void;
}

/** Throws ResourceError SQ4001 from `of` when the rows that were there do not fit the budget. */
export function newRows({ all, columns }: RecursivePlan, context: ExecutionContext, budget: number): NewRows {
  if (all) return { of: (morsel) => morsel, free: () => undefined };
  const types = columns.map(({ type }) => type);
  if (types.some(isNested)) return newNestedRows(types.length, rowKey(types));
  const seen = new CountedGroups(types, context);
  return {
    of: (morsel, arena) => {
      const selection = seen.take(morsel, 'unseen', arena);
      if (seen.bytes > budget) throw outOfBudget(seen.bytes, 0, budget);
      return { rows: morsel.rows, selection, column: (index) => morsel.column(index) };
    },
    free: () => seen.free(),
  };
}

/** Lists, structs and maps have no table: their values are kept in JavaScript's memory. */
function newNestedRows(width: number, keyOf: (values: readonly Value[]) => ValueKey): NewRows {
  const seen = new Set<ValueKey>();
  return {
    of: (morsel, arena) => {
      const readers = Array.from({ length: width }, (_, i) => columnReader(arena, morsel.column(i)));
      const count = liveRows(morsel);
      const numbers = morsel.selection
        ? new Uint32Array(arena.memory.buffer, morsel.selection.rows, count).slice()
        : null;
      const kept: number[] = [];
      for (let i = 0; i < count; i++) {
        const row = numbers ? (numbers[i] as number) : i;
        const key = keyOf(readers.map((read) => read(row)));
        if (seen.has(key)) continue;
        seen.add(key);
        kept.push(row);
      }
      const rows = arena.allocate(kept.length * 4);
      new Uint32Array(arena.memory.buffer, rows, kept.length).set(kept);
      return { rows: morsel.rows, selection: { rows, count: kept.length }, column: (index) => morsel.column(index) };
    },
    free: () => seen.clear(),
  };
}
