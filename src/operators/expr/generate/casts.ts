import { type SqlType, sameType } from '../../../common/types.ts';
import { type Code, f32, f64, get, i32, i64, type Local, select, set } from '../../../wasm/emit/code.ts';
import { MICROS_PER_DAY } from '../calendar.ts';
import { isIntegerKind, pow10 } from '../ranges.ts';
import { anyNull, type CodeWriter, type Guard } from './code-writer.ts';
import { limited, multiply, scaledDown, scaledUp } from './exact-arithmetic.ts';
import { decimalToFloat, finite64, floatToWhole, wholeToFloat } from './float-arithmetic.ts';
import {
  type Computed,
  type ExactOperand,
  exactConstant,
  NotGenerated,
  type Operand,
  placeholder,
  rangeOf,
} from './operand.ts';

/** CAST, or TRY_CAST: a failure makes the value NULL. */
export function cast(w: CodeWriter, input: Computed, from: SqlType, to: SqlType, tries: boolean): Computed {
  if (sameType(from, to)) return input;
  if (from.kind === 'null') return { value: placeholder(to), isNull: () => i32.const(1) };
  if (!tries) return { value: convert(w, input.value, from, to, w.guard(input.isNull)), isNull: input.isNull };
  let failed: Local<'i32'> | null = null;
  const guard: Guard = {
    failWhen: (condition) => {
      if (failed) w.push(set(failed, i32.or(get(failed), condition)));
      else {
        failed = w.local('i32', 'failed');
        w.push(set(failed, condition));
      }
    },
  };
  const value = convert(w, input.value, from, to, guard);
  const flag = failed as Local<'i32'> | null;
  return { value, isNull: anyNull(w, [input.isNull, flag && (() => get(flag))]) };
}

function convert(w: CodeWriter, value: Operand, from: SqlType, to: SqlType, guard: Guard): Operand {
  const range = rangeOf(to);
  if (isIntegerKind(to.kind) && range) {
    if (value.kind === 'boolean') return ofBoolean(w, value.value());
    if (value.kind === 'f32' || value.kind === 'f64') return floatToWhole(w, value, range, guard);
    if (value.kind === 'exact') {
      const scale = from.kind === 'decimal' ? from.scale : 0;
      return limited(scaledDown(w, value, pow10(scale), 'round'), range, guard);
    }
  }
  if (value.kind === 'exact') return convertExact(w, value, from, to, guard);
  if (value.kind === 'f32' && to.kind === 'double') {
    return { kind: 'f64', value: w.keep(f64.promoteF32(value.value()), 'float'), mayBeNan: value.mayBeNan };
  }
  if (value.kind === 'f64' && to.kind === 'real') {
    const real = w.keep(f32.demoteF64(value.value()), 'real');
    guard.failWhen(i32.and(finite64(value.value()), i32.eqz(finite64(f64.promoteF32(real())))));
    return { kind: 'f32', value: real, mayBeNan: value.mayBeNan };
  }
  throw new NotGenerated(`cast to ${to.kind}`);
}

function ofBoolean(w: CodeWriter, value: Code<'i32'>): ExactOperand {
  return { kind: 'exact', wide: false, low: w.keep(i64.extendI32U(value), 'whole'), bounds: { min: 0n, max: 1n } };
}

function convertExact(w: CodeWriter, value: ExactOperand, from: SqlType, to: SqlType, guard: Guard): Operand {
  const range = rangeOf(to);
  const scale = from.kind === 'decimal' ? from.scale : 0;
  switch (to.kind) {
    case 'boolean': {
      const zero = value.wide ? i64.or(value.low(), value.high()) : value.low();
      return { kind: 'boolean', value: w.keep(i64.ne(zero, i64.const(0n)), 'boolean') };
    }
    case 'double':
      return from.kind === 'decimal' ? decimalToFloat(w, value, scale, 'f64') : wholeToFloat(w, value, 'f64');
    case 'real':
      return from.kind === 'decimal' ? decimalToFloat(w, value, scale, 'f32') : wholeToFloat(w, value, 'f32');
    case 'decimal': {
      const shift = to.scale - scale;
      const moved = shift >= 0 ? liftedOrFailed(w, value, shift, guard) : scaledDown(w, value, pow10(-shift), 'round');
      return limited(moved, range as NonNullable<typeof range>, guard);
    }
    case 'timestamp':
    case 'timestamptz':
      if (from.kind !== 'date') return value;
      return multiply(w, value, exactConstant(MICROS_PER_DAY), range as NonNullable<typeof range>, guard);
    case 'date':
      return daysOf(w, value);
    case 'time':
      return timeOf(w, value);
    default:
      throw new NotGenerated(`cast to ${to.kind}`);
  }
}

/** What does not fit 128 bits fits no decimal. */
function liftedOrFailed(w: CodeWriter, value: ExactOperand, digits: number, guard: Guard): ExactOperand {
  if (digits === 0) return value;
  if (value.bounds.min === value.bounds.max) return scaledUp(w, value, pow10(digits));
  const largest = { min: -(1n << 127n), max: (1n << 127n) - 1n };
  return multiply(w, value, exactConstant(pow10(digits)), largest, guard);
}

/** The day that a timestamp lies in. */
export function daysOf(w: CodeWriter, micros: ExactOperand): ExactOperand {
  const { min, max } = micros.bounds;
  const size = i64.const(MICROS_PER_DAY);
  const quotient = w.keep(i64.divS(micros.low(), size), 'quotient');
  const low =
    min >= 0n
      ? quotient
      : w.keep(
          i64.sub(
            quotient(),
            i64.extendI32U(
              i64.ltS(i64.sub(micros.low(), i64.mul(quotient(), i64.const(MICROS_PER_DAY))), i64.const(0n)),
            ),
          ),
          'days',
        );
  return { kind: 'exact', wide: false, low, bounds: { min: min / MICROS_PER_DAY - 1n, max: max / MICROS_PER_DAY } };
}

/** Microseconds into the day of a timestamp. */
export function timeOf(w: CodeWriter, micros: ExactOperand): ExactOperand {
  const rest = w.keep(i64.remS(micros.low(), i64.const(MICROS_PER_DAY)), 'rest');
  const low =
    micros.bounds.min >= 0n
      ? rest
      : w.keep(select(i64.add(rest(), i64.const(MICROS_PER_DAY)), rest(), i64.ltS(rest(), i64.const(0n))), 'time');
  return { kind: 'exact', wide: false, low, bounds: { min: 0n, max: MICROS_PER_DAY - 1n } };
}
