import { type Code, choose, get, i32, i64, select, set } from '../../../wasm/emit/code.ts';
import type { CallExpr } from '../expr.ts';
import { type CallEmitter, exactAt, literalAt, strict, viewAt } from './call-emitter.ts';
import type { CodeWriter, Guard } from './code-writer.ts';
import { compare } from './comparisons.ts';
import { type LikePattern, likePattern, patternBytes } from './like-pattern.ts';
import { type ExactOperand, NotGenerated, type Operand, type Thunk, type ViewOperand } from './operand.ts';

const MOST_CHARACTERS = 2n ** 32n;

const kernel = <R extends 'i32' | 'i64'>(w: CodeWriter, name: string, result: R, ...args: readonly Code[]) =>
  w.kernel(
    'strings',
    name,
    args.map(({ type }) => type as 'i32' | 'i64'),
    result,
    ...args,
  );

/** A view that a kernel packed into one register: the pointer below, the length above. */
function unpacked(w: CodeWriter, code: Code<'i64'>): ViewOperand {
  const packed = w.keep(code, 'packed');
  return {
    kind: 'view',
    pointer: w.keep(i32.wrapI64(packed()), 'pointer'),
    length: w.keep(i32.wrapI64(i64.shrU(packed(), i64.const(32n))), 'length'),
  };
}

const count = (w: CodeWriter, code: Code<'i32'>): ExactOperand => ({
  kind: 'exact',
  wide: false,
  low: w.keep(i64.extendI32U(code), 'count'),
  bounds: { min: 0n, max: MOST_CHARACTERS },
});

const truth = (w: CodeWriter, code: Code<'i32'>): Operand => ({ kind: 'boolean', value: w.keep(code, 'holds') });

const length = strict((w, args) => {
  const { pointer, length: bytes } = viewAt(args, 0);
  return count(w, kernel(w, 'length', 'i32', pointer(), bytes()));
});

const octetLength = strict((w, args) => count(w, viewAt(args, 0).length()));

const substring = strict((w, args, guard) => {
  const text = viewAt(args, 0);
  const from = exactAt(args, 1);
  const by = args[2] ? exactAt(args, 2) : null;
  if (by && by.bounds.min < 0n) guard.failWhen(i64.ltS(by.low(), i64.const(0n)));
  const most = 2n ** 62n;
  if (by && (from.bounds.min < -most || from.bounds.max > most || by.bounds.max > most)) {
    return unpacked(
      w,
      kernel(w, 'substringFor', 'i64', text.pointer(), text.length(), clamped(from, most), clamped(by, most)),
    );
  }
  if (by) return unpacked(w, kernel(w, 'substringFor', 'i64', text.pointer(), text.length(), from.low(), by.low()));
  return unpacked(w, kernel(w, 'substringFrom', 'i64', text.pointer(), text.length(), from.low()));
});

/** No text is longer than what is cut off here. */
function clamped({ low }: ExactOperand, most: bigint): Code<'i64'> {
  const above = select(i64.const(most), low(), i64.gtS(low(), i64.const(most)));
  return select(i64.const(-most), above, i64.ltS(low(), i64.const(-most)));
}

const position = strict((w, args) => {
  const [text, part] = [viewAt(args, 0), viewAt(args, 1)];
  return count(w, kernel(w, 'position', 'i32', text.pointer(), text.length(), part.pointer(), part.length()));
});

const startsWith = strict((w, args) => {
  const [text, part] = [viewAt(args, 0), viewAt(args, 1)];
  return truth(w, kernel(w, 'startsWith', 'i32', text.pointer(), text.length(), part.pointer(), part.length()));
});

const trim = (ends: number): CallEmitter =>
  strict((w, args) => {
    const text = viewAt(args, 0);
    const set = args[1] ? viewAt(args, 1) : spaces(w);
    return unpacked(
      w,
      kernel(w, 'trim', 'i64', text.pointer(), text.length(), set.pointer(), set.length(), i32.const(ends)),
    );
  });

const spaces = (w: CodeWriter): Pick<ViewOperand, 'pointer' | 'length'> => ({
  pointer: w.constant(Uint8Array.of(0x20)),
  length: () => i32.const(1),
});

/** Room for so many bytes of new text. */
function reserve(w: CodeWriter, bytes: Thunk<'i64'>): Thunk<'i32'> {
  const { heap } = w.options;
  if (!heap) throw new NotGenerated('no heap');
  const free = i64.extendI32U(i32.sub(get(heap.end), get(heap.top)));
  w.leaveForHeap(i64.gtU(bytes(), free));
  const at = w.keep(i32.add(get(heap.top), i32.const(0)), 'text');
  w.push(set(heap.top, i32.add(get(heap.top), i32.wrapI64(bytes()))));
  return at;
}

function concatenated(w: CodeWriter, texts: readonly ViewOperand[]): Operand {
  const total = texts.map(({ length: bytes }) => i64.extendI32U(bytes())).reduce((sum, bytes) => i64.add(sum, bytes));
  const bytes = w.keep(total, 'bytes');
  const pointer = reserve(w, bytes);
  let at: Thunk<'i32'> = pointer;
  for (const text of texts) {
    const next = w.keep(kernel(w, 'copy', 'i32', text.pointer(), text.length(), at()), 'next');
    at = next;
  }
  return { kind: 'view', pointer, length: w.keep(i32.wrapI64(bytes()), 'length') };
}

const concatenation = strict((w, args) => concatenated(w, [viewAt(args, 0), viewAt(args, 1)]));

