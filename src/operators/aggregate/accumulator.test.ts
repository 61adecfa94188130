import { describe, expect, it } from 'vitest';
import { BIGINT, decimal, type SqlType, type Value } from '../../common/types.ts';
import { accumulatorFactory } from './accumulator.ts';
import { resolveAggregate } from './functions.ts';

const WIDE = decimal(38, 4);
const MAX = 10n ** 38n - 1n;

/** The result over parts that were aggregated one by one, and the states that travelled. */
function merged(name: string, type: SqlType, parts: readonly (readonly Value[])[]) {
  const create = accumulatorFactory(name, [type]);
  const total = create();
  const states = parts.map((values) => {
    const part = create();
    for (const value of values) part.add(value);
    return part.states();
  });
  for (const state of states) total.merge(state);
  return { states, result: () => total.result() };
}

describe('states of exact sums', () => {
  it.each(['sum', 'avg'])('%s of parts that do not fit 38 digits, though the whole does', (name) => {
    const { states, result } = merged(name, WIDE, [[MAX, MAX, null, MAX], [-MAX, -MAX], [-MAX, 5n], [null], []]);
    expect(result()).toBe(name === 'sum' ? 5n : 0.0005 / 7);
    const types = resolveAggregate(name, [WIDE])?.states.map(({ type }) => type);
    expect(types).toEqual(name === 'sum' ? [WIDE, BIGINT] : [BIGINT, WIDE, BIGINT]);
    for (const state of states) expect(state).toHaveLength(types?.length ?? 0);
  });

  it('a whole that does not fit is an error, however it was cut', () => {
    for (const parts of [
      [[MAX, 1n]],
      [[MAX], [1n]],
      [
        [MAX, MAX],
        [-MAX, 1n],
      ],
    ]) {
      expect(merged('sum', WIDE, parts).result).toThrow(
        'sum 10000000000000000000000000000000000.0000 is out of range for decimal(38,4)',
      );
    }
  });

  it('no value is NULL', () => {
    expect(merged('sum', WIDE, [[null], []]).result()).toBe(null);
    expect(merged('avg', WIDE, [[null], []]).result()).toBe(null);
  });
});
