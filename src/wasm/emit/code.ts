/** The types of WebAssembly values that generated code uses. */
export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** A piece of code: an expression that leaves a value of type T, or a statement (`void`). A node stands in one place only. */
export type Code<T extends ValueType | 'void' = ValueType | 'void'> = { readonly type: T } & CodeNode;
export type Statement = Code<'void'>;

type CodeNode =
  | { readonly kind: 'const'; readonly value: number | bigint | Uint8Array }
  | {
      readonly kind: 'op';
      readonly op: Operation;
      readonly args: readonly Code[];
      readonly immediates: readonly number[];
    }
  | { readonly kind: 'get'; readonly local: Local }
  | { readonly kind: 'set'; readonly local: Local; readonly value: Code }
  | { readonly kind: 'block' | 'loop'; readonly label: Label; readonly body: readonly Statement[] }
  | {
      readonly kind: 'if';
      readonly condition: Code<'i32'>;
      readonly taken: readonly Code[];
      readonly otherwise: readonly Code[];
    }
  | { readonly kind: 'br'; readonly label: Label }
  | { readonly kind: 'brIf'; readonly label: Label; readonly condition: Code<'i32'> }
  | {
      readonly kind: 'brTable';
      readonly labels: readonly Label[];
      readonly otherwise: Label;
      readonly index: Code<'i32'>;
    }
  | { readonly kind: 'return'; readonly value: Code | null }
  | { readonly kind: 'call'; readonly target: Callable; readonly args: readonly Code[] }
  | { readonly kind: 'drop'; readonly value: Code }
  | { readonly kind: 'sequence'; readonly body: readonly Statement[] };

/** An instruction without structure: its name in the text format and its bytes. */
export interface Operation {
  readonly name: string;
  readonly bytes: readonly number[];
}

/** A parameter or local variable of one function. */
export interface Local<T extends ValueType = ValueType> {
  readonly type: T;
  /** For the dump. */
  readonly name: string;
  readonly index: number;
}

/** Where a branch goes: after a block, or to the start of a loop. */
export interface Label {
  readonly name: string;
}

/** A function of the module or an imported one. */
export interface Callable<R extends ValueType | 'void' = ValueType | 'void'> {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly result: R;
  readonly index: number;
}

export const get = <T extends ValueType>(local: Local<T>): Code<T> => ({ kind: 'get', type: local.type, local });

export const set = <T extends ValueType>(local: Local<T>, value: Code<T>): Statement => ({
  kind: 'set',
  type: 'void',
  local,
  value,
});

/** `body` may leave through `label`, which stands after it. */
export function block(body: (label: Label) => readonly Statement[], name = 'block'): Statement {
  const label = { name };
  return { kind: 'block', type: 'void', label, body: body(label) };
}

/** Runs `body` once, and again at every branch to `label`. */
export function loop(body: (label: Label) => readonly Statement[], name = 'loop'): Statement {
  const label = { name };
  return { kind: 'loop', type: 'void', label, body: body(label) };
}

/** Counts `index` up from its present value while it is below `end` (unsigned). */
export const countUp = (
  index: Local<'i32'>,
  end: Local<'i32'>,
  body: (next: Label) => readonly Statement[],
): Statement =>
  block((done) => [
    brIf(done, i32.geU(get(index), get(end))),
    loop((again) => [
      block((next) => body(next), 'next'),
      set(index, i32.add(get(index), i32.const(1))),
      brIf(again, i32.ltU(get(index), get(end))),
    ]),
  ]);

export const when = (
  condition: Code<'i32'>,
  then: readonly Statement[],
  otherwise: readonly Statement[] = [],
): Statement => ({ kind: 'if', type: 'void', condition, taken: then, otherwise });

/** The value of one of two branches; only that one is run. */
export const choose = <T extends ValueType>(condition: Code<'i32'>, then: Code<T>, otherwise: Code<T>): Code<T> => ({
  kind: 'if',
  type: then.type,
  condition,
  taken: [then],
  otherwise: [otherwise],
});

export const br = (label: Label): Statement => ({ kind: 'br', type: 'void', label });

