import { assertNever, InternalError, UnsupportedError } from '../common/errors.ts';
import { MAX_INT64_DECIMAL_PRECISION, type SqlType, typeName } from '../common/types.ts';

export type FixedWidth = 1 | 2 | 4 | 8 | 16;

/**
 * Bytes of a row of a FixedVector of this type, or 'views' for a type whose rows are pointer and length.
 * A column of type null is one byte wide and all its rows are null. Throws InternalError for nested types: their rows are
 * offsets and fields, in vectors of other kinds.
 */
export function layoutOf(type: SqlType): FixedWidth | 'views' {
  switch (type.kind) {
    case 'null':
    case 'boolean':
    case 'tinyint':
    case 'utinyint':
      return 1;
    case 'smallint':
    case 'usmallint':
      return 2;
    case 'integer':
    case 'uinteger':
    case 'date':
    case 'real':
      return 4;
    case 'bigint':
    case 'ubigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
    case 'double':
      return 8;
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? 8 : 16;
    case 'uuid':
    case 'interval':
      return 16;
    case 'varchar':
    case 'blob':
      return 'views';
    case 'list':
    case 'struct':
    case 'map':
      throw new InternalError(`rows of type ${typeName(type)} have no width`);
    default:
      return assertNever(type);
  }
}

/** Bytes of a validity bitmap. */
export const bitmapBytes = (rows: number) => (rows + 7) >>> 3;

export const refusedNested = (type: SqlType) =>
  new UnsupportedError('SQ2301', `values of type ${typeName(type)} cannot be processed`);
