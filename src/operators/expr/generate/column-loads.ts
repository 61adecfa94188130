import { MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../../common/types.ts';
import {
  type Code,
  f32,
  f64,
  get,
  i32,
  i64,
  type Local,
  type Statement,
  select,
  set,
} from '../../../wasm/emit/code.ts';
import type { CodeWriter } from './code-writer.ts';
import { type ColumnShape, isFlat } from './column-shape.ts';
import { ENTRY_BYTES } from './input-table.ts';
import { type Computed, INT64, intersect, NotGenerated, type Operand, rangeOf, type Thunk, within } from './operand.ts';

/** Fields of an entry of the InputTable, in bytes. */
const FIELDS = { data: 0, validity: 4, values: 8, valuesValidity: 12 };

/** Reads columns of the InputTable in the current row. */
export class ColumnLoads {
  readonly #writer: CodeWriter;
  /** Addresses that the prologue loads, by offset in the table. */
  readonly #addresses = new Map<number, Local<'i32'>>();

  constructor(writer: CodeWriter) {
    this.#writer = writer;
  }

  prologue(): readonly Statement[] {
    const { table } = this.#writer.options;
    return [...this.#addresses].map(([offset, local]) => set(local, i32.load(get(table), offset)));
  }

  /** The value in the current row. */
  load(shape: ColumnShape, position: number): Computed {
    if (!isFlat(shape.kind)) throw new NotGenerated(shape.kind);
    const isNull = this.isNull(shape, position);
    const row = () => get(this.#writer.options.row);
    if (shape.kind === 'fixed') return { value: this.#fixed(shape, this.#address(position, 'data'), row), isNull };
    if (shape.kind === 'views')
      return { value: this.#view(this.#element(this.#address(position, 'data'), row(), 8)), isNull };
    const code = i32.load(this.#element(this.#address(position, 'data'), row(), 4)());
    return shape.kind === 'dictionary'
      ? this.#entry(position, code, isNull)
      : this.#mapped(shape, position, code, isNull);
  }

  /** Whether the column is NULL in the current row; null when it never is. */
  isNull(shape: ColumnShape, position: number): Thunk<'i32'> | null {
    if (!shape.hasNulls) return null;
    return this.#bit(this.#address(position, 'validity'), () => get(this.#writer.options.row));
  }

  #bit(bitmap: Local<'i32'>, index: Thunk<'i32'>): Thunk<'i32'> {
    const byte = i32.load8U(i32.add(get(bitmap), i32.shrU(index(), i32.const(3))));
    const bit = i32.and(i32.shrU(byte, i32.and(index(), i32.const(7))), i32.const(1));
    return this.#writer.keep(i32.xor(bit, i32.const(1)), 'null');
  }

  /** A null row's code may point into an empty dictionary. */
  #entry(position: number, code: Code<'i32'>, isNull: Thunk<'i32'> | null): Computed {
    const w = this.#writer;
    const dictionary = this.#address(position, 'values');
    if (!isNull) return { value: this.#view(this.#element(dictionary, code, 8)), isNull };
    const entry = i32.add(get(dictionary), i32.shl(code, i32.const(3)));
    const at = w.keep(select(get(w.options.table), entry, isNull()), 'entry');
    const pointer = w.keep(i32.load(at()), 'pointer');
    const length = w.keep(select(i32.const(0), i32.load(at(), 4), isNull()), 'length');
    return { value: { kind: 'view', pointer, length }, isNull };
  }

  /** Value 0 is that of NULL, value n + 1 that of entry n. */
  #mapped(shape: ColumnShape, position: number, code: Code<'i32'>, isNull: Thunk<'i32'> | null): Computed {
    const next = i32.add(code, i32.const(1));
    const index = this.#writer.keep(isNull ? select(i32.const(0), next, isNull()) : next, 'index');
    const values = this.#address(position, 'values');
    const nullValue = shape.hasNullEntries ? this.#bit(this.#address(position, 'valuesValidity'), index) : null;
    if (shape.type.kind === 'varchar' || shape.type.kind === 'blob') {
      return { value: this.#view(this.#element(values, index(), 8)), isNull: nullValue };
    }
    return { value: this.#fixed(shape, values, index), isNull: nullValue };
  }

  #view(address: Thunk<'i32'>): Operand {
    const w = this.#writer;
    return {
      kind: 'view',
      pointer: w.keep(i32.load(address()), 'pointer'),
      length: w.keep(i32.load(address(), 4), 'length'),
    };
  }

  /** Address of a row's element, computed once. */
  #element(base: Local<'i32'>, index: Code<'i32'>, bytes: number): Thunk<'i32'> {
    return this.#writer.keep(elementAt(base, index, bytes), 'at');
  }

  #fixed({ type, bounds: measured }: ColumnShape, base: Local<'i32'>, index: Thunk<'i32'>): Operand {
    const w = this.#writer;
    const at = (bytes: number) => elementAt(base, index(), bytes);
    const range = rangeOf(type);
    if (range) {
      const bounds = measured ? intersect(range, measured) : range;
      if (isWide(type)) {
        const address = this.#element(base, index(), 16);
        const low = w.keep(i64.load(address()), 'low');
        if (within(bounds, INT64)) return { kind: 'exact', wide: false, low, bounds };
        return { kind: 'exact', wide: true, low, high: w.keep(i64.load(address(), 8), 'high'), bounds };
      }
      const low = w.keep(loadWhole(type, at), 'value');
      if (within(bounds, INT64)) return { kind: 'exact', wide: false, low, bounds };
      return { kind: 'exact', wide: true, low, high: () => i64.const(0n), bounds };
    }
    switch (type.kind) {
      case 'boolean':
        return { kind: 'boolean', value: w.keep(i32.load8U(at(1)), 'value') };
      case 'null':
        return { kind: 'boolean', value: () => i32.const(0) };
      case 'real':
        return { kind: 'f32', value: w.keep(f32.load(at(4)), 'value'), mayBeNan: true };
      case 'double':
        return { kind: 'f64', value: w.keep(f64.load(at(8)), 'value'), mayBeNan: true };
      case 'uuid': {
        const address = this.#element(base, index(), 16);
        return { kind: 'uuid', low: w.keep(i64.load(address()), 'low'), high: w.keep(i64.load(address(), 8), 'high') };
      }
      case 'interval': {
        const address = this.#element(base, index(), 16);
        return {
          kind: 'interval',
          months: w.keep(i32.load(address()), 'months'),
          days: w.keep(i32.load(address(), 4), 'days'),
          micros: w.keep(i64.load(address(), 8), 'micros'),
        };
      }
      default:
        throw new NotGenerated(type.kind);
    }
  }

  #address(position: number, field: keyof typeof FIELDS): Local<'i32'> {
    const offset = position * ENTRY_BYTES + FIELDS[field];
    let known = this.#addresses.get(offset);
    if (!known) {
      known = this.#writer.local('i32', `${field}_${position}`);
      this.#addresses.set(offset, known);
    }
    return known;
  }
}

export const isWide = (type: SqlType) => type.kind === 'decimal' && type.precision > MAX_INT64_DECIMAL_PRECISION;

const SHIFTS: Readonly<Record<number, number>> = { 2: 1, 4: 2, 8: 3, 16: 4 };

export function elementAt(base: Local<'i32'>, index: Code<'i32'>, bytes: number): Code<'i32'> {
  const shift = SHIFTS[bytes];
  return i32.add(get(base), shift === undefined ? index : i32.shl(index, i32.const(shift)));
}

function loadWhole(type: SqlType, at: (bytes: number) => Code<'i32'>): Code<'i64'> {
  switch (type.kind) {
    case 'tinyint':
      return i64.load8S(at(1));
    case 'utinyint':
      return i64.load8U(at(1));
    case 'smallint':
      return i64.load16S(at(2));
    case 'usmallint':
      return i64.load16U(at(2));
    case 'integer':
    case 'date':
      return i64.load32S(at(4));
    case 'uinteger':
      return i64.load32U(at(4));
    default:
      return i64.load(at(8));
  }
}
