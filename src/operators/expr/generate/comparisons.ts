import { type Code, choose, f32, f64, i32, i64 } from '../../../wasm/emit/code.ts';
import type { CodeWriter } from './code-writer.ts';
import { isEqual, isLess } from './exact-arithmetic.ts';
import type { AnyFloat } from './float-arithmetic.ts';
import { type IntervalOperand, NotGenerated, type Operand, type ViewOperand } from './operand.ts';

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** Compares two values of one type as the interpreter's comparator does; neither is null, or the result does not matter. */
export function compare(w: CodeWriter, comparison: Comparison, a: Operand, b: Operand): Code<'i32'> {
  switch (comparison) {
    case '=':
      return equal(w, a, b);
    case '<>':
      return i32.eqz(equal(w, a, b));
    case '<':
      return less(w, a, b);
    case '>=':
      return i32.eqz(less(w, a, b));
    case '>':
      return less(w, b, a);
    case '<=':
      return i32.eqz(less(w, b, a));
  }
}

function equal(w: CodeWriter, a: Operand, b: Operand): Code<'i32'> {
  if (a.kind === 'boolean' && b.kind === 'boolean') return i32.eq(a.value(), b.value());
  if (a.kind === 'exact' && b.kind === 'exact') return isEqual(a, b);
  if (a.kind === 'f32' && b.kind === 'f32') return equalFloats(f32.eq(a.value(), b.value()), bothNan(a, b));
  if (a.kind === 'f64' && b.kind === 'f64') return equalFloats(f64.eq(a.value(), b.value()), bothNan(a, b));
  if (a.kind === 'uuid' && b.kind === 'uuid') {
    return i64.eqz(i64.or(i64.xor(a.low(), b.low()), i64.xor(a.high(), b.high())));
  }
  if (a.kind === 'view' && b.kind === 'view')
    return b.literal
      ? equalLiteral(w, a, b.literal, b)
      : a.literal
        ? equalLiteral(w, b, a.literal, a)
        : equalViews(w, a, b);
  if (a.kind === 'interval' && b.kind === 'interval') return i32.eqz(intervalOrder(w, a, b));
  throw new NotGenerated(`= of ${a.kind}`);
}

function less(w: CodeWriter, a: Operand, b: Operand): Code<'i32'> {
  if (a.kind === 'boolean' && b.kind === 'boolean') return i32.ltU(a.value(), b.value());
  if (a.kind === 'exact' && b.kind === 'exact') return isLess(a, b);
  if (a.kind === 'f32' && b.kind === 'f32') {
    if (!b.mayBeNan) return f32.lt(a.value(), b.value());
    return i32.and(i32.eqz(f32.ge(a.value(), b.value())), f32.eq(a.value(), a.value()));
  }
  if (a.kind === 'f64' && b.kind === 'f64') {
    if (!b.mayBeNan) return f64.lt(a.value(), b.value());
    return i32.and(i32.eqz(f64.ge(a.value(), b.value())), f64.eq(a.value(), a.value()));
  }
  if (a.kind === 'uuid' && b.kind === 'uuid') {
    return i32.or(i64.ltU(a.high(), b.high()), i32.and(i64.eq(a.high(), b.high()), i64.ltU(a.low(), b.low())));
  }
  if (a.kind === 'view' && b.kind === 'view') {
    const order = w.kernel(
      'strings',
      'compare',
      ['i32', 'i32', 'i32', 'i32'],
      'i32',
      a.pointer(),
      a.length(),
      b.pointer(),
      b.length(),
    );
    return i32.ltS(order, i32.const(0));
  }
  if (a.kind === 'interval' && b.kind === 'interval') return i32.ltS(intervalOrder(w, a, b), i32.const(0));
  throw new NotGenerated(`< of ${a.kind}`);
}

const equalFloats = (same: Code<'i32'>, nan: Code<'i32'> | null) => (nan ? i32.or(same, nan) : same);

function bothNan(a: AnyFloat, b: AnyFloat): Code<'i32'> | null {
  return a.mayBeNan && b.mayBeNan ? i32.and(isNan(a), isNan(b)) : null;
}

export function isNan(operand: AnyFloat): Code<'i32'> {
  if (operand.kind === 'f32') return f32.ne(operand.value(), operand.value());
  return f64.ne(operand.value(), operand.value());
}

function equalViews(w: CodeWriter, a: ViewOperand, b: ViewOperand): Code<'i32'> {
  const bytes = w.kernel('strings', 'equal', ['i32', 'i32', 'i32'], 'i32', a.pointer(), b.pointer(), a.length());
  return choose(i32.eq(a.length(), b.length()), bytes, i32.const(0));
}

const INLINE_BYTES = 24;

/** The length decides most comparisons; the bytes of a short literal are constants of the code. */
function equalLiteral(w: CodeWriter, a: ViewOperand, bytes: Uint8Array, literal: ViewOperand): Code<'i32'> {
  if (bytes.length > INLINE_BYTES) return equalViews(w, a, literal);
  const same = i32.eq(a.length(), i32.const(bytes.length));
  if (bytes.length === 0) return same;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Code<'i32'>[] = [];
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) {
    parts.push(i64.eq(i64.load(a.pointer(), at), i64.const(view.getBigInt64(at, true))));
  }
  if (at < bytes.length && bytes.length >= 8) {
    parts.push(i64.eq(i64.load(a.pointer(), bytes.length - 8), i64.const(view.getBigInt64(bytes.length - 8, true))));
    at = bytes.length;
  }
  for (; at + 4 <= bytes.length; at += 4) {
    parts.push(i32.eq(i32.load(a.pointer(), at), i32.const(view.getInt32(at, true))));
  }
  for (; at + 2 <= bytes.length; at += 2) {
    parts.push(i32.eq(i32.load16U(a.pointer(), at), i32.const(view.getUint16(at, true))));
  }
  if (at < bytes.length) parts.push(i32.eq(i32.load8U(a.pointer(), at), i32.const(bytes[at] as number)));
  return choose(
    same,
    parts.reduce((all, part) => i32.and(all, part)),
    i32.const(0),
  );
}

const intervalOrder = (w: CodeWriter, a: IntervalOperand, b: IntervalOperand): Code<'i32'> =>
  w.kernel(
    'dates',
    'compareIntervals',
    ['i32', 'i32', 'i64', 'i32', 'i32', 'i64'],
    'i32',
    a.months(),
    a.days(),
    a.micros(),
    b.months(),
    b.days(),
    b.micros(),
  );
