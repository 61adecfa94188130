import { InternalError, throwIfAborted } from '../../common/errors.ts';
import { BIGINT, isNested } from '../../common/types.ts';
import { Arena } from '../../wasm/arena.ts';
import { gather } from '../../wasm/gather.ts';
import { kernel } from '../../wasm/kernels.ts';
import { bitmapBytes } from '../../wasm/layout.ts';
import { liveRows, MORSEL_ROWS, type Morsel } from '../../wasm/morsel.ts';
import type { ListVector, Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext, MorselStream } from '../execution.ts';
import { ExprEvaluator } from '../expr/generate/expr-evaluator.ts';
import type { UnnestPlan } from '../plan.ts';

/** See kernels/unnest.as.ts. */
interface UnnestKernel {
  maximum(counts: Pointer, count: number): number;
  raiseCounts(offsets: Pointer, validity: Pointer, rows: Pointer, count: number, counts: Pointer): void;
  expand(
    counts: Pointer,
    rows: Pointer,
    count: number,
    outer: number,
    capacity: number,
    state: Pointer,
    outRows: Pointer,
    outEntries: Pointer,
  ): number;
  entryNumbers(offsets: Pointer, validity: Pointer, rows: Pointer, entries: Pointer, count: number, out: Pointer): void;
  ordinals(entries: Pointer, count: number, out: Pointer, validity: Pointer): number;
}

/** One row of the result: the row of the input, the number of its entry. */
interface Expansion {
  readonly rows: Pointer;
  readonly entries: Pointer;
  readonly count: number;
}

type OutputColumn = (expansion: Expansion, arena: Arena) => Vector;

/** Entries that a morsel may hold of one nested column of the input, should somebody ask for it. */
const MAX_COPIED_ENTRIES = 1 << 26;

/** Delivers dense morsels; their columns are gathered when they are asked for. */
export async function* executeUnnest(
  plan: UnnestPlan,
  input: MorselStream,
  context: ExecutionContext,
): AsyncGenerator<Morsel> {
  const { memory, signal } = context;
  const evaluator = new ExprEvaluator(plan.lists, plan.input.columns, context, 'unnest');
  const state = new Arena({ memory });
  const arena = new Arena({ memory });
  const unnest = kernel<UnnestKernel>(memory.memory, 'unnest');
  const copiesLists = plan.input.columns.some(({ type }) => isNested(type));
  try {
    for await (const morsel of input) {
      const count = liveRows(morsel);
      if (count === 0) continue;
      const lists = evaluator.evaluate(morsel, state).map(listOf);
      const numbers = morsel.selection?.rows ?? 0;
      const counts = state.allocate(count * 4);
      state.bytes(counts, count * 4).fill(0);
      for (const { offsets, validity } of lists) unnest.raiseCounts(offsets, validity, numbers, count, counts);
      const longest = Math.max(1, unnest.maximum(counts, count));
      const capacity = copiesLists ? Math.min(MORSEL_ROWS, Math.ceil(MAX_COPIED_ENTRIES / longest)) : MORSEL_ROWS;
      const position = state.allocate(8);
      state.bytes(position, 8).fill(0);
      const outputs = outputColumns(plan, morsel, lists, unnest);
      for (;;) {
        throwIfAborted(signal);
        const rows = arena.allocate(capacity * 4);
        const entries = arena.allocate(capacity * 4);
        const outer = plan.outer ? 1 : 0;
        const made = unnest.expand(counts, numbers, count, outer, capacity, position, rows, entries);
        if (made === 0) break;
        yield expandedMorsel({ rows, entries, count: made }, outputs, arena);
        arena.reset();
      }
      arena.reset();
      state.reset();
    }
  } finally {
    arena.reset();
    state.reset();
    evaluator.close();
  }
}

function listOf(vector: Vector): ListVector {
  if (vector.kind !== 'list') throw new InternalError(`a ${vector.kind} vector came where lists are unnested`);
  return vector;
}

function expandedMorsel(expansion: Expansion, outputs: readonly OutputColumn[], arena: Arena): Morsel {
  const known: (Vector | undefined)[] = [];
  return {
    rows: expansion.count,
    selection: null,
    column: (index) => {
      const vector = known[index] ?? outputs[index]?.(expansion, arena);
      if (!vector) throw new InternalError(`there is no column ${index}`);
      known[index] = vector;
      return vector;
    },
  };
}

function outputColumns(
  plan: UnnestPlan,
  morsel: Morsel,
  lists: readonly ListVector[],
  unnest: UnnestKernel,
): readonly OutputColumn[] {
  const columns: OutputColumn[] = plan.input.columns.map(
    (_, i) =>
      ({ rows, count }, arena) =>
        gather(arena, morsel.column(i), rows, count),
  );
  for (const list of lists) {
    const { entries } = list;
    const parts = list.type.kind === 'map' && entries.kind === 'struct' ? entries.fields : [entries];
    for (const part of parts) columns.push((expansion, arena) => entryVector(part, list, expansion, arena, unnest));
  }
  if (plan.ordinality) columns.push((expansion, arena) => ordinalVector(expansion, arena, unnest));
  return columns;
}

function entryVector(
  part: Vector,
  { offsets, validity }: ListVector,
  { rows, entries, count }: Expansion,
  arena: Arena,
  unnest: UnnestKernel,
): Vector {
  const numbers = arena.allocate(count * 4);
  unnest.entryNumbers(offsets, validity, rows, entries, count, numbers);
  return gather(arena, part, numbers, count);
}

function ordinalVector({ entries, count }: Expansion, arena: Arena, unnest: UnnestKernel): Vector {
  const data = arena.allocate(count * 8);
  const bitmap = arena.allocate(bitmapBytes(count));
  const missing = unnest.ordinals(entries, count, data, bitmap);
  return { kind: 'fixed', type: BIGINT, width: 8, length: count, validity: missing > 0 ? bitmap : 0, data };
}
