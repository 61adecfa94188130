import { MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../../common/types.ts';
import { layoutOf } from '../../../wasm/layout.ts';

/** True for exact numbers that may take 128 bits. */
export const isWide = (type: SqlType) => type.kind === 'decimal' && type.precision > MAX_INT64_DECIMAL_PRECISION;

/** Bytes of a value that a state can hold in place; null for texts, intervals, nested values and the type of NULL. */
export function valueWidth(type: SqlType): 1 | 2 | 4 | 8 | 16 | null {
  switch (type.kind) {
    case 'null':
    case 'interval':
    case 'list':
    case 'struct':
    case 'map':
      return null;
    default: {
      const width = layoutOf(type);
      return width === 'views' ? null : width;
    }
  }
}

/** True for types whose bits order as unsigned numbers. */
export const isUnsigned = ({ kind }: SqlType) =>
  kind === 'boolean' ||
  kind === 'utinyint' ||
  kind === 'usmallint' ||
  kind === 'uinteger' ||
  kind === 'ubigint' ||
  kind === 'uuid';
