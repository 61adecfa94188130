import { describe, expect, it } from 'vitest';
import * as w from './code.ts';
import { ModuleBuilder } from './module-builder.ts';

const GROUPS = {
  i32: w.i32,
  i64: w.i64,
  f32: w.f32,
  f64: w.f64,
  v128: w.v128,
  i32x4: w.i32x4,
  i64x2: w.i64x2,
  f64x2: w.f64x2,
};

/** A value in JavaScript: number for i32, f32 and f64, bigint for i64, bytes for v128. */
type Operand = number | bigint | Uint8Array;

const I32 = [0, 1, -1, 2, 31, 33, 127, 128, 255, 32768, 65535, 0x7fffffff, -0x80000000, 0x12345678, -559038737];
const I64 = [0n, 1n, -1n, 7n, 63n, 65n, 0x80n, 0x8000n, 0x80000000n, -(2n ** 63n), 2n ** 63n - 1n, 0x123456789abcdef0n];
const FLOATS = [0, -0, 1, -1, 0.5, 1.5, 2.5, -2.5, 3.75, 1e10, -1e10, 2 ** 31, 2 ** 32, 2 ** 63, 1e300, Number.NaN];
const F64 = [...FLOATS, Number.POSITIVE_INFINITY, 5e-324];
const F32 = FLOATS.map(Math.fround);

const s32 = (value: number) => value | 0;
const u32 = (value: number) => value >>> 0;
const s64 = (value: bigint) => BigInt.asIntN(64, value);
const u64 = (value: bigint) => BigInt.asUintN(64, value);
const bool = (value: boolean) => (value ? 1 : 0);
const leading = (bits: number, value: bigint) => bits - (value === 0n ? 0 : value.toString(2).length);
const trailing = (bits: number, value: bigint) => (value === 0n ? bits : /0*$/.exec(value.toString(2))![0].length);
const ones = (value: bigint) => value.toString(2).replaceAll('0', '').length;
const nearest = (x: number) => {
  if (!Number.isFinite(x) || Math.abs(x) >= 2 ** 52) return x;
  const whole = Math.abs(x) + 2 ** 52 - 2 ** 52;
  return Math.sign(x) < 0 || Object.is(x, -0) ? -whole : whole;
};
const saturated = (x: number, min: bigint, max: bigint) => {
  if (Number.isNaN(x)) return 0n;
  if (x <= Number(min)) return min;
  return x >= Number(max) ? max : BigInt(Math.trunc(x));
};
const bytes8 = (write: (view: DataView) => void) => {
  const view = new DataView(new ArrayBuffer(8));
  write(view);
  return view;
};
const SMALLEST = { s32: -(2n ** 31n), u32: 0n, s64: -(2n ** 63n), u64: 0n };
const LARGEST = { s32: 2n ** 31n - 1n, u32: 2n ** 32n - 1n, s64: 2n ** 63n - 1n, u64: 2n ** 64n - 1n };

/** What a name says, in JavaScript; null: the instruction would trap. */
interface Meaning<A extends Operand> {
  readonly on: readonly A[];
  readonly is: { bivariant(a: A, b: A): Operand | null }['bivariant'];
}

const meaning =
  <A extends Operand>(on: readonly A[]) =>
  (is: Meaning<A>['is']): Meaning<A> => ({ on, is });
const i32s = meaning<number>(I32);
const i64s = meaning<bigint>(I64);
const f32s = meaning<number>(F32);
const f64s = meaning<number>(F64);

const comparisons = <A extends number | bigint>(of: typeof i32s | typeof i64s, unsigned: (value: A) => A) => {
  const make = of as unknown as (is: Meaning<A>['is']) => Meaning<Operand>;
  return {
    eq: make((a, b) => bool(a === b)),
    ne: make((a, b) => bool(a !== b)),
    ltS: make((a, b) => bool(a < b)),
    ltU: make((a, b) => bool(unsigned(a) < unsigned(b))),
    gtS: make((a, b) => bool(a > b)),
    gtU: make((a, b) => bool(unsigned(a) > unsigned(b))),
    leS: make((a, b) => bool(a <= b)),
    leU: make((a, b) => bool(unsigned(a) <= unsigned(b))),
    geS: make((a, b) => bool(a >= b)),
    geU: make((a, b) => bool(unsigned(a) >= unsigned(b))),
  };
};

