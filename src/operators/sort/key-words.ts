import { assertNever } from '../../common/errors.ts';
import { MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../common/types.ts';
import type { Pointer } from '../../wasm/vector.ts';
import type { SortKernel } from './sort-kernel.ts';

/**
 * A type's values as sequences of unsigned 64-bit words that compare as the values do: one word, two, or for text the bytes in
 * groups of eight and then the length.
 */
export interface KeyWords {
  /** Null: as many as the longest text needs. */
  readonly count: 0 | 1 | 2 | null;
  write(kernel: SortKernel, word: number, data: Pointer, rows: number, out: Pointer): void;
}

const one = (
  name: Extract<
    keyof SortKernel,
    | 'wordsI8'
    | 'wordsU8'
    | 'wordsI16'
    | 'wordsU16'
    | 'wordsI32'
    | 'wordsU32'
    | 'wordsI64'
    | 'wordsU64'
    | 'wordsF32'
    | 'wordsF64'
  >,
): KeyWords => ({
  count: 1,
  write: (kernel, _, data, rows, out) => kernel[name](data, rows, out),
});

const two = (name: 'wordsI128' | 'wordsU128' | 'wordsInterval'): KeyWords => ({
  count: 2,
  write: (kernel, word, data, rows, out) => kernel[name](data, rows, word, out),
});

const NOTHING: KeyWords = { count: 0, write: () => undefined };
const TEXT: KeyWords = {
  count: null,
  write: (kernel, word, data, rows, out) => kernel.wordsText(data, rows, word, out),
};

/** The order is that of `comparator`. Null for nested types, which have no such words: their values are ranked by the host. */
export function keyWords(type: SqlType): KeyWords | null {
  switch (type.kind) {
    case 'null':
      return NOTHING;
    case 'tinyint':
      return one('wordsI8');
    case 'boolean':
    case 'utinyint':
      return one('wordsU8');
    case 'smallint':
      return one('wordsI16');
    case 'usmallint':
      return one('wordsU16');
    case 'integer':
    case 'date':
      return one('wordsI32');
    case 'uinteger':
      return one('wordsU32');
    case 'bigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return one('wordsI64');
    case 'ubigint':
      return one('wordsU64');
    case 'real':
      return one('wordsF32');
    case 'double':
      return one('wordsF64');
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? one('wordsI64') : two('wordsI128');
    case 'uuid':
      return two('wordsU128');
    case 'interval':
      return two('wordsInterval');
    case 'varchar':
    case 'blob':
      return TEXT;
    case 'list':
    case 'struct':
    case 'map':
      return null;
    default:
      return assertNever(type);
  }
}