export const brIf = (label: Label, condition: Code<'i32'>): Statement => ({
  kind: 'brIf',
  type: 'void',
  label,
  condition,
});

/** Goes to the label at `index`, to `otherwise` beyond the last. */
export const brTable = (index: Code<'i32'>, labels: readonly Label[], otherwise: Label): Statement => ({
  kind: 'brTable',
  type: 'void',
  labels,
  otherwise,
  index,
});

export const ret = (value: Code | null = null): Statement => ({ kind: 'return', type: 'void', value });

/** Calls with arguments of exactly the declared types. Throws TypeError otherwise: a fault of the generator. */
export function call<R extends ValueType | 'void'>(target: Callable<R>, ...args: readonly Code[]): Code<R> {
  const given = args.map(({ type }) => type).join(', ');
  if (given !== target.params.join(', ')) {
    throw new TypeError(`${target.name}(${target.params.join(', ')}) is called with (${given})`);
  }
  return { kind: 'call', type: target.result, target, args };
}

export const drop = (value: Code): Statement => ({ kind: 'drop', type: 'void', value });

/** Statements as one; the array may still grow. */
export const statements = (body: readonly Statement[]): Statement => ({ kind: 'sequence', type: 'void', body });

/** `condition ? then : otherwise`, both evaluated, without a branch. */
export const select = <T extends ValueType>(then: Code<T>, otherwise: Code<T>, condition: Code<'i32'>): Code<T> =>
  op(then.type, { name: 'select', bytes: [0x1b] }, [then, otherwise, condition]);

function op<T extends ValueType | 'void'>(
  type: T,
  operation: Operation,
  args: readonly Code[],
  immediates: readonly number[] = [],
): Code<T> {
  return { kind: 'op', type, op: operation, args, immediates };
}

type Unary<A extends ValueType, R extends ValueType> = (a: Code<A>) => Code<R>;
type Binary<A extends ValueType, R extends ValueType> = (a: Code<A>, b: Code<A>) => Code<R>;
type Load<R extends ValueType> = (address: Code<'i32'>, offset?: number) => Code<R>;
type Store<V extends ValueType> = (address: Code<'i32'>, value: Code<V>, offset?: number) => Statement;
type All<Names, F> = { readonly [K in keyof Names]: F };

/** A name of the table in the text format: `divS` of i32 is `i32.div_s`. */
const spell = (prefix: string, name: string) => `${prefix}.${name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)}`;

/** The bytes of an opcode; those of SIMD follow the prefix 0xfd. */
function opcode(prefix: string, code: number): readonly number[] {
  if (code > 0xff) return code >>> 8 === 0xfc ? [0xfc, code & 0xff] : simd(code & 0xff);
  return /^(v128|[if]\d+x\d+)$/.test(prefix) ? simd(code) : [code];
}

const simd = (code: number) => [0xfd, ...(code < 128 ? [code] : [(code & 0x7f) | 0x80, code >>> 7])];

function table<Names extends Record<string, number>, F>(
  prefix: string,
  names: Names,
  make: (operation: Operation) => F,
): All<Names, F> {
  const entries = Object.entries(names).map(([name, code]) => [
    name,
    make({ name: spell(prefix, name), bytes: opcode(prefix, code) }),
  ]);
  return Object.fromEntries(entries) as All<Names, F>;
}

const unary = <A extends ValueType, R extends ValueType, N extends Record<string, number>>(
  prefix: string,
  _argument: A,
  result: R,
  names: N,
) => table<N, Unary<A, R>>(prefix, names, (operation) => (a) => op(result, operation, [a]));

const binary = <A extends ValueType, R extends ValueType, N extends Record<string, number>>(
  prefix: string,
  _argument: A,
  result: R,
  names: N,
) => table<N, Binary<A, R>>(prefix, names, (operation) => (a, b) => op(result, operation, [a, b]));

const loads = <R extends ValueType, N extends Record<string, number>>(prefix: string, result: R, names: N) =>
  table<N, Load<R>>(
    prefix,
    names,
    (operation) =>
      (address, offset = 0) =>
        op(result, operation, [address], [offset]),
  );

