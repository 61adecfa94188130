import { assertNever, InternalError } from '../../common/errors.ts';
import { MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../common/types.ts';
import { kernel } from '../../wasm/kernels.ts';
import { refusedNested } from '../../wasm/layout.ts';
import type { LinearMemory, PageRun } from '../../wasm/linear-memory.ts';
import type { Selection } from '../../wasm/morsel.ts';
import type { DictionaryVector, Pointer, Vector, ViewsVector } from '../../wasm/vector.ts';

/** (data, validity, rows or 0, count, out, whether it is the first column). */
type HashColumn = (
  data: Pointer,
  validity: Pointer,
  rows: Pointer,
  count: number,
  out: Pointer,
  first: boolean,
) => void;
type HashCodes = (...args: [...Parameters<HashColumn>, entries: Pointer]) => void;
type FixedName = `hash${'I8' | 'U8' | 'I16' | 'U16' | 'I32' | 'U32' | 'I64' | 'F32' | 'F64' | 'I128' | 'Interval'}`;

type HashKernel = Readonly<Record<FixedName | 'hashViews', HashColumn>> & {
  textWords(data: Pointer, count: number, words: Pointer): void;
  hashCodes: HashCodes;
  hashEntries: HashCodes;
  hashNulls(count: number, out: Pointer, first: boolean): void;
};

/** The words of a dictionary's entries, kept from batch to batch. */
interface KnownDictionary {
  readonly dictionary: ViewsVector;
  readonly run: PageRun;
}

/**
 * Hashes of rows of one or more columns, 64 bits each: equal rows have equal hashes, whatever kind of vector holds them and in
 * whatever process; -0 is 0, all NaN are one, intervals of equal length too, and NULL has a hash of its own. All bits are mixed.
 * Throws UnsupportedError SQ2301 for nested types.
 */
export class KeyHasher {
  readonly #memory: LinearMemory;
  readonly #kernel: HashKernel;
  readonly #names: readonly (FixedName | 'hashViews' | 'hashNulls')[];
  readonly #dictionaries: (KnownDictionary | null)[];

  constructor(types: readonly SqlType[], { memory }: { readonly memory: LinearMemory }) {
    this.#memory = memory;
    this.#kernel = kernel<HashKernel>(memory.memory, 'hash');
    this.#names = types.map(hashName);
    this.#dictionaries = types.map(() => null);
  }

  /** Writes the hash of every selected row of `rows` rows to `out`, densely, 8 bytes each; 8 zero bytes where there are no columns. */
  hash(vectors: readonly Vector[], rows: number, selection: Selection | null, out: Pointer): void {
    if (vectors.length !== this.#names.length) throw new InternalError(`${vectors.length} columns came to be hashed`);
    const count = selection ? selection.count : rows;
    const numbers = selection ? selection.rows : 0;
    if (vectors.length === 0) this.#memory.bytes(out, count * 8).fill(0);
    for (const [i, vector] of vectors.entries()) this.#column(vector, i, numbers, count, out);
  }

  /** Gives back what is kept of dictionaries. The hasher can be used again. */
  free(): void {
    for (const known of this.#dictionaries) if (known) this.#memory.freeRun(known.run);
    this.#dictionaries.fill(null);
  }

  #column(vector: Vector, index: number, numbers: Pointer, count: number, out: Pointer): void {
    const first = index === 0;
    switch (vector.kind) {
      case 'fixed':
      case 'views': {
        const name = this.#names[index] as FixedName | 'hashViews' | 'hashNulls';
        if (name === 'hashNulls') this.#kernel.hashNulls(count, out, first);
        else this.#kernel[name](vector.data, vector.validity, numbers, count, out, first);
        return;
      }
      case 'dictionary':
        this.#codes(vector, index, numbers, count, out);
        return;
      case 'list':
      case 'struct':
        throw refusedNested(vector.type);
      default:
        assertNever(vector);
    }
  }

  #codes(vector: DictionaryVector, index: number, numbers: Pointer, count: number, out: Pointer): void {
    const { data, validity, dictionary } = vector;
    const first = index === 0;
    let known = this.#dictionaries[index] ?? null;
    if (known?.dictionary !== dictionary) {
      if (known) this.#memory.freeRun(known.run);
      this.#dictionaries[index] = null;
      if (dictionary.length > count * 4) {
        this.#kernel.hashEntries(data, validity, numbers, count, out, first, dictionary.data);
        return;
      }
      known = { dictionary, run: this.#memory.allocateRun(dictionary.length * 8) };
      this.#dictionaries[index] = known;
      this.#kernel.textWords(dictionary.data, dictionary.length, known.run.pointer);
    }
    this.#kernel.hashCodes(data, validity, numbers, count, out, first, known.run.pointer);
  }
}

function hashName(type: SqlType): FixedName | 'hashViews' | 'hashNulls' {
  switch (type.kind) {
    case 'null':
      return 'hashNulls';
    case 'tinyint':
      return 'hashI8';
    case 'boolean':
    case 'utinyint':
      return 'hashU8';
    case 'smallint':
      return 'hashI16';
    case 'usmallint':
      return 'hashU16';
    case 'integer':
    case 'date':
      return 'hashI32';
    case 'uinteger':
      return 'hashU32';
    case 'bigint':
    case 'ubigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return 'hashI64';
    case 'real':
      return 'hashF32';
    case 'double':
      return 'hashF64';
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? 'hashI64' : 'hashI128';
    case 'uuid':
      return 'hashI128';
    case 'interval':
      return 'hashInterval';
    case 'varchar':
    case 'blob':
      return 'hashViews';
    case 'list':
    case 'struct':
    case 'map':
      throw refusedNested(type);
    default:
      return assertNever(type);
  }
}
