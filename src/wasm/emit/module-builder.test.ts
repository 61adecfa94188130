import { describe, expect, it } from 'vitest';
import * as w from './code.ts';
import { dumpModule } from './dump.ts';
import { ModuleBuilder } from './module-builder.ts';

const { i32, i64, f64, get, set } = w;

function instantiate(module: ModuleBuilder, memory = new WebAssembly.Memory({ initial: 1 }), kernels = {}) {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory }, ...kernels });
  return instance.exports as Record<string, (...args: unknown[]) => unknown>;
}

/** sum(address, count): the i64 values, each increased by a kernel. */
function sumModule(): ModuleBuilder {
  const module = new ModuleBuilder();
  const increase = module.importKernel('demo', 'increase', ['i64'], 'i64');
  const sum = module.function(
    'sum',
    [
      { type: 'i32', name: 'address' },
      { type: 'i32', name: 'count' },
    ],
    'i64',
  );
  const [address, count] = [sum.param('i32', 0), sum.param('i32', 1)];
  const [i, total] = [sum.local('i32', 'i'), sum.local('i64', 'total')];
  const value = i64.load(i32.add(get(address), i32.shl(get(i), i32.const(3))), 16);
  sum.setBody([
    w.countUp(i, count, () => [set(total, i64.add(get(total), w.call(increase, value)))]),
    w.ret(get(total)),
  ]);
  return module;
}

it('builds a module that loops over memory and calls a kernel', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  new BigInt64Array(memory.buffer, 16 + 64, 3).set([5n, -7n, 2n ** 62n]);
  const { sum } = instantiate(sumModule(), memory, { demo: { increase: (value: bigint) => value + 1n } });
  expect(sum?.(64, 3)).toBe(2n ** 62n + 1n);
  expect(sum?.(64, 0)).toBe(0n);
});

it('imports a memory of any size, and nothing but kernels', () => {
  const module = new WebAssembly.Module(sumModule().encode());
  expect(WebAssembly.Module.imports(module)).toEqual([
    { module: 'env', name: 'memory', kind: 'memory' },
    { module: 'demo', name: 'increase', kind: 'function' },
  ]);
});

it('shows itself as text', () => {
  expect(dumpModule(sumModule())).toMatchInlineSnapshot(`
    "(module
      (import "env" "memory" (memory 0))
      (import "demo" "increase" (func $demo.increase (param i64) (result i64)))
      (func $sum (export "sum") (param $address_0 i32) (param $count_1 i32) (result i64)
        (local $i_2 i32) (local $total_3 i64)
        (block $block
          (br_if $block (i32.ge_u $i_2 $count_1))
          (loop $loop
            (block $next
              (local.set $total_3
                (i64.add
                  $total_3
                  (call $demo.increase (i64.load offset=16 (i32.add $address_0 (i32.shl $i_2 (i32.const 3))))))))
            (local.set $i_2 (i32.add $i_2 (i32.const 1)))
            (br_if $loop (i32.lt_u $i_2 $count_1))))
        (return $total_3))
    )"
  `);
});

describe('constants', () => {
  it.each([0, 1, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31), 0xdeadbeef | 0])('i32 %d', (value) => {
    const module = new ModuleBuilder();
    module.function('f', [], 'i32').setBody([w.ret(i32.const(value))]);
    expect(instantiate(module).f?.()).toBe(value);
  });

  it.each([0n, -1n, 63n, 64n, -64n, -65n, 2n ** 63n - 1n, -(2n ** 63n), 1n << 40n])('i64 %d', (value) => {
    const module = new ModuleBuilder();
    module.function('f', [], 'i64').setBody([w.ret(i64.const(value))]);
    expect(instantiate(module).f?.()).toBe(value);
  });

  it.each([0, -0, 1.5, Number.NaN, Number.NEGATIVE_INFINITY, 5e-324])('f64 %d', (value) => {
    const module = new ModuleBuilder();
    module.function('f', [], 'f64').setBody([w.ret(f64.const(value))]);
    expect(instantiate(module).f?.()).toBe(value);
  });
});

it('has every instruction under its own name', () => {
  const module = new ModuleBuilder();
  const zero = { i32: i32.const(0), i64: i64.const(0n), f32: w.f32.const(1), f64: f64.const(1) };
  const vector = w.v128.const(new Uint8Array(16));
  const operands: Record<string, w.Code> = { ...zero, v128: vector };
  const f = module.function('f', [], 'void');
  const body: w.Statement[] = [];
  const names: string[] = [];
  for (const group of [i32, i64, w.f32, f64, w.v128, w.i32x4, w.i64x2, w.f64x2]) {
    for (const [key, make] of Object.entries(group)) {
      if (key === 'const') continue;
      names.push(key);
      body.push(accepted(module, make as (...args: w.Code[]) => w.Code, Object.values(operands)));
    }
  }
  f.setBody(body);
  expect(WebAssembly.validate(module.encode())).toBe(true);
  expect(names.length).toBeGreaterThan(200);
});

/** The instruction over the first operands that the engine's validation accepts for it. */
function accepted(_: ModuleBuilder, make: (...args: w.Code[]) => w.Code, operands: readonly w.Code[]): w.Statement {
  for (const a of operands) {
    for (const b of operands) {
      const code = make.length === 1 || isLoad(make, a) ? make(a) : make(a, b);
      const statement = code.type === 'void' ? (code as w.Statement) : w.drop(code);
      const module = new ModuleBuilder();
      module.function('f', [], 'void').setBody([statement]);
      if (WebAssembly.validate(module.encode())) return statement;
    }
  }
  throw new Error(`no operands fit ${make}`);
}

const isLoad = (make: (...args: w.Code[]) => w.Code, a: w.Code) => {
  const code = make(a, i32.const(0));
  return code.kind === 'op' && /load/.test(code.op.name);
};

it('branches out of blocks and tables', () => {
  const module = new ModuleBuilder();
  const f = module.function('f', [{ type: 'i32', name: 'x' }], 'i32');
  const x = f.param('i32', 0);
  f.setBody([
    w.block((other) => [
      w.block((one) => [w.block((zero) => [w.brTable(get(x), [zero, one], other)]), w.ret(i32.const(100))]),
      w.ret(i32.const(101)),
    ]),
    w.when(
      i32.ltS(get(x), i32.const(0)),
      [w.ret(i32.const(-1))],
      [w.ret(w.select(get(x), i32.const(9), i32.const(1)))],
    ),
    w.ret(w.choose(get(x), i32.const(1), i32.const(2))),
  ]);
  const run = instantiate(module).f;
  expect([0, 1, 2, 50, -5].map((value) => run?.(value))).toEqual([100, 101, 2, 50, -1]);
});

it('tells a generator its mistakes', () => {
  const module = new ModuleBuilder();
  const kernel = module.importKernel('k', 'f', ['i64'], 'void');
  expect(() => w.call(kernel, i32.const(1))).toThrow('f(i64) is called with (i32)');
  expect(() => module.importKernel('k', 'f', ['i32'], 'void')).toThrow('kernel k.f is imported with two signatures');
  const f = module.function('f', [], 'void');
  expect(() => f.param('i32', 0)).toThrow('f has no parameter 0 of type i32');
  f.setBody([w.br({ name: 'elsewhere' })]);
  expect(() => module.encode()).toThrow('a branch leaves for "elsewhere", which is not around it');
});
