import { assertNever, InternalError } from '../../common/errors.ts';
import { MAX_INT64_DECIMAL_PRECISION, type SqlType } from '../../common/types.ts';
import { refusedNested } from '../../wasm/layout.ts';

/** How a key is held in a record. */
export type KeyForm = '8' | '16' | '32' | '64' | '128' | 'F32' | 'F64' | 'interval' | 'text' | 'null';

/** Whole numbers, or what is held like them: the kernels that measure and place them. */
export type WholeForm = 'I8' | 'U8' | 'I16' | 'U16' | 'I32' | 'U32' | 'I64';

export interface KeyField {
  readonly type: SqlType;
  readonly form: KeyForm;
  readonly whole: WholeForm | null;
  /** Of the value, of a text's length, of an interval's length. */
  readonly offset: number;
  /** Of a text's address, of an interval itself; else 0. */
  readonly tail: number;
}

/** Where the keys of a group stand in its record, see the kernel `groups`. */
export interface KeyLayout {
  readonly fields: readonly KeyField[];
  /** What is compared as it is: 8 bytes each, from the start of the record. */
  readonly words: number;
  /** Bytes of a record, a multiple of 8. */
  readonly stride: number;
  /** The keys are one word: `offset` says where; with `nullApart` NULL is not a value of it. */
  readonly word: { readonly offset: number; readonly nullApart: boolean } | null;
}

/** Throws UnsupportedError SQ2301 for nested types. */
export function keyLayout(types: readonly SqlType[]): KeyLayout {
  const forms = types.map(formOf);
  let end = Math.ceil(types.length / 32) * 4;
  const take = (bytes: number, align: number) => {
    const offset = Math.ceil(end / align) * align;
    end = offset + bytes;
    return offset;
  };
  const offsets = forms.map((form) => take(FIXED_BYTES[form], Math.min(8, Math.max(1, FIXED_BYTES[form]))));
  const words = Math.ceil(end / 8);
  end = words * 8;
  const tails = forms.map((form) => (form === 'text' ? take(4, 4) : 0));
  const intervals = forms.map((form) => (form === 'interval' ? take(16, 8) : 0));
  const fields = types.map(
    (type, i): KeyField => ({
      type,
      form: forms[i] as KeyForm,
      whole: wholeOf(type),
      offset: offsets[i] as number,
      tail: (tails[i] as number) + (intervals[i] as number),
    }),
  );
  const plain = forms.every((form) => form !== 'text' && form !== 'interval');
  const single = forms.length === 1 && (forms[0] === '64' || forms[0] === 'F64');
  const word = single ? { offset: 8, nullApart: true } : plain && words === 1 ? { offset: 0, nullApart: false } : null;
  return { fields, words, stride: Math.ceil(end / 8) * 8, word };
}

const FIXED_BYTES: Readonly<Record<KeyForm, number>> = {
  '8': 1,
  '16': 2,
  '32': 4,
  '64': 8,
  '128': 16,
  F32: 4,
  F64: 8,
  interval: 16,
  text: 4,
  null: 0,
};

function formOf(type: SqlType): KeyForm {
  switch (type.kind) {
    case 'null':
      return 'null';
    case 'real':
      return 'F32';
    case 'double':
      return 'F64';
    case 'uuid':
      return '128';
    case 'interval':
      return 'interval';
    case 'varchar':
    case 'blob':
      return 'text';
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? '64' : '128';
    case 'list':
    case 'struct':
    case 'map':
      throw refusedNested(type);
    case 'boolean':
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz': {
      const whole = wholeOf(type);
      if (whole === null) throw new InternalError(`${type.kind} is not held as a whole number`);
      return whole.slice(1) as KeyForm;
    }
    default:
      return assertNever(type);
  }
}

/** How a type's values are held when they are whole numbers of up to 64 bits; null: they are not. */
export function wholeOf(type: SqlType): WholeForm | null {
  switch (type.kind) {
    case 'tinyint':
      return 'I8';
    case 'boolean':
    case 'utinyint':
      return 'U8';
    case 'smallint':
      return 'I16';
    case 'usmallint':
      return 'U16';
    case 'integer':
    case 'date':
      return 'I32';
    case 'uinteger':
      return 'U32';
    case 'bigint':
    case 'ubigint':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return 'I64';
    case 'decimal':
      return type.precision <= MAX_INT64_DECIMAL_PRECISION ? 'I64' : null;
    case 'null':
    case 'real':
    case 'double':
    case 'interval':
    case 'varchar':
    case 'blob':
    case 'uuid':
    case 'list':
    case 'struct':
    case 'map':
      return null;
    default:
      return assertNever(type);
  }
}