const MEANINGS = {
  i32: {
    ...comparisons<number>(i32s, u32),
    eqz: i32s((a) => bool(a === 0)),
    clz: i32s((a) => leading(32, BigInt(u32(a)))),
    ctz: i32s((a) => trailing(32, BigInt(u32(a)))),
    popcnt: i32s((a) => ones(BigInt(u32(a)))),
    extend8S: i32s((a) => (a << 24) >> 24),
    extend16S: i32s((a) => (a << 16) >> 16),
    add: i32s((a, b) => s32(a + b)),
    sub: i32s((a, b) => s32(a - b)),
    mul: i32s((a, b) => Math.imul(a, b)),
    divS: i32s((a, b) => (b === 0 || (a === -0x80000000 && b === -1) ? null : s32(Math.trunc(a / b)))),
    divU: i32s((a, b) => (b === 0 ? null : s32(Math.trunc(u32(a) / u32(b))))),
    remS: i32s((a, b) => (b === 0 ? null : s32(a % b))),
    remU: i32s((a, b) => (b === 0 ? null : s32(u32(a) % u32(b)))),
    and: i32s((a, b) => a & b),
    or: i32s((a, b) => a | b),
    xor: i32s((a, b) => a ^ b),
    shl: i32s((a, b) => a << b),
    shrS: i32s((a, b) => a >> b),
    shrU: i32s((a, b) => s32(a >>> b)),
    rotl: i32s((a, b) => s32((a << (b & 31)) | (b & 31 ? a >>> (32 - (b & 31)) : 0))),
    rotr: i32s((a, b) => s32((a >>> (b & 31)) | (b & 31 ? a << (32 - (b & 31)) : 0))),
    wrapI64: i64s((a) => Number(BigInt.asIntN(32, a))),
    truncSatF32S: f32s((a) => Number(saturated(a, SMALLEST.s32, LARGEST.s32))),
    truncSatF32U: f32s((a) => s32(Number(saturated(a, SMALLEST.u32, LARGEST.u32)))),
    truncSatF64S: f64s((a) => Number(saturated(a, SMALLEST.s32, LARGEST.s32))),
    truncSatF64U: f64s((a) => s32(Number(saturated(a, SMALLEST.u32, LARGEST.u32)))),
    reinterpretF32: f32s((a) => bytes8((view) => view.setFloat32(0, a)).getInt32(0)),
  },
  i64: {
    ...comparisons<bigint>(i64s, u64),
    eqz: i64s((a) => bool(a === 0n)),
    clz: i64s((a) => BigInt(leading(64, u64(a)))),
    ctz: i64s((a) => BigInt(trailing(64, u64(a)))),
    popcnt: i64s((a) => BigInt(ones(u64(a)))),
    extend8S: i64s((a) => BigInt.asIntN(8, a)),
    extend16S: i64s((a) => BigInt.asIntN(16, a)),
    extend32S: i64s((a) => BigInt.asIntN(32, a)),
    add: i64s((a, b) => s64(a + b)),
    sub: i64s((a, b) => s64(a - b)),
    mul: i64s((a, b) => s64(a * b)),
    divS: i64s((a, b) => (b === 0n || a / b > LARGEST.s64 ? null : a / b)),
    divU: i64s((a, b) => (b === 0n ? null : s64(u64(a) / u64(b)))),
    remS: i64s((a, b) => (b === 0n ? null : a % b)),
    remU: i64s((a, b) => (b === 0n ? null : s64(u64(a) % u64(b)))),
    and: i64s((a, b) => a & b),
    or: i64s((a, b) => a | b),
    xor: i64s((a, b) => a ^ b),
    shl: i64s((a, b) => s64(a << (b & 63n))),
    shrS: i64s((a, b) => a >> (b & 63n)),
    shrU: i64s((a, b) => s64(u64(a) >> (b & 63n))),
    rotl: i64s((a, b) => s64((u64(a) << (b & 63n)) | (u64(a) >> (64n - (b & 63n))))),
    rotr: i64s((a, b) => s64((u64(a) >> (b & 63n)) | (u64(a) << (64n - (b & 63n))))),
    extendI32S: i32s((a) => BigInt(a)),
    extendI32U: i32s((a) => BigInt(u32(a))),
    truncSatF32S: f32s((a) => saturated(a, SMALLEST.s64, LARGEST.s64)),
    truncSatF32U: f32s((a) => s64(saturated(a, SMALLEST.u64, LARGEST.u64))),
    truncSatF64S: f64s((a) => saturated(a, SMALLEST.s64, LARGEST.s64)),
    truncSatF64U: f64s((a) => s64(saturated(a, SMALLEST.u64, LARGEST.u64))),
    reinterpretF64: f64s((a) => bytes8((view) => view.setFloat64(0, a)).getBigInt64(0)),
  },
  f32: {
    ...floatMeanings(f32s, Math.fround),
    convertI32S: i32s((a) => Math.fround(a)),
    convertI32U: i32s((a) => Math.fround(u32(a))),
    convertI64S: i64s((a) => realOf(a)),
    convertI64U: i64s((a) => realOf(u64(a))),
    demoteF64: f64s((a) => Math.fround(a)),
    reinterpretI32: i32s((a) => bytes8((view) => view.setInt32(0, a)).getFloat32(0)),
  },
  f64: {
    ...floatMeanings(f64s, (x) => x),
    convertI32S: i32s((a) => a),
    convertI32U: i32s((a) => u32(a)),
    convertI64S: i64s((a) => Number(a)),
    convertI64U: i64s((a) => Number(u64(a))),
    promoteF32: f32s((a) => a),
    reinterpretI64: i64s((a) => bytes8((view) => view.setBigInt64(0, a)).getFloat64(0)),
  },
};

