import { assertNever, InternalError, ResourceError } from '../common/errors.ts';
import { entryType, type SqlType } from '../common/types.ts';
import type { Arena } from '../wasm/arena.ts';
import { entryIndices, gatherKernel, shiftOf } from '../wasm/gather.ts';
import { layoutOf } from '../wasm/layout.ts';
import type { DictionaryVector, FixedVector, ListVector, Pointer, StructVector, Vector } from '../wasm/vector.ts';
import { exchangeKernel, PIECE_BYTES, TEXT_SLACK } from './exchange-kernel.ts';

/** Most bytes of text that offsets of 32 bits can tell apart. */
const MAX_TEXT_BYTES = 0x7fffffff;

/** What a morsel left of a column: addresses, 0 for what it has not. */
export interface Piece {
  /** Values; offsets of text and lists, one more than rows. */
  readonly data: Pointer;
  /** A byte a row: 1 where it is not null; 0: no row is null. */
  readonly flags: Pointer;
  /** Of text: where the strings lie that the offsets tell apart. */
  readonly heap: Pointer;
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

  /** The copies are made in `arena`. */
  constructor(type: SqlType, arena: Arena) {
    this.type = type;
    this.#arena = arena;
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
        this.pieces.push({ ...this.#codes(vector, indices, count), flags: this.#flags(vector, indices, count) });
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
    for (const { data, flags, heap } of this.pieces) {
      view.setUint32(at, data, true);
      view.setUint32(at + 4, flags, true);
      view.setUint32(at + 8, heap, true);
      at += PIECE_BYTES;
    }
    return table;
  }

  /** Forgets the pieces; their memory is the arena's business. */
  clear(): void {
    this.pieces.length = 0;
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
    const out = this.#arena.allocate(count * width);
    if (indices === 0) this.#arena.bytes(out, count * width).set(this.#arena.bytes(data, count * width));
    else gatherKernel(this.#arena.memory).gatherRows(shiftOf(width), data, length, indices, count, out);
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
