import { assertNever, InternalError, ResourceError } from '../common/errors.ts';
import { entryType, type SqlType } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { entryIndices, gatherKernel, shiftOf } from '../wasm/gather.ts';
import { layoutOf } from '../wasm/layout.ts';
import type {
  DictionaryVector,
  FixedVector,
  ListVector,
  Pointer,
  StructVector,
  Vector,
  ViewsVector,
} from '../wasm/vector.ts';
import { exchangeKernel, PIECE_BYTES, TEXT_SLACK } from './exchange-kernel.ts';

/** Most bytes of text that offsets of 32 bits can tell apart. */
const MAX_TEXT_BYTES = 0x7fffffff;

/** What a dictionary of a stream takes besides its entries, about. */
const DICTIONARY_BYTES = 512;

/** What a morsel left of a column: addresses, 0 for what it has not. */
export interface Piece {
  /** Values; offsets of text and lists, one more than rows. */
  readonly data: Pointer;
  /** A byte a row: 1 where it is not null; 0: no row is null. */
  readonly flags: Pointer;
  /** Of text: where the strings lie that the offsets tell apart. */
  readonly heap: Pointer;
  /** Set: the rows are codes. */
  readonly coded?: Coded;
}

interface Coded {
  readonly dictionary: CopiedDictionary;
  readonly rows: number;
}

/** A dictionary that rows refer to which wait. */
interface CopiedDictionary {
  /** u32 views, u32 marks: as the kernel takes it. */
  readonly pointer: Pointer;
  readonly views: Pointer;
  readonly entries: number;
  readonly bytes: number;
  /** Rows that refer to it, and the bytes of the strings that they stand for. */
  rows: number;
  textBytes: number;
}

/**
 * A column of rows that wait to be written: a copy of each morsel's part of it, in an order of choice. Nested columns have further
 * ones for their fields or entries.
 */
export class ColumnPieces {
  readonly type: SqlType;
  readonly pieces: Piece[] = [];
  readonly children: readonly ColumnPieces[];
  readonly #arena: Arena;
  readonly #keepsCodes: boolean;
  readonly #dictionaries = new Map<ViewsVector, CopiedDictionary>();

  /** The copies are made in `arena`. `keepsCodes`: codes of text stay codes where the dictionary is no larger than the rows are many. */
  constructor(type: SqlType, arena: Arena, keepsCodes = false) {
    this.type = type;
    this.#arena = arena;
    this.#keepsCodes = keepsCodes;
    this.children = childTypes(type).map((child) => new ColumnPieces(child, arena));
  }

  /** Copies the rows whose numbers are the `count` u32 at `indices`; 0: rows 0 ... count - 1. Throws ResourceError SQ4002. */
  add(vector: Vector, indices: Pointer, count: number): void {
    switch (vector.kind) {
      case 'fixed':
        this.pieces.push({
          data: this.#fixed(vector, indices, count),
          flags: this.#flags(vector, indices, count),
          heap: 0,
        });
        return;
      case 'views':
        this.pieces.push({
          ...this.#text(vector.data, vector.length, indices, count),
          flags: this.#flags(vector, indices, count),
        });
        return;
      case 'dictionary':
        this.pieces.push(this.#dictionary(vector, indices, count));
        return;
      case 'list':
        this.#list(vector, indices, count);
        return;
      case 'struct':
        this.#struct(vector, indices, count);
        return;
      default:
        assertNever(vector);
    }
  }

  /** The pieces as the kernels read them, in an arena. */
  table(arena: Arena): Pointer {
    const table = arena.allocate(this.pieces.length * PIECE_BYTES);
    const view = arena.view();
    let at = table;
    for (const { data, flags, heap, coded } of this.pieces) {
      view.setUint32(at, data, true);
      view.setUint32(at + 4, flags, true);
      view.setUint32(at + 8, heap, true);
      view.setUint32(at + 12, coded?.dictionary.pointer ?? 0, true);
      at += PIECE_BYTES;
    }
    return table;
  }

  /** Forgets the pieces; their memory is the arena's business. */
  clear(): void {
    this.pieces.length = 0;
    this.#dictionaries.clear();
    for (const child of this.children) child.clear();
  }

  #flags({ validity }: Vector, indices: Pointer, count: number): Pointer {
    if (validity === 0) return 0;
    const out = this.#arena.allocate(count);
    return exchangeKernel(this.#arena.memory).gatherFlags(validity, indices, count, out) === 0 ? 0 : out;
  }

  #fixed({ type, width, length, data }: FixedVector, indices: Pointer, count: number): Pointer {
    if (type.kind === 'null') return 0;
    if (width !== layoutOf(this.type)) throw wrongVector(type, this.type);
    return this.#rows(width, data, length, indices, count);
  }