/** The nearest real; the samples with more than 24 bits are no ties in 53 bits. */
const realOf = (value: bigint) => Math.fround(Number(value));

function floatMeanings(of: typeof f64s, round: (value: number) => number) {
  return {
    eq: of((a, b) => bool(a === b)),
    ne: of((a, b) => bool(a !== b)),
    lt: of((a, b) => bool(a < b)),
    gt: of((a, b) => bool(a > b)),
    le: of((a, b) => bool(a <= b)),
    ge: of((a, b) => bool(a >= b)),
    abs: of((a) => Math.abs(a)),
    neg: of((a) => -a),
    ceil: of((a) => Math.ceil(a)),
    floor: of((a) => Math.floor(a)),
    trunc: of((a) => Math.trunc(a)),
    nearest: of(nearest),
    sqrt: of((a) => round(Math.sqrt(a))),
    add: of((a, b) => round(a + b)),
    sub: of((a, b) => round(a - b)),
    mul: of((a, b) => round(a * b)),
    div: of((a, b) => round(a / b)),
    min: of((a, b) => Math.min(a, b)),
    max: of((a, b) => Math.max(a, b)),
    copysign: of((a, b) => (Object.is(Math.sign(b), -0) || b < 0 ? -Math.abs(a) : Math.abs(a))),
  };
}

const constant = (type: w.ValueType, value: Operand): w.Code => {
  if (type === 'v128') return w.v128.const(value as Uint8Array);
  return type === 'i64' ? w.i64.const(value as bigint) : GROUPS[type].const(value as number);
};

