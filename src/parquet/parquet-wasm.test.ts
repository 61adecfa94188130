import { expect, it } from 'vitest';
import { withParquetWasm } from './parquet-wasm.ts';

const panic = () => {
  throw new WebAssembly.RuntimeError('unreachable');
};

it('loads once and keeps the instance', async () => {
  const first = await withParquetWasm((wasm) => wasm.wasmMemory());
  expect(await withParquetWasm((wasm) => wasm.wasmMemory())).toBe(first);
});

it('keeps the instance after an ordinary error', async () => {
  const first = await withParquetWasm((wasm) => wasm.wasmMemory());
  const failing = withParquetWasm(() => {
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await withParquetWasm((wasm) => wasm.wasmMemory())).toBe(first);
});

it('takes a new instance after a panic, also for callers already under way', async () => {
  const first = await withParquetWasm((wasm) => wasm.wasmMemory());
  const [failed, next] = await Promise.allSettled([
    withParquetWasm(panic),
    withParquetWasm((wasm) => wasm.wasmMemory()),
  ]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { name: 'RuntimeError' } });
  expect(next.status === 'fulfilled' && next.value !== first).toBe(true);
});

it('gives up, with a name, after 64 restarts', async () => {
  for (let crash = 0; crash < 70; crash++) {
    const error = await withParquetWasm(panic).catch((thrown: unknown) => thrown);
    if (error instanceof WebAssembly.RuntimeError) continue;
    expect(error).toMatchObject({
      code: 'SQ4010',
      message: 'the Parquet decoder has crashed 64 times in this process',
    });
    await expect(withParquetWasm(() => 1)).rejects.toMatchObject({ code: 'SQ4010' });
    return;
  }
  throw new Error('it never gave up');
});
