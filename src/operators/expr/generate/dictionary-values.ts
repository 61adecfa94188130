import type { SqlType } from '../../../common/types.ts';
import { Arena } from '../../../wasm/arena.ts';
import { kernel } from '../../../wasm/kernels.ts';
import { bitmapBytes } from '../../../wasm/layout.ts';
import { liveRows, type Morsel, type Selection } from '../../../wasm/morsel.ts';
import type { DictionaryVector, FixedVector, Pointer, Vector, ViewsVector } from '../../../wasm/vector.ts';
import type { ExecutionContext } from '../../execution.ts';

interface UseKernels {
  markUsed(used: Pointer, codes: Pointer, validity: Pointer, selection: Pointer, count: number): number;
  listUsed(used: Pointer, count: number, out: Pointer): number;
}

/** A dictionary up to so many entries is computed as a whole although few rows are live. */
const SMALL_DICTIONARY = 1024;

/** Computes an expression over a morsel with one column. */
export type EntryEvaluator = (morsel: Morsel, arena: Arena) => Vector;

/**
 * The values of an expression of one dictionary column: one per entry, and one for NULL before them. Computed when a row uses
 * the entry, since an entry that no row uses must not raise; at once for all where nothing can raise. Kept as long as the
 * same dictionary comes.
 */
export class DictionaryValues {
  readonly #type: SqlType;
  readonly #evaluate: EntryEvaluator;
  readonly #mayRaise: boolean;
  readonly #kernels: UseKernels;
  /** The entries with NULL before them, and which of them were computed. */
  readonly #inputs: Arena;
  readonly #results: Arena;
  #dictionary: ViewsVector | null = null;
  #entries: ViewsVector | null = null;
  #used: Pointer = 0;
  #values: FixedVector | ViewsVector | null = null;
  #complete = false;
  /** The values of the entries as a dictionary of their own; null when one of them is NULL. */
  #mapped: ViewsVector | null = null;
  #nullStaysNull = false;

  constructor(type: SqlType, evaluate: EntryEvaluator, mayRaise: boolean, context: Pick<ExecutionContext, 'memory'>) {
    this.#type = type;
    this.#evaluate = evaluate;
    this.#mayRaise = mayRaise;
    this.#kernels = kernel<UseKernels>(context.memory.memory, 'strings');
    this.#inputs = new Arena({ memory: context.memory });
    this.#results = new Arena({ memory: context.memory });
  }

  /** Values for at least the entries that live rows of the morsel use. Valid until the next call. */
  valuesFor(column: DictionaryVector, morsel: Morsel): FixedVector | ViewsVector {
    if (column.dictionary !== this.#dictionary) this.#begin(column.dictionary);
    const count = column.dictionary.length + 1;
    const live = liveRows(morsel);
    if (!this.#complete || !this.#values) {
      if (!this.#mayRaise && count <= Math.max(SMALL_DICTIONARY, 2 * live)) {
        this.#compute(count, null);
        this.#complete = true;
      } else if (this.#mark(column, morsel) > 0 || !this.#values) {
        this.#compute(count, this.#listUsed(count));
      }
    }
    return this.#values as FixedVector | ViewsVector;
  }

  /** The column's rows with the entries' values for a dictionary; null when that cannot say it. After `valuesFor`. */
  asDictionary({ length, data, validity }: DictionaryVector): DictionaryVector | null {
    if (!this.#mapped || (validity !== 0 && !this.#nullStaysNull)) return null;
    return { kind: 'dictionary', type: this.#type, length, validity, data, dictionary: this.#mapped };
  }

  close(): void {
    this.#dictionary = null;
    this.#values = null;
    this.#mapped = null;
    this.#inputs.reset();
    this.#results.reset();
  }

  #begin(dictionary: ViewsVector): void {
    this.close();
    const count = dictionary.length + 1;
    const data = this.#inputs.allocate(count * 8);
    const validity = this.#inputs.allocate(bitmapBytes(count));
    this.#used = this.#inputs.allocate(count);
    this.#inputs.bytes(data, 8).fill(0);
    this.#inputs.bytes(data + 8, dictionary.length * 8).set(this.#inputs.bytes(dictionary.data, dictionary.length * 8));
    this.#inputs.bytes(validity, bitmapBytes(count)).fill(0xff);
    this.#inputs.bytes(validity, 1)[0] = 0xfe;
    this.#inputs.bytes(this.#used, count).fill(0);
    this.#entries = { kind: 'views', type: dictionary.type, length: count, validity, data };
    this.#dictionary = dictionary;
    this.#complete = false;
  }

  #mark({ data, validity }: DictionaryVector, morsel: Morsel): number {
    const selection = morsel.selection?.rows ?? 0;
    return this.#kernels.markUsed(this.#used, data, validity, selection, liveRows(morsel));
  }

  #listUsed(count: number): Selection {
    const rows = this.#inputs.allocate(count * 4);
    return { rows, count: this.#kernels.listUsed(this.#used, count, rows) };
  }

  #compute(rows: number, selection: Selection | null): void {
    this.#results.reset();
    const entries = this.#entries as ViewsVector;
    const values = this.#evaluate({ rows, selection, column: () => entries }, this.#results) as
      | FixedVector
      | ViewsVector;
    this.#values = values;
    const isNull = this.#nullsOf(values.validity);
    this.#nullStaysNull = isNull(0);
    this.#mapped = null;
    if (values.kind !== 'views') return;
    const count = selection ? selection.count : rows;
    const view = this.#results.view();
    for (let i = 0; i < count; i++) {
      const entry = selection ? view.getUint32(selection.rows + i * 4, true) : i;
      if (entry !== 0 && isNull(entry)) return;
    }
    this.#mapped = { kind: 'views', type: this.#type, length: rows - 1, validity: 0, data: values.data + 8 };
  }

  #nullsOf(validity: Pointer): (row: number) => boolean {
    if (validity === 0) return () => false;
    const view = this.#results.view();
    return (row) => ((view.getUint8(validity + (row >>> 3)) >>> (row & 7)) & 1) === 0;
  }
}
