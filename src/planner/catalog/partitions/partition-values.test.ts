import { describe, expect, it } from 'vitest';
import { BIGINT, DOUBLE, INTERVAL, VARCHAR } from '../../../common/types.ts';
import { valueMayMatch, valueStatistics } from './partition-values.ts';

const bound = (value: bigint | string | number | null, inclusive = true) => ({ value, inclusive });

describe('a file whose rows have one value', () => {
  it.each([
    [{ kind: 'range', min: bound(5n), max: bound(5n) }, 5n, true],
    [{ kind: 'range', min: bound(5n, false) }, 5n, false],
    [{ kind: 'range', max: bound(4n) }, 5n, false],
    [{ kind: 'range', min: bound(null) }, 5n, false],
    [{ kind: 'in', values: [1n, 5n] }, 5n, true],
    [{ kind: 'in', values: [] }, 5n, false],
    [{ kind: 'notNull' }, 5n, true],
    [{ kind: 'isNull' }, 5n, false],
    [{ kind: 'range', min: bound(0n) }, null, false],
    [{ kind: 'in', values: [0n] }, null, false],
    [{ kind: 'notNull' }, null, false],
    [{ kind: 'isNull' }, null, true],
  ] as const)('%o of %s is %s', (constraint, value, expected) => {
    expect(valueMayMatch({ column: 0, ...constraint }, value, BIGINT)).toBe(expected);
  });

  it('may match in any way when the value is no number', () => {
    expect(valueMayMatch({ column: 0, kind: 'range', max: bound(1) }, Number.NaN, DOUBLE)).toBe(true);
  });
});

describe('statistics of a partition column', () => {
  it('are exact', () => {
    const files = [
      { rows: 10, value: 'b' },
      { rows: 30, value: 'éa' },
      { rows: 5, value: null },
      { rows: 0, value: 'zzz' },
      { rows: 20, value: 'b' },
    ];
    expect(valueStatistics(files, VARCHAR)).toEqual({
      min: 'b',
      max: 'éa',
      nullCount: 5,
      distinct: 2,
      unique: false,
      bytes: 2,
    });
  });

  it('have no ends where there is no order', () => {
    const nothing = { nullCount: 0, unique: false };
    expect(valueStatistics([], BIGINT)).toEqual({ ...nothing, distinct: 0 });
    expect(valueStatistics([{ rows: 1, value: Number.NaN }], DOUBLE)).toEqual({ ...nothing, distinct: 1 });
    const day = { months: 0, days: 1, micros: 0n };
    expect(valueStatistics([{ rows: 1, value: day }], INTERVAL)).toEqual({ ...nothing, distinct: 1 });
  });
});
