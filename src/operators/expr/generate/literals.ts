import type { Interval, SqlType, Value } from '../../../common/types.ts';
import { f32, f64, i32, i64 } from '../../../wasm/emit/code.ts';
import type { CodeWriter } from './code-writer.ts';
import { type Computed, exactConstant, NotGenerated, type Operand, placeholder, rangeOf } from './operand.ts';

/** The value of a literal. */
export function emitLiteral(w: CodeWriter, value: Value, type: SqlType): Computed {
  if (value === null) return { value: placeholder(type), isNull: () => i32.const(1) };
  return { value: literalOperand(w, value, type), isNull: null };
}

function literalOperand(w: CodeWriter, value: NonNullable<Value>, type: SqlType): Operand {
  if (rangeOf(type)) return exactConstant(BigInt(value as number | bigint));
  switch (type.kind) {
    case 'boolean':
      return { kind: 'boolean', value: () => i32.const(value ? 1 : 0) };
    case 'real':
      return { kind: 'f32', value: () => f32.const(value as number), mayBeNan: Number.isNaN(value) };
    case 'double':
      return { kind: 'f64', value: () => f64.const(value as number), mayBeNan: Number.isNaN(value) };
    case 'uuid': {
      const bits = uuidBits(value as string);
      return { kind: 'uuid', low: () => i64.const(bits), high: () => i64.const(bits >> 64n) };
    }
    case 'interval': {
      const { months, days, micros } = value as Interval;
      return {
        kind: 'interval',
        months: () => i32.const(months),
        days: () => i32.const(days),
        micros: () => i64.const(micros),
      };
    }
    case 'varchar':
    case 'blob': {
      const bytes = typeof value === 'string' ? textBytes(value) : (value as Uint8Array);
      const pointer = w.constant(bytes);
      return { kind: 'view', pointer, length: () => i32.const(bytes.length), literal: bytes };
    }
    default:
      throw new NotGenerated(type.kind);
  }
}

const uuidBits = (text: string) => BigInt(`0x${text.replaceAll('-', '')}`);

/** UTF-8. Text with half a surrogate pair equals no text of a column. */
export function textBytes(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) !== text) throw new NotGenerated('not well-formed');
  return bytes;
}
