import { expect, it } from 'vitest';
import { moving, whileNothingMoves } from './moves.ts';

it('reads again what a move has met, at its beginning or its end', async () => {
  let reads = 0;
  const pause = () => new Promise((resolve) => setImmediate(resolve));
  const read = async () => {
    reads++;
    await pause();
    return reads;
  };
  expect(await whileNothingMoves(read)).toBe(1);
  let end: () => void = () => undefined;
  const move = moving(
    () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
  );
  const met = whileNothingMoves(async () => {
    if (reads === 1) end();
    return read();
  });
  await move;
  expect(await met).toBe(3);
  await expect(moving(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(await whileNothingMoves(read)).toBe(4);
});
