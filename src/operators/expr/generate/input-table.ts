import { assertNever } from '../../../common/errors.ts';
import type { Arena } from '../../../wasm/arena.ts';
import type { DictionaryVector, FixedVector, Pointer, Vector, ViewsVector } from '../../../wasm/vector.ts';

/** Bytes of a column's entry. */
export const ENTRY_BYTES = 16;
/** What generated code may use behind the entries for results of kernels that do not fit one register. */
export const SCRATCH_BYTES = 64;

/** Where the scratch space lies in a table of so many columns. */
export const scratchOffset = (columns: number) => columns * ENTRY_BYTES;
/** Where the constants' bytes begin. */
export const constantsOffset = (columns: number) => columns * ENTRY_BYTES + SCRATCH_BYTES;

/** A value per entry of a dictionary, as if it were a column: `values.length` is one more than the dictionary, for NULL. */
export interface MappedColumn {
  readonly kind: 'mapped';
  readonly codes: DictionaryVector;
  readonly values: FixedVector | ViewsVector;
}

/**
 * How a generated function finds its columns: an entry of four u32 per column, in the order of the shapes.
 *
 * | kind | entry |
 * | --- | --- |
 * | fixed, views | data, validity, 0, 0 |
 * | dictionary | codes, validity, data of the dictionary's views, 0 |
 * | mapped | codes, validity, data of the values, validity of the values |
 *
 * Behind the entries lie SCRATCH_BYTES of scratch space, then the constants of the generated function (`ExprGenerator.constants`).
 */
export class InputTable {
  readonly pointer: Pointer;
  readonly #arena: Arena;

  /** Throws ResourceError SQ4001. */
  constructor(arena: Arena, columns: number, constants: Uint8Array = new Uint8Array()) {
    this.#arena = arena;
    this.pointer = arena.allocate(constantsOffset(columns) + constants.length);
    arena.bytes(this.pointer + constantsOffset(columns), constants.length).set(constants);
  }

  /** Points the entries to the vectors. A vector of null stands for a column that the function does not use. */
  write(vectors: readonly (Vector | MappedColumn | null)[]): void {
    const view = this.#arena.view();
    vectors.forEach((vector, i) => {
      const entry = vector ? entryOf(vector) : [0, 0, 0, 0];
      for (let field = 0; field < 4; field++) {
        view.setUint32(this.pointer + i * ENTRY_BYTES + field * 4, entry[field] as number, true);
      }
    });
  }
}

function entryOf(vector: Vector | MappedColumn): readonly number[] {
  switch (vector.kind) {
    case 'fixed':
    case 'views':
      return [vector.data, vector.validity, 0, 0];
    case 'dictionary':
      return [vector.data, vector.validity, vector.dictionary.data, 0];
    case 'list':
      return [vector.offsets, vector.validity, 0, 0];
    case 'struct':
      return [0, vector.validity, 0, 0];
    case 'mapped':
      return [vector.codes.data, vector.codes.validity, vector.values.data, vector.values.validity];
    default:
      return assertNever(vector);
  }
}