/** Runs one piece of code per entry; what traps gives null. */
function run(codes: readonly w.Code[], memory = new WebAssembly.Memory({ initial: 1 })): (Operand | null)[] {
  const module = new ModuleBuilder();
  codes.forEach((code, i) => {
    const isVector = code.type === 'v128';
    const fn = module.function(`f${i}`, [], isVector ? 'void' : code.type);
    if (isVector) fn.setBody([w.v128.store(w.i32.const(1024), code as w.Code<'v128'>)]);
    else fn.setBody(code.type === 'void' ? [code as w.Statement] : [w.ret(code)]);
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  return codes.map((code, i) => {
    try {
      const result = (exports[`f${i}`] as () => Operand)();
      return code.type === 'v128' ? new Uint8Array(memory.buffer, 1024, 16).slice() : result;
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) return null;
      throw error;
    }
  });
}

type Instruction = (...operands: w.Code[]) => w.Code;

const typeOf = (on: readonly Operand[]): w.ValueType =>
  on === I32 ? 'i32' : on === I64 ? 'i64' : on === F32 ? 'f32' : 'f64';

const isMemoryAccess = (name: string) => /^(load|store)/.test(name);

describe.each(Object.keys(MEANINGS) as (keyof typeof MEANINGS)[])('%s', (group) => {
  const instructions = GROUPS[group] as unknown as Record<string, Instruction>;
  const meanings = MEANINGS[group] as Record<string, Meaning<Operand>>;

  it('has a meaning for every instruction', () => {
    const names = Object.keys(instructions).filter((name) => name !== 'const' && !isMemoryAccess(name));
    expect(Object.keys(meanings).sort()).toEqual(names.sort());
  });

  it.each(Object.keys(meanings))('%s computes what its name says', (name) => {
    const { on, is } = meanings[name] as Meaning<Operand>;
    const make = instructions[name] as Instruction;
    const type = typeOf(on);
    const pairs = on.flatMap((a) => (make.length === 1 ? [[a, a]] : on.map((b) => [a, b]))) as [Operand, Operand][];
    const results = run(pairs.map(([a, b]) => make(...[constant(type, a), constant(type, b)].slice(0, make.length))));
    const wrong = pairs.flatMap(([a, b], i) => {
      const expected = is(a, b);
      return Object.is(results[i], expected) ? [] : [`${a}, ${b}: ${results[i]} instead of ${expected}`];
    });
    expect(wrong).toEqual([]);
  });
});

const CONTENT = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 130) & 255);
const view = new DataView(CONTENT.buffer);

const LOADS: Readonly<Record<string, Readonly<Record<string, (at: number) => Operand>>>> = {
  i32: {
    load: (at) => view.getInt32(at, true),
    load8S: (at) => view.getInt8(at),
    load8U: (at) => view.getUint8(at),
    load16S: (at) => view.getInt16(at, true),
    load16U: (at) => view.getUint16(at, true),
  },
  i64: {
    load: (at) => view.getBigInt64(at, true),
    load8S: (at) => BigInt(view.getInt8(at)),
    load8U: (at) => BigInt(view.getUint8(at)),
    load16S: (at) => BigInt(view.getInt16(at, true)),
    load16U: (at) => BigInt(view.getUint16(at, true)),
    load32S: (at) => BigInt(view.getInt32(at, true)),
    load32U: (at) => BigInt(view.getUint32(at, true)),
  },
  f32: { load: (at) => view.getFloat32(at, true) },
  f64: { load: (at) => view.getFloat64(at, true) },
  v128: {
    load: (at) => CONTENT.slice(at, at + 16),
    load32Splat: (at) => Uint8Array.from({ length: 16 }, (_, i) => CONTENT[at + (i % 4)] as number),
    load64Splat: (at) => Uint8Array.from({ length: 16 }, (_, i) => CONTENT[at + (i % 8)] as number),
  },
};

/** Bytes that are written. */
const STORES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  i32: { store: 4, store8: 1, store16: 2 },
  i64: { store: 8, store8: 1, store16: 2, store32: 4 },
  f32: { store: 4 },
  f64: { store: 8 },
  v128: { store: 16 },
};

