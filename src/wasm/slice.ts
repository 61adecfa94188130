import { assertNever, InternalError } from '../common/errors.ts';
import type { Vector } from './vector.ts';

/** Rows `from` to `from + length` of a vector, sharing its memory. `from` is a multiple of 8, so that bitmaps can be shared too. */
export function slice(vector: Vector, from: number, length: number): Vector {
  if (from % 8 !== 0) throw new InternalError(`a vector cannot be sliced at row ${from}`);
  const validity = vector.validity === 0 ? 0 : vector.validity + from / 8;
  switch (vector.kind) {
    case 'fixed':
      return { ...vector, length, validity, data: vector.data + from * vector.width };
    case 'views':
      return { ...vector, length, validity, data: vector.data + from * 8 };
    case 'dictionary':
      return { ...vector, length, validity, data: vector.data + from * 4 };
    case 'list':
      return { ...vector, length, validity, offsets: vector.offsets + from * 4 };
    case 'struct':
      return { ...vector, length, validity, fields: vector.fields.map((field) => slice(field, from, length)) };
    default:
      return assertNever(vector);
  }
}
