import { type Field, type SqlType, sameType, typeName } from '../common/types.ts';
import { parquetError } from './errors.ts';
import type { ColumnChunkInput } from './row-group-input.ts';

interface IntegerFormat {
  readonly bits: number;
  readonly signed: boolean;
  /** Decimal digits of the largest value. */
  readonly digits: number;
}

const INTEGERS: Readonly<Record<string, IntegerFormat>> = {
  tinyint: { bits: 8, signed: true, digits: 3 },
  smallint: { bits: 16, signed: true, digits: 5 },
  integer: { bits: 32, signed: true, digits: 10 },
  bigint: { bits: 64, signed: true, digits: 19 },
  utinyint: { bits: 8, signed: false, digits: 3 },
  usmallint: { bits: 16, signed: false, digits: 5 },
  uinteger: { bits: 32, signed: false, digits: 10 },
  ubigint: { bits: 64, signed: false, digits: 20 },
};

/** Whether a column that files hold as `from` can be read as `to`: the same type, or one that holds all its values. */
export function canWiden(from: SqlType, to: SqlType): boolean {
  if (sameType(from, to)) return true;
  const small = INTEGERS[from.kind];
  const large = INTEGERS[to.kind];
  if (small && large) return large.bits > small.bits && (large.signed || !small.signed);
  if (small && to.kind === 'double') return small.bits <= 32;
  if (small && to.kind === 'decimal') return to.precision - to.scale >= small.digits;
  if (from.kind === 'decimal' && to.kind === 'decimal') {
    return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale;
  }
  return from.kind === 'real' && to.kind === 'double';
}

/** What the decoding of one column is about, for errors. */
export interface ColumnContext {
  readonly uri: string;
  readonly rowGroup: number;
  readonly chunk: ColumnChunkInput;
  /** The column as the table has it. */
  readonly wanted: Field;
}

export const columnName = ({ chunk, rowGroup }: ColumnContext) =>
  `column "${chunk.path.join('.')}" of row group ${rowGroup}`;

/** Throws ExecutionError SQ3107 when the type of a file's column cannot be read as the table's. */
export function checkTypes(
  uri: string,
  column: { readonly path: readonly string[]; readonly type: SqlType },
  wanted: SqlType,
): void {
  if (canWiden(column.type, wanted)) return;
  throw parquetError(
    'SQ3107',
    uri,
    `column "${column.path.join('.')}" has type ${typeName(column.type)}, which cannot be read as ${typeName(wanted)}`,
    { hint: 'the files of one table must agree on their types; query the files apart' },
  );
}

/** The error for a stored value that the SQL type cannot hold. */
export const unfit = (context: ColumnContext, value: string, why: string) =>
  parquetError('SQ3108', context.uri, `${columnName(context)} holds ${value}, ${why}`);
