import { expect, it } from 'vitest';
import { qError } from './q-error.ts';

it.each([
  [100, 100, 1],
  [200, 100, 2],
  [100, 200, 2],
  [0, 0, 1],
  [0.25, 10, 10],
  [50, 0, 50],
])('%d rows estimated, %d delivered: %d', (estimated, actual, error) => {
  expect(qError(estimated, actual)).toBe(error);
});