  #rows(width: 1 | 2 | 4 | 8 | 16, data: Pointer, rows: number, indices: Pointer, count: number): Pointer {
    const out = this.#arena.allocate(count * width);
    if (indices === 0) this.#arena.bytes(out, count * width).set(this.#arena.bytes(data, count * width));
    else gatherKernel(this.#arena.memory).gatherRows(shiftOf(width), data, rows, indices, count, out);
    return out;
  }

  #text(
    views: Pointer,
    rows: number,
    indices: Pointer,
    count: number,
  ): { readonly data: Pointer; readonly heap: Pointer } {
    const bytes = gatherKernel(this.#arena.memory).viewBytes(views, rows, indices, 0, count);
    if (bytes > MAX_TEXT_BYTES) throw tooMuchText();
    const data = this.#arena.allocate((count + 1) * 4);
    const heap = this.#arena.allocate(bytes + TEXT_SLACK, 1);
    exchangeKernel(this.#arena.memory).gatherText(views, indices, count, data, heap, heap + bytes + TEXT_SLACK);
    return { data, heap };
  }

  /** Whether all rows are codes, and so many partitions with dictionaries of their own are smaller than the strings. */
  isSmallerCoded(partitions: number): boolean {
    if (this.pieces.length === 0 || this.pieces.some(({ coded }) => !coded)) return false;
    let [plain, coded] = [0, partitions * DICTIONARY_BYTES];
    for (const { rows, entries, bytes, textBytes } of this.#dictionaries.values()) {
      plain += textBytes;
      coded += Math.min(entries * partitions, rows) * (bytes / Math.max(1, entries) + 4);
    }
    return coded < plain;
  }

  /** Bytes that `decode` would take. */
  get codedTextBytes(): number {
    let bytes = 0;
    for (const { textBytes } of this.#dictionaries.values()) bytes += textBytes;
    return bytes;
  }

  /** Makes strings of codes. */
  decode(): void {
    this.pieces.forEach((piece, i) => {
      if (piece.coded) this.pieces[i] = this.#decoded(piece, piece.coded);
    });
    this.#dictionaries.clear();
  }

  #dictionary(vector: DictionaryVector, indices: Pointer, count: number): Piece {
    const { data, length, dictionary } = vector;
    const copied = this.#keepsCodes ? this.#copied(dictionary, count) : null;
    const flags = this.#flags(vector, indices, count);
    if (!copied) return { ...this.#codes(vector, indices, count), flags };
    const codes = this.#rows(4, data, length, indices, count);
    copied.rows += count;
    copied.textBytes += exchangeKernel(this.#arena.memory).codesBytes(codes, flags, count, copied.views);
    return { data: codes, flags, heap: 0, coded: { dictionary: copied, rows: count } };
  }

  /** Null: it is not worth the copy for so few rows. */
  #copied(dictionary: ViewsVector, rows: number): CopiedDictionary | null {
    const known = this.#dictionaries.get(dictionary);
    if (known) return known;
    const { length: entries, data } = dictionary;
    if (entries === 0 || entries > rows) return null;
    const arena = this.#arena;
    const bytes = gatherKernel(arena.memory).viewBytes(data, entries, 0, 0, entries);
    if (bytes > MAX_TEXT_BYTES) return null;
    const views = arena.allocate(entries * 8);
    const marks = arena.allocate(entries * 8);
    const pointer = arena.allocate(8);
    const heap = arena.allocate(bytes + TEXT_SLACK, 1);
    arena.bytes(marks, entries * 8).fill(0);
    exchangeKernel(arena.memory).copyDictionary(data, entries, views, heap, heap + bytes + TEXT_SLACK);
    arena.view().setUint32(pointer, views, true);
    arena.view().setUint32(pointer + 4, marks, true);
    const copied: CopiedDictionary = { pointer, views, entries, bytes, rows: 0, textBytes: 0 };
    this.#dictionaries.set(dictionary, copied);
    return copied;
  }

  #decoded({ data, flags }: Piece, { dictionary, rows }: Coded): Piece {
    const arena = this.#arena;
    const kernel = exchangeKernel(arena.memory);
    const bytes = kernel.codesBytes(data, flags, rows, dictionary.views);
    if (bytes > MAX_TEXT_BYTES) throw tooMuchText();
    const offsets = arena.allocate((rows + 1) * 4);
    const heap = arena.allocate(bytes + TEXT_SLACK, 1);
    kernel.codesText(data, flags, rows, dictionary.views, offsets, heap, heap + bytes + TEXT_SLACK);
    return { data: offsets, flags, heap };
  }

  /** Codes as the strings that they stand for. */
  #codes(
    vector: DictionaryVector,
    indices: Pointer,
    count: number,
  ): { readonly data: Pointer; readonly heap: Pointer } {
    const { data, validity, dictionary } = vector;
    const views = this.#arena.allocate(count * 8);
    const { resolveCodes } = gatherKernel(this.#arena.memory);
    resolveCodes(data, validity, indices, 0, count, dictionary.length, dictionary.data, views);
    return this.#text(views, count, 0, count);
  }

  #list(vector: ListVector, indices: Pointer, count: number): void {
    const arena = this.#arena;
    const { offsets, validity, length, entries } = vector;
    const flags = this.#flags(vector, indices, count);
    const kernel = gatherKernel(arena.memory);
    const total = kernel.listEntries(offsets, validity, length, indices, 0, count);
    const data = arena.allocate((count + 1) * 4);
    const rows = entryIndices(arena, total);
    kernel.expandLists(offsets, validity, indices, 0, count, rows, data, 0, 0);
    this.pieces.push({ data, flags, heap: 0 });
    this.#child(0).add(entries, rows, total);
  }

  #struct(vector: StructVector, indices: Pointer, count: number): void {
    this.pieces.push({ data: 0, flags: this.#flags(vector, indices, count), heap: 0 });
    if (vector.fields.length !== this.children.length) throw wrongVector(vector.type, this.type);
    for (const [i, field] of vector.fields.entries()) this.#child(i).add(field, indices, count);
  }

  #child(index: number): ColumnPieces {
    const child = this.children[index];
    if (!child) throw new InternalError(`a column of type ${this.type.kind} has no child ${index}`);
    return child;
  }
}

/** The types of the columns below a column: the fields of a struct, the entries of a list or map. */
export function childTypes(type: SqlType): readonly SqlType[] {
  if (type.kind === 'list') return [type.element];
  if (type.kind === 'map') return [entryType(type)];
  return type.kind === 'struct' ? type.fields.map((field) => field.type) : [];
}

export const tooMuchText = () => new ResourceError('SQ4002', 'a batch holds more than 2 GiB of text in one column');

const wrongVector = (got: SqlType, expected: SqlType) =>
  new InternalError(`a column of type ${got.kind} came where one of type ${expected.kind} was expected`);