describe('memory', () => {
  it('has a meaning for every load and store', () => {
    for (const group of ['i32', 'i64', 'f32', 'f64', 'v128'] as const) {
      const names = Object.keys(GROUPS[group]).filter(isMemoryAccess).sort();
      expect([...Object.keys(LOADS[group]!), ...Object.keys(STORES[group]!)].sort()).toEqual(names);
    }
  });

  it.each(Object.entries(LOADS).flatMap(([group, loads]) => Object.keys(loads).map((name) => [group, name] as const)))(
    '%s.%s reads at any address, with an offset',
    (group, name) => {
      const make = GROUPS[group as 'i32'] as unknown as Record<string, (address: w.Code, offset?: number) => w.Code>;
      const memory = new WebAssembly.Memory({ initial: 1 });
      new Uint8Array(memory.buffer).set(CONTENT);
      for (const [address, offset] of [
        [0, 0],
        [5, 0],
        [3, 19],
        [40, undefined],
      ] as const) {
        const code = make[name]?.(w.i32.const(address), offset) as w.Code;
        expect(run([code], memory)).toEqual([LOADS[group]?.[name]?.(address + (offset ?? 0))]);
      }
    },
  );

  it.each(
    Object.entries(STORES).flatMap(([group, stores]) => Object.keys(stores).map((name) => [group, name] as const)),
  )('%s.%s writes at any address, with an offset', (group, name) => {
    const make = GROUPS[group as 'i32'] as unknown as Record<
      string,
      (a: w.Code, v: w.Code, offset?: number) => w.Statement
    >;
    const width = STORES[group]?.[name] as number;
    const source = LOADS[group]?.load?.(8) as Operand;
    for (const [address, offset] of [
      [0, 0],
      [7, 0],
      [3, 22],
    ] as const) {
      const memory = new WebAssembly.Memory({ initial: 1 });
      run([make[name]?.(w.i32.const(address), constant(group as w.ValueType, source), offset) as w.Code], memory);
      const expected = new Uint8Array(64);
      expected.set(CONTENT.subarray(8, 8 + width), address + offset);
      expect(new Uint8Array(memory.buffer, 0, 64)).toEqual(expected);
    }
  });
});

const lanes = (bits: 32 | 64, values: readonly bigint[]) => {
  const out = new DataView(new ArrayBuffer(16));
  values.forEach((value, i) => {
    if (bits === 32) out.setInt32(i * 4, Number(BigInt.asIntN(32, value)), true);
    else out.setBigInt64(i * 8, value, true);
  });
  return new Uint8Array(out.buffer);
};
const doubles = (values: readonly number[]) => new Uint8Array(Float64Array.from(values).buffer);
const read32 = (bytes: Uint8Array) => [...new Int32Array(bytes.slice().buffer)];
const read64 = (bytes: Uint8Array) => [...new BigInt64Array(bytes.slice().buffer)];
const readF64 = (bytes: Uint8Array) => [...new Float64Array(bytes.slice().buffer)];
const mask = (holds: boolean) => (holds ? -1n : 0n);

const VECTORS = [
  new Uint8Array(16),
  new Uint8Array(16).fill(255),
  lanes(32, [1n, -1n, 5n, -(2n ** 31n)]),
  lanes(32, [1n, 7n, -5n, 2n ** 31n - 1n]),
  lanes(64, [3n, -(2n ** 63n)]),
  doubles([1.5, -0]),
  doubles([Number.NaN, 2.25]),
];

type OfBytes = (a: Uint8Array, b: Uint8Array) => Operand;
const bytewise =
  (of: (a: number, b: number) => number): OfBytes =>
  (a, b) =>
    a.map((byte, i) => of(byte, b[i] as number));
const by32 =
  (of: (a: number, b: number) => number): OfBytes =>
  (a, b) =>
    lanes(
      32,
      read32(a).map((lane, i) => BigInt(of(lane, read32(b)[i] as number))),
    );
const by64 =
  (of: (a: bigint, b: bigint) => bigint): OfBytes =>
  (a, b) =>
    lanes(
      64,
      read64(a).map((lane, i) => of(lane, read64(b)[i] as bigint)),
    );
const byDouble =
  (of: (a: number, b: number) => number): OfBytes =>
  (a, b) =>
    doubles(readF64(a).map((lane, i) => of(lane, readF64(b)[i] as number)));
const compareDoubles =
  (of: (a: number, b: number) => boolean): OfBytes =>
  (a, b) =>
    lanes(
      64,
      readF64(a).map((lane, i) => mask(of(lane, readF64(b)[i] as number))),
    );
const flag32 = (of: (a: number, b: number) => boolean) => by32((a, b) => (of(a, b) ? -1 : 0));
const flag64 = (of: (a: bigint, b: bigint) => boolean) => by64((a, b) => mask(of(a, b)));