/** NULLs are left out. */
const concat: CallEmitter = (w, _, args) => {
  const texts = args.map(({ value, isNull }): ViewOperand => {
    if (value.kind !== 'view') throw new NotGenerated('concat');
    if (!isNull) return value;
    return { ...value, length: w.keep(select(i32.const(0), value.length(), isNull()), 'length') };
  });
  return { value: concatenated(w, texts), isNull: null };
};

const replace = strict((w, args) => {
  const [text, from, to] = [viewAt(args, 0), viewAt(args, 1), viewAt(args, 2)];
  const parts = () => [text.pointer(), text.length(), from.pointer(), from.length(), to.pointer(), to.length()];
  const bytes = w.keep(kernel(w, 'replacedLength', 'i64', ...parts()), 'bytes');
  const pointer = reserve(w, bytes);
  w.push(set(w.local('i32', 'end'), kernel(w, 'replace', 'i32', ...parts(), pointer())));
  return { kind: 'view', pointer, length: w.keep(i32.wrapI64(bytes()), 'length') };
});

/** Text that is not ASCII is left to the interpreter, which knows the cases of every script. */
const folding = (name: 'lower' | 'upper'): CallEmitter =>
  strict((w, args) => {
    const { pointer, length: bytes } = viewAt(args, 0);
    w.leaveWhen(i32.eqz(kernel(w, 'isAscii', 'i32', pointer(), bytes())));
    const to = reserve(w, w.keep(i64.extendI32U(bytes()), 'bytes'));
    w.push(set(w.local('i32', 'end'), kernel(w, name, 'i32', pointer(), bytes(), to())));
    return { kind: 'view', pointer: to, length: bytes };
  });

const DEFAULT_ESCAPE = '\\';

function patternOf(call: CallExpr, fold: (text: string) => string): LikePattern {
  const pattern = literalAt(call, 1);
  const escapeBy = call.args.length > 2 ? literalAt(call, 2) : DEFAULT_ESCAPE;
  if (typeof pattern !== 'string' || typeof escapeBy !== 'string') throw new NotGenerated('pattern');
  return likePattern(fold(pattern), fold(escapeBy));
}

const like = (negated: boolean): CallEmitter =>
  strict((w, args, _guard, call) => {
    const pattern = patternOf(call, (text) => text);
    const matches = likeCode(w, viewAt(args, 0), pattern);
    return truth(w, negated ? i32.eqz(matches) : matches);
  });

/** Patterns without `_` are searches for bytes. */
function likeCode(w: CodeWriter, text: ViewOperand, pattern: LikePattern): Code<'i32'> {
  const { segments, wildcards } = pattern;
  const [head, ...rest] = segments as readonly [Uint8Array, ...Uint8Array[]];
  const tail = rest.at(-1);
  if (!wildcards && tail === undefined) return compare(w, '=', text, literalView(w, head));
  if (!wildcards && tail && rest.length === 1) {
    if (head.length === 0 && tail.length === 0) return i32.const(1);
    if (tail.length === 0) return startsWithLiteral(w, text, head);
    if (head.length === 0) return endsWithLiteral(w, text, tail);
  }
  const described = w.constant(patternBytes(pattern));
  if (wildcards) return kernel(w, 'likeWildcards', 'i32', text.pointer(), text.length(), described(), i32.const(0));
  return kernel(w, 'likeSegments', 'i32', text.pointer(), text.length(), described());
}

const literalView = (w: CodeWriter, literal: Uint8Array): ViewOperand => ({
  kind: 'view',
  pointer: w.constant(literal),
  length: () => i32.const(literal.length),
  literal,
});

function startsWithLiteral(w: CodeWriter, text: ViewOperand, literal: Uint8Array): Code<'i32'> {
  const start: ViewOperand = { kind: 'view', pointer: text.pointer, length: () => i32.const(literal.length) };
  const same = compare(w, '=', start, literalView(w, literal));
  return choose(i32.geU(text.length(), i32.const(literal.length)), same, i32.const(0));
}

function endsWithLiteral(w: CodeWriter, text: ViewOperand, literal: Uint8Array): Code<'i32'> {
  const size = i32.const(literal.length);
  const pointer = () => i32.sub(i32.add(text.pointer(), text.length()), i32.const(literal.length));
  const end: ViewOperand = { kind: 'view', pointer, length: () => i32.const(literal.length) };
  return choose(i32.geU(text.length(), size), compare(w, '=', end, literalView(w, literal)), i32.const(0));
}

const ilike = (negated: boolean): CallEmitter =>
  strict((w, args, _guard: Guard, call) => {
    const pattern = patternOf(call, lowerAscii);
    const { pointer, length: bytes } = viewAt(args, 0);
    w.leaveWhen(i32.eqz(kernel(w, 'isAscii', 'i32', pointer(), bytes())));
    const described = w.constant(patternBytes(pattern));
    const matches = kernel(w, 'likeWildcards', 'i32', pointer(), bytes(), described(), i32.const(1));
    return truth(w, negated ? i32.eqz(matches) : matches);
  });

/** A pattern with other letters matches no ASCII text but by rules that the interpreter knows. */
function lowerAscii(text: string): string {
  if (/[^\0-\x7f]/.test(text)) throw new NotGenerated('a pattern beyond ASCII');
  return text.toLowerCase();
}

export const STRINGS: Readonly<Record<string, CallEmitter>> = {
  '||': concatenation,
  concat,
  lower: folding('lower'),
  upper: folding('upper'),
  length,
  char_length: length,
  character_length: length,
  octet_length: octetLength,
  substring,
  substr: substring,
  trim: trim(3),
  btrim: trim(3),
  ltrim: trim(1),
  rtrim: trim(2),
  starts_with: startsWith,
  position,
  strpos: position,
  replace,
  like: like(false),
  not_like: like(true),
  ilike: ilike(false),
  not_ilike: ilike(true),
};