const stores = <V extends ValueType, N extends Record<string, number>>(prefix: string, _value: V, names: N) =>
  table<N, Store<V>>(
    prefix,
    names,
    (operation) =>
      (address, value, offset = 0) =>
        op('void', operation, [address, value], [offset]),
  );

const constant =
  <T extends ValueType, V extends number | bigint | Uint8Array>(type: T) =>
  (value: V): Code<T> => ({ kind: 'const', type, value });

const INTEGER_COMPARISONS = ['eq', 'ne', 'ltS', 'ltU', 'gtS', 'gtU', 'leS', 'leU', 'geS', 'geU'] as const;
const FLOAT_COMPARISONS = ['eq', 'ne', 'lt', 'gt', 'le', 'ge'] as const;
const INTEGER_ARITHMETIC = [
  ...(['add', 'sub', 'mul', 'divS', 'divU', 'remS', 'remU'] as const),
  ...(['and', 'or', 'xor', 'shl', 'shrS', 'shrU', 'rotl', 'rotr'] as const),
] as const;
const FLOAT_UNARY = ['abs', 'neg', 'ceil', 'floor', 'trunc', 'nearest', 'sqrt'] as const;
const FLOAT_BINARY = ['add', 'sub', 'mul', 'div', 'min', 'max', 'copysign'] as const;

/** Names with consecutive opcodes. */
const from = <N extends string>(first: number, names: readonly N[]) =>
  Object.fromEntries(names.map((name, i) => [name, first + i])) as Record<N, number>;

/** Instructions of i32. Division and remainder by 0 trap: whoever uses them excludes that first. */
export const i32 = {
  const: constant<'i32', number>('i32'),
  ...loads('i32', 'i32', { load: 0x28, load8S: 0x2c, load8U: 0x2d, load16S: 0x2e, load16U: 0x2f }),
  ...stores('i32', 'i32', { store: 0x36, store8: 0x3a, store16: 0x3b }),
  ...unary('i32', 'i32', 'i32', { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8S: 0xc0, extend16S: 0xc1 }),
  ...binary('i32', 'i32', 'i32', from(0x46, INTEGER_COMPARISONS)),
  ...binary('i32', 'i32', 'i32', from(0x6a, INTEGER_ARITHMETIC)),
  ...unary('i32', 'i64', 'i32', { wrapI64: 0xa7 }),
  ...unary('i32', 'f32', 'i32', { truncSatF32S: 0xfc00, truncSatF32U: 0xfc01, reinterpretF32: 0xbc }),
  ...unary('i32', 'f64', 'i32', { truncSatF64S: 0xfc02, truncSatF64U: 0xfc03 }),
};

/** Instructions of i64; comparisons leave an i32. */
export const i64 = {
  const: constant<'i64', bigint>('i64'),
  ...loads('i64', 'i64', {
    load: 0x29,
    load8S: 0x30,
    load8U: 0x31,
    load16S: 0x32,
    load16U: 0x33,
    load32S: 0x34,
    load32U: 0x35,
  }),
  ...stores('i64', 'i64', { store: 0x37, store8: 0x3c, store16: 0x3d, store32: 0x3e }),
  ...unary('i64', 'i64', 'i32', { eqz: 0x50 }),
  ...binary('i64', 'i64', 'i32', from(0x51, INTEGER_COMPARISONS)),
  ...unary('i64', 'i64', 'i64', {
    clz: 0x79,
    ctz: 0x7a,
    popcnt: 0x7b,
    extend8S: 0xc2,
    extend16S: 0xc3,
    extend32S: 0xc4,
  }),
  ...binary('i64', 'i64', 'i64', from(0x7c, INTEGER_ARITHMETIC)),
  ...unary('i64', 'i32', 'i64', { extendI32S: 0xac, extendI32U: 0xad }),
  ...unary('i64', 'f32', 'i64', { truncSatF32S: 0xfc04, truncSatF32U: 0xfc05 }),
  ...unary('i64', 'f64', 'i64', { truncSatF64S: 0xfc06, truncSatF64U: 0xfc07, reinterpretF64: 0xbd }),
};