const VECTOR_MEANINGS: Readonly<Record<string, Readonly<Record<string, OfBytes>>>> = {
  v128: {
    not: bytewise((a) => ~a),
    and: bytewise((a, b) => a & b),
    andnot: bytewise((a, b) => a & ~b),
    or: bytewise((a, b) => a | b),
    xor: bytewise((a, b) => a ^ b),
    anyTrue: (a) => bool(a.some((byte) => byte !== 0)),
  },
  i32x4: {
    eq: flag32((a, b) => a === b),
    ne: flag32((a, b) => a !== b),
    ltS: flag32((a, b) => a < b),
    ltU: flag32((a, b) => u32(a) < u32(b)),
    gtS: flag32((a, b) => a > b),
    gtU: flag32((a, b) => u32(a) > u32(b)),
    leS: flag32((a, b) => a <= b),
    leU: flag32((a, b) => u32(a) <= u32(b)),
    geS: flag32((a, b) => a >= b),
    geU: flag32((a, b) => u32(a) >= u32(b)),
    add: by32((a, b) => a + b),
    sub: by32((a, b) => a - b),
    mul: by32(Math.imul),
    minS: by32(Math.min),
    maxS: by32(Math.max),
    minU: by32((a, b) => Math.min(u32(a), u32(b))),
    maxU: by32((a, b) => Math.max(u32(a), u32(b))),
    bitmask: (a) => read32(a).reduce((bits, lane, i) => bits | (bool(lane < 0) << i), 0),
    allTrue: (a) => bool(read32(a).every((lane) => lane !== 0)),
  },
  i64x2: {
    eq: flag64((a, b) => a === b),
    ne: flag64((a, b) => a !== b),
    ltS: flag64((a, b) => a < b),
    gtS: flag64((a, b) => a > b),
    leS: flag64((a, b) => a <= b),
    geS: flag64((a, b) => a >= b),
    add: by64((a, b) => a + b),
    sub: by64((a, b) => a - b),
    mul: by64((a, b) => a * b),
    bitmask: (a) => read64(a).reduce((bits, lane, i) => bits | (bool(lane < 0n) << i), 0),
    allTrue: (a) => bool(read64(a).every((lane) => lane !== 0n)),
  },
  f64x2: {
    eq: compareDoubles((a, b) => a === b),
    ne: compareDoubles((a, b) => a !== b),
    lt: compareDoubles((a, b) => a < b),
    gt: compareDoubles((a, b) => a > b),
    le: compareDoubles((a, b) => a <= b),
    ge: compareDoubles((a, b) => a >= b),
    add: byDouble((a, b) => a + b),
    sub: byDouble((a, b) => a - b),
    mul: byDouble((a, b) => a * b),
    div: byDouble((a, b) => a / b),
  },
};

/** Every NaN is the same one: which bits it has, the machine decides. */
const comparable = (name: string, value: Operand | null) =>
  value instanceof Uint8Array ? (name === 'f64x2' ? readF64(value) : [...value]) : value;

describe.each(Object.keys(VECTOR_MEANINGS) as ('v128' | 'i32x4' | 'i64x2' | 'f64x2')[])('%s', (group) => {
  const instructions = GROUPS[group] as unknown as Record<string, Instruction>;
  const meanings = VECTOR_MEANINGS[group] as Record<string, OfBytes>;

  it('has a meaning for every instruction', () => {
    const names = Object.keys(instructions).filter(
      (name) => !['const', 'splat'].includes(name) && !isMemoryAccess(name),
    );
    expect(Object.keys(meanings).sort()).toEqual(names.sort());
  });

  it.each(Object.keys(meanings))('%s computes what its name says', (name) => {
    const make = instructions[name] as Instruction;
    const isFlag = group === 'f64x2' && !['add', 'sub', 'mul', 'div'].includes(name);
    for (const a of VECTORS) {
      for (const b of VECTORS) {
        const [found] = run([make(...[w.v128.const(a), w.v128.const(b)].slice(0, make.length))]);
        const expected = (meanings[name] as OfBytes)(a, b);
        const as = isFlag ? 'flags' : group;
        expect([name, a, b, comparable(as, found as Operand)]).toEqual([name, a, b, comparable(as, expected)]);
      }
    }
  });
});

it('spreads a scalar over all lanes', () => {
  expect(run([w.i32x4.splat(w.i32.const(-7))])).toEqual([lanes(32, [-7n, -7n, -7n, -7n])]);
  expect(run([w.i64x2.splat(w.i64.const(-7n))])).toEqual([lanes(64, [-7n, -7n])]);
  expect(run([w.f64x2.splat(w.f64.const(0.25))])).toEqual([doubles([0.25, 0.25])]);
});
