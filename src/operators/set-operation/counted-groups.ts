import { assertNever } from '../../common/errors.ts';
import { BIGINT, type Field, type SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { kernel } from '../../wasm/kernels.ts';
import { liveRows, MORSEL_ROWS, type Morsel, type Selection } from '../../wasm/morsel.ts';
import type { Batch, Pointer } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { GroupTable } from '../keys/group-table.ts';
import { GrowingRun } from '../keys/growing-run.ts';

/** See kernels/sets.as.ts. */
interface SetsKernel {
  addCounts(groups: Pointer, count: number, amounts: Pointer, counters: Pointer): void;
  takeUnseen(groups: Pointer, rows: Pointer, count: number, counters: Pointer, out: Pointer): number;
  takeMatched(groups: Pointer, rows: Pointer, count: number, once: number, counters: Pointer, out: Pointer): number;
  takeUnmatched(groups: Pointer, rows: Pointer, count: number, counters: Pointer, out: Pointer): number;
}

/**
 * What a row of the left side needs to be delivered: `unseen` that no equal row was delivered or is on the right; `matchedOnce` one on the
 * right, and not to be delivered yet; `matched` one on the right that no other row has taken; `unmatched` that there is none.
 */
export type Taking = 'unseen' | 'matchedOnce' | 'matched' | 'unmatched';

/** Distinct rows and a counter for each. */
export class CountedGroups {
  readonly #table: GroupTable;
  readonly #counters: GrowingRun;
  readonly #kernel: SetsKernel;
  readonly #width: number;
  #known = 0;

  constructor(types: readonly SqlType[], { memory }: ExecutionContext) {
    this.#table = new GroupTable(types, { memory });
    this.#counters = new GrowingRun(memory);
    this.#kernel = kernel<SetsKernel>(memory.memory, 'sets');
    this.#width = types.length;
  }

  get groups(): number {
    return this.#table.groups;
  }

  get bytes(): number {
    return this.#table.bytes + this.#counters.bytes;
  }

  /** Counts rows of the right side: each once, or as often as the column `amounts` says. */
  count(morsel: Morsel, amounts: number | null, arena: Arena): void {
    const groups = this.#find(morsel, 'insert', arena);
    const vector = amounts === null ? null : morsel.column(amounts);
    const data = vector?.kind === 'fixed' ? vector.data : 0;
    this.#kernel.addCounts(groups, liveRows(morsel), data, this.#counters.pointer);
  }

  /** The live rows that are delivered. */
  take(morsel: Morsel, taking: Taking, arena: Arena): Selection {
    const groups = this.#find(morsel, taking === 'unseen' ? 'insert' : 'lookup', arena);
    const count = liveRows(morsel);
    const out = arena.allocate(count * 4);
    return { rows: out, count: this.#take(taking, groups, morsel.selection?.rows ?? 0, count, out) };
  }

  /** All groups as batches of their rows and counters, for a file; valid until the next. */
  *batches(schema: readonly Field[], arena: Arena): Generator<Batch> {
    for (let from = 0; from < this.groups; from += MORSEL_ROWS) {
      const length = Math.min(MORSEL_ROWS, this.groups - from);
      const data = this.#counters.pointer + from * 8;
      const counters = { kind: 'fixed', type: BIGINT, width: 8, length, validity: 0, data } as const;
      yield { schema, length, columns: [...this.#table.keys(from, length, arena), counters] };
      arena.reset();
    }
  }

  free(): void {
    this.#table.free();
    this.#counters.free();
    this.#known = 0;
  }

  #find(morsel: Morsel, mode: 'insert' | 'lookup', arena: Arena): Pointer {
    const vectors = Array.from({ length: this.#width }, (_, i) => morsel.column(i));
    const groups = arena.allocate(liveRows(morsel) * 4);
    this.#table.find(vectors, morsel.rows, morsel.selection, groups, mode);
    this.#extendCounters(arena);
    return groups;
  }

  #extendCounters(arena: Arena): void {
    const { groups } = this.#table;
    if (groups === this.#known) return;
    const pointer = this.#counters.ensure(groups * 8, this.#known * 8);
    arena.bytes(pointer + this.#known * 8, (groups - this.#known) * 8).fill(0);
    this.#known = groups;
  }

  #take(taking: Taking, groups: Pointer, rows: Pointer, count: number, out: Pointer): number {
    const counters = this.#counters.pointer;
    switch (taking) {
      case 'unseen':
        return this.#kernel.takeUnseen(groups, rows, count, counters, out);
      case 'matchedOnce':
        return this.#kernel.takeMatched(groups, rows, count, 1, counters, out);
      case 'matched':
        return this.#kernel.takeMatched(groups, rows, count, 0, counters, out);
      case 'unmatched':
        return this.#kernel.takeUnmatched(groups, rows, count, counters, out);
      default:
        return assertNever(taking);
    }
  }
}