export const f32 = {
  const: constant<'f32', number>('f32'),
  ...loads('f32', 'f32', { load: 0x2a }),
  ...stores('f32', 'f32', { store: 0x38 }),
  ...binary('f32', 'f32', 'i32', from(0x5b, FLOAT_COMPARISONS)),
  ...unary('f32', 'f32', 'f32', from(0x8b, FLOAT_UNARY)),
  ...binary('f32', 'f32', 'f32', from(0x92, FLOAT_BINARY)),
  ...unary('f32', 'i32', 'f32', { convertI32S: 0xb2, convertI32U: 0xb3, reinterpretI32: 0xbe }),
  ...unary('f32', 'i64', 'f32', { convertI64S: 0xb4, convertI64U: 0xb5 }),
  ...unary('f32', 'f64', 'f32', { demoteF64: 0xb6 }),
};

export const f64 = {
  const: constant<'f64', number>('f64'),
  ...loads('f64', 'f64', { load: 0x2b }),
  ...stores('f64', 'f64', { store: 0x39 }),
  ...binary('f64', 'f64', 'i32', from(0x61, FLOAT_COMPARISONS)),
  ...unary('f64', 'f64', 'f64', from(0x99, FLOAT_UNARY)),
  ...binary('f64', 'f64', 'f64', from(0xa0, FLOAT_BINARY)),
  ...unary('f64', 'i32', 'f64', { convertI32S: 0xb7, convertI32U: 0xb8 }),
  ...unary('f64', 'i64', 'f64', { convertI64S: 0xb9, convertI64U: 0xba, reinterpretI64: 0xbf }),
  ...unary('f64', 'f32', 'f64', { promoteF32: 0xbb }),
};

/** SIMD as far as generated code needs it; what is more is a kernel. */
export const v128 = {
  /** 16 bytes, little-endian. */
  const: constant<'v128', Uint8Array>('v128'),
  ...loads('v128', 'v128', { load: 0x00, load32Splat: 0x09, load64Splat: 0x0a }),
  ...stores('v128', 'v128', { store: 0x0b }),
  ...unary('v128', 'v128', 'v128', { not: 0x4d }),
  ...binary('v128', 'v128', 'v128', { and: 0x4e, andnot: 0x4f, or: 0x50, xor: 0x51 }),
  ...unary('v128', 'v128', 'i32', { anyTrue: 0x53 }),
};

export const i32x4 = {
  ...unary('i32x4', 'i32', 'v128', { splat: 0x11 }),
  ...binary('i32x4', 'v128', 'v128', from(0x37, INTEGER_COMPARISONS)),
  ...binary('i32x4', 'v128', 'v128', {
    add: 0xae,
    sub: 0xb1,
    mul: 0xb5,
    minS: 0xb6,
    minU: 0xb7,
    maxS: 0xb8,
    maxU: 0xb9,
  }),
  ...unary('i32x4', 'v128', 'i32', { bitmask: 0xa4, allTrue: 0xa3 }),
};

export const i64x2 = {
  ...unary('i64x2', 'i64', 'v128', { splat: 0x12 }),
  ...binary('i64x2', 'v128', 'v128', { eq: 0xd6, ne: 0xd7, ltS: 0xd8, gtS: 0xd9, leS: 0xda, geS: 0xdb }),
  ...binary('i64x2', 'v128', 'v128', { add: 0xce, sub: 0xd1, mul: 0xd5 }),
  ...unary('i64x2', 'v128', 'i32', { bitmask: 0xc4, allTrue: 0xc3 }),
};

export const f64x2 = {
  ...unary('f64x2', 'f64', 'v128', { splat: 0x14 }),
  ...binary('f64x2', 'v128', 'v128', from(0x47, FLOAT_COMPARISONS)),
  ...binary('f64x2', 'v128', 'v128', { add: 0xf0, sub: 0xf1, mul: 0xf2, div: 0xf3 }),
};
