import { assertNever, InternalError } from '../../common/errors.ts';
import { isNested, MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../common/types.ts';
import type { Arena } from '../../wasm/arena.ts';
import { refusedNested } from '../../wasm/layout.ts';
import type { Pointer, Vector } from '../../wasm/vector.ts';
import type { ExecutionContext } from '../execution.ts';
import { KeyHasher } from '../keys/key-hasher.ts';
import { wholeOf } from '../keys/key-layout.ts';
import type { JoinKey } from '../plan.ts';
import type { ChunkTable } from '../rows/chunks.ts';
import { type JoinKernel, joinKernel, type VerifyName, type WordForm } from './join-kernel.ts';

/** Row numbers; `rows` 0: 0, 1, 2 … */
export interface RowList {
  readonly rows: Pointer;
  readonly count: number;
}

/** What the values of a whole-numbered key lie between. */
export interface KeyRange {
  readonly min: bigint;
  readonly max: bigint;
}

/** Several whole-numbered keys in one word, by what their values on the build side lie between. */
export type Packing = readonly { readonly base: bigint; readonly extent: bigint; readonly stride: bigint }[];

/** Words of all ones stay free. */
const MAX_PACKED = 1n << 62n;

/** The keys of one side as words: themselves where there is one of 8 bytes at most, else hashes. Never of NULLs that match nothing. */
export class KeyWords {
  /** There are several keys, all whole numbers: they may be packed. */
  readonly packable: boolean;
  readonly #kernel: JoinKernel;
  readonly #forms: readonly (WordForm | null)[];
  readonly #single: boolean;
  readonly #hasher: KeyHasher;

  constructor(keys: readonly JoinKey[], context: ExecutionContext) {
    this.#kernel = joinKernel(context.memory);
    this.#forms = keys.map(({ left, nullsMatch }) => (nullsMatch ? null : wordForm(left.type)));
    this.packable = keys.length > 1 && this.#forms.every((form) => form !== null && form !== 'F32' && form !== 'F64');
    this.#single = keys.length === 1 && this.#forms[0] !== null;
    this.#hasher = new KeyHasher(
      keys.map(({ left }) => left.type),
      context,
    );
  }

  /** Whether equal words are equal keys. */
  isExact(packing: Packing | null): boolean {
    return this.#single || packing !== null;
  }

  /** How keys in these ranges are packed; null when a word does not hold them. */
  packing(ranges: readonly KeyRange[]): Packing | null {
    let stride = 1n;
    const packing = ranges.map(({ min, max }) => {
      const extent = max - min + 1n;
      const part = { base: BigInt.asUintN(64, min), extent, stride };
      stride *= extent;
      return part;
    });
    return stride <= MAX_PACKED ? packing : null;
  }

  /** The words of the rows, densely; in `arena`, or where the column is made of words, the column. */
  words(vectors: readonly Vector[], length: number, list: RowList, arena: Arena, packing: Packing | null): Pointer {
    if (this.#single) return this.keyWords(0, vectors[0] as Vector, list, arena);
    if (!packing) return this.hashes(vectors, length, list, arena);
    const { count } = list;
    const out = arena.allocate(count * 8);
    for (const [i, { base, extent, stride }] of packing.entries()) {
      const mark = arena.mark();
      const words = this.keyWords(i, vectors[i] as Vector, list, arena);
      this.#kernel.pack(words, count, base, extent, stride, i === 0, out);
      arena.release(mark);
    }
    return out;
  }

  /** The values of one key as words. */
  keyWords(key: number, vector: Vector, { rows, count }: RowList, arena: Arena): Pointer {
    const form = this.#forms[key];
    if (!form || vector.kind !== 'fixed') throw new InternalError(`key ${key} is no word`);
    if (form === 'I64' && rows === 0) return vector.data;
    const out = arena.allocate(count * 8);
    this.#kernel[`words${form}`](vector.data, rows, count, out);
    return out;
  }

  /** Hashes of the keys, densely; in `arena`. */
  hashes(vectors: readonly Vector[], length: number, { rows, count }: RowList, arena: Arena): Pointer {
    const out = arena.allocate(count * 8);
    this.#hasher.hash(vectors, length, rows === 0 ? null : { rows, count }, out);
    return out;
  }

  free(): void {
    this.#hasher.free();
  }
}

/** The rows without, and those with, a NULL in a key that NULL does not match. Lists in `arena`. */
export function splitByNulls(
  kernel: JoinKernel,
  arena: Arena,
  keys: readonly JoinKey[],
  vectors: readonly Vector[],
  all: RowList,
): { readonly valid: RowList; readonly open: readonly RowList[] } {
  let valid = all;
  const open: RowList[] = [];
  for (const [i, { nullsMatch, left }] of keys.entries()) {
    const { validity } = vectors[i] as Vector;
    if (nullsMatch || valid.count === 0) continue;
    if (left.type.kind === 'null') {
      open.push(valid);
      valid = { rows: 0, count: 0 };
      continue;
    }
    if (validity === 0) continue;
    const yes = arena.allocate(valid.count * 4 + 4);
    const no = arena.allocate(valid.count * 4 + 4);
    const count = kernel.splitValid(validity, valid.rows, valid.count, yes, no);
    if (count === valid.count) continue;
    open.push({ rows: no, count: valid.count - count });
    valid = { rows: yes, count };
  }
  return { valid, open };
}

/** Pairs whose keys are to be compared. */
export interface Pairs {
  readonly probe: Pointer;
  readonly build: Pointer;
}

/** Keeps the pairs whose keys of one column are equal; returns how many stay, in front. `nulls`: see NullsStay. */
export function verifyKey(
  kernel: JoinKernel,
  vector: Vector,
  table: ChunkTable,
  nulls: number,
  { probe, build }: Pairs,
  count: number,
): number {
  const { type, validity } = vector;
  if (type.kind === 'null') return nulls === 0 ? 0 : count;
  switch (vector.kind) {
    case 'fixed':
    case 'views':
      return kernel[verifyName(type)](vector.data, validity, table.table, nulls, count, probe, build, 0);
    case 'dictionary': {
      const entries = vector.dictionary.data;
      return kernel.verifyText(vector.data, validity, table.table, nulls, count, probe, build, entries);
    }
    case 'list':
    case 'struct':
      throw refusedNested(type);
    default:
      return assertNever(vector);
  }
}

function wordForm(type: SqlType): WordForm | null {
  if (isNested(type)) throw refusedNested(type);
  if (type.kind === 'real') return 'F32';
  if (type.kind === 'double') return 'F64';
  return wholeOf(type);
}

function verifyName(type: SqlType): VerifyName {
  switch (type.kind) {
    case 'boolean':
    case 'tinyint':
    case 'utinyint':
      return 'verify8';
    case 'smallint':
    case 'usmallint':
      return 'verify16';
    case 'integer':
    case 'uinteger':
    case 'date':
      return 'verify32';
    case 'bigint':
    case 'ubigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return 'verify64';
    case 'real':
      return 'verifyF32';
    case 'double':
      return 'verifyF64';
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? 'verify64' : 'verify128';
    case 'uuid':
      return 'verify128';
    case 'interval':
      return 'verifyInterval';
    case 'varchar':
    case 'blob':
      return 'verifyText';
    case 'null':
      throw new InternalError('NULLs have nothing to be compared');
    case 'list':
    case 'struct':
    case 'map':
      throw refusedNested(type);
    default:
      return assertNever(type);
  }
}
