import { describe, expect, it } from 'vitest';
import type { SqlType, Value } from '../../common/types.ts';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  REAL,
  SMALLINT,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  typeName,
  UBIGINT,
  UTINYINT,
  UUID,
  VARCHAR,
} from '../../common/types.ts';
import { castFunction } from './cast.ts';
import { canCast, canImplicitlyCast, commonType } from './coerce.ts';

const cast = (value: Value, from: SqlType, to: SqlType) => castFunction(from, to)(value);
const failure = (value: Value, from: SqlType, to: SqlType) => {
  try {
    return cast(value, from, to);
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message}`;
  }
};

describe('casts to integers', () => {
  it.each<[Value, SqlType, SqlType, Value]>([
    [250n, decimal(5, 2), INTEGER, 3],
    [-250n, decimal(5, 2), INTEGER, -3],
    [249n, decimal(5, 2), BIGINT, 2n],
    [2.5, DOUBLE, INTEGER, 2],
    [3.5, DOUBLE, INTEGER, 4],
    [-2.5, DOUBLE, BIGINT, -2n],
    [-0.4, DOUBLE, INTEGER, 0],
    [true, BOOLEAN, SMALLINT, 1],
    [' +12 ', VARCHAR, INTEGER, 12],
    ['-9223372036854775808', VARCHAR, BIGINT, -(2n ** 63n)],
    [255, INTEGER, UTINYINT, 255],
  ])('%s of %j to %j is %s', (value, from, to, expected) => {
    expect(cast(value, from, to)).toBe(expected);
  });

  it.each<[Value, SqlType, SqlType, string]>([
    ['abc', VARCHAR, INTEGER, "SQ3004 cannot cast 'abc' to integer"],
    ['', VARCHAR, INTEGER, "SQ3004 cannot cast '' to integer"],
    ['1.5', VARCHAR, INTEGER, "SQ3004 cannot cast '1.5' to integer"],
    ["it's", VARCHAR, BIGINT, "SQ3004 cannot cast 'it''s' to bigint"],
    ['x'.repeat(70), VARCHAR, TINYINT, `SQ3004 cannot cast '${'x'.repeat(60)}…' to tinyint`],
    ['300', VARCHAR, TINYINT, "SQ3002 '300' is out of range for tinyint"],
    [300, INTEGER, TINYINT, 'SQ3002 300 is out of range for tinyint'],
    [-1n, BIGINT, UBIGINT, 'SQ3002 -1 is out of range for ubigint'],
    [25550n, decimal(9, 2), UTINYINT, 'SQ3002 255.50 is out of range for utinyint'],
    [Number.NaN, DOUBLE, INTEGER, 'SQ3002 NaN is out of range for integer'],
    [9.3e18, DOUBLE, BIGINT, 'SQ3002 9.3e+18 is out of range for bigint'],
  ])('%s of %j to %j fails', (value, from, to, expected) => {
    expect(failure(value, from, to)).toBe(expected);
  });
});

describe('casts to decimals', () => {
  it.each<[Value, SqlType, SqlType, Value]>([
    [125n, decimal(5, 2), decimal(5, 1), 13n],
    [-125n, decimal(5, 2), decimal(5, 1), -13n],
    [125n, decimal(5, 2), decimal(8, 4), 12500n],
    [7, INTEGER, decimal(5, 2), 700n],
    [0.15, DOUBLE, decimal(5, 1), 2n],
    [1e20, DOUBLE, decimal(38, 2), 10n ** 22n],
    [Math.fround(0.1), REAL, decimal(5, 3), 100n],
    ['1.005', VARCHAR, decimal(5, 2), 101n],
    ['-1e-2', VARCHAR, decimal(5, 2), -1n],
    ['1e-999999999', VARCHAR, decimal(5, 2), 0n],
    ['.5', VARCHAR, decimal(5, 2), 50n],
  ])('%s of %j to %j is %s', (value, from, to, expected) => {
    expect(cast(value, from, to)).toBe(expected);
  });

  it.each<[Value, SqlType, SqlType, string]>([
    [99995n, decimal(5, 2), decimal(4, 1), 'SQ3002 999.95 is out of range for decimal(4,1)'],
    [1000, INTEGER, decimal(5, 2), 'SQ3002 1000 is out of range for decimal(5,2)'],
    [Number.POSITIVE_INFINITY, DOUBLE, decimal(5, 2), 'SQ3002 Infinity is out of range for decimal(5,2)'],
    ['1e999999999', VARCHAR, decimal(38, 0), "SQ3002 '1e999999999' is out of range for decimal(38,0)"],
    ['1,5', VARCHAR, decimal(5, 2), "SQ3004 cannot cast '1,5' to decimal(5,2)"],
    ['.', VARCHAR, decimal(5, 2), "SQ3004 cannot cast '.' to decimal(5,2)"],
  ])('%s of %j to %j fails', (value, from, to, expected) => {
    expect(failure(value, from, to)).toBe(expected);
  });
});

describe('casts to floats', () => {
  it.each<[Value, SqlType, SqlType, Value]>([
    [9007199254740993n, BIGINT, DOUBLE, 9007199254740992],
    [1n, decimal(38, 38), DOUBLE, 1e-38],
    [2n ** 60n + 2n ** 36n + 1n, BIGINT, REAL, 2 ** 60 + 2 ** 37],
    ['1e-400', VARCHAR, DOUBLE, 0],
    [' -Infinity ', VARCHAR, DOUBLE, Number.NEGATIVE_INFINITY],
    ['nan', VARCHAR, REAL, Number.NaN],
    ['0.1', VARCHAR, REAL, Math.fround(0.1)],
    [0.1, DOUBLE, REAL, Math.fround(0.1)],
  ])('%s of %j to %j is %s', (value, from, to, expected) => {
    expect(cast(value, from, to)).toBe(expected);
  });

  it.each<[Value, SqlType, SqlType, string]>([
    ['1e400', VARCHAR, DOUBLE, "SQ3002 '1e400' is out of range for double"],
    ['1e39', VARCHAR, REAL, "SQ3002 '1e39' is out of range for real"],
    [1e39, DOUBLE, REAL, 'SQ3002 1e+39 is out of range for real'],
    ['0x10', VARCHAR, DOUBLE, "SQ3004 cannot cast '0x10' to double"],
  ])('%s of %j to %j fails', (value, from, to, expected) => {
    expect(failure(value, from, to)).toBe(expected);
  });
});

describe('casts between text and everything', () => {
  it.each<[string, SqlType, Value]>([
    ['true', BOOLEAN, true],
    ['1998-09-02', DATE, 10471],
    ['0001-01-01 BC', DATE, -719528],
    ['12:34:56.000001', TIME, 45296000001n],
    ['1998-09-02 00:00:00.5', TIMESTAMP, 904694400500000n],
    ['1998-09-02 12:00:00+00', TIMESTAMPTZ, 904737600000000n],
    ['-1 years -2 mons +3 days -04:05:06.5', INTERVAL, { months: -14, days: 3, micros: -14_706_500_000n }],
    ['00:00:00', INTERVAL, { months: 0, days: 0, micros: 0n }],
    ['f81d4fae-7dec-11d0-a765-00a0c91e6bf6', UUID, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['-0.05', decimal(5, 2), -5n],
    ['0.1', DOUBLE, 0.1],
    ['1e+20', DOUBLE, 1e20],
    ['123456789012345', DOUBLE, 123456789012345],
    ['1e+15', DOUBLE, 1e15],
    ['0.0001', DOUBLE, 0.0001],
    ['1e-05', DOUBLE, 0.00001],
    ['-0', DOUBLE, -0],
    ['0.1', REAL, Math.fround(0.1)],
    ['1e+06', REAL, 1e6],
    ['16777.217', REAL, Math.fround(16777.217)],
  ])('%s is %j both ways', (text, type, value) => {
    expect(cast(text, VARCHAR, type)).toEqual(value);
    expect(cast(value, type, VARCHAR)).toBe(text);
  });

  it.each<[string, SqlType, Value]>([
    ['YES', BOOLEAN, true],
    [' off ', BOOLEAN, false],
    ['1998-9-2', DATE, 10471],
    ['1998-09-02 23:59:59', DATE, 10471],
    ['1998-09-02T00:00', TIMESTAMP, 904694400000000n],
    ['1998-09-02', TIMESTAMP, 904694400000000n],
    ['1998-09-02 00:00:00.1234565', TIMESTAMP, 904694400123457n],
    ['1998-09-02 02:00:00+02:00', TIMESTAMPTZ, 904694400000000n],
    ['1998-09-02 00:00:00Z', TIMESTAMPTZ, 904694400000000n],
    ['24:00:00', TIME, 86_400_000_000n],
    ['90 day', INTERVAL, { months: 0, days: 90, micros: 0n }],
    ['1.5 days 2h', INTERVAL, { months: 0, days: 1, micros: 14n * 3_600_000_000n }],
    ['3 months 1 year', INTERVAL, { months: 15, days: 0, micros: 0n }],
    ['F81D4FAE7DEC11D0A76500A0C91E6BF6', UUID, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
  ])('reads %s', (text, type, value) => {
    expect(cast(text, VARCHAR, type)).toEqual(value);
  });

  it.each<[string, SqlType]>([
    ['maybe', BOOLEAN],
    ['1998-02-29', DATE],
    ['1998-13-01', DATE],
    ['0000-01-01', DATE],
    ['02.09.1998', DATE],
    ['25:00:00', TIME],
    ['12:60', TIME],
    ['1998-09-02 00:00:00+02', TIMESTAMP],
    ['1998-09-02 00:00:00 Mars', TIMESTAMPTZ],
    ['', INTERVAL],
    ['1 fortnight', INTERVAL],
    ['0.5 months', INTERVAL],
    ['999999999999 years', INTERVAL],
    ['f81d4fae', UUID],
  ])('refuses %s as %j', (text, type) => {
    expect(failure(text, VARCHAR, type)).toBe(`SQ3004 cannot cast '${text}' to ${typeName(type)}`);
  });

  it('names a date past the last timestamp', () => {
    expect(failure(2 ** 30, DATE, TIMESTAMP)).toMatch(/^SQ3002 \d+-\d\d-\d\d is out of range for timestamp$/);
    expect(failure('300000-01-01', VARCHAR, TIMESTAMP)).toBe("SQ3002 '300000-01-01' is out of range for timestamp");
  });
});

describe('casts of moments', () => {
  it('floors to the day', () => {
    expect([cast(-1n, TIMESTAMP, DATE), cast(-1n, TIMESTAMP, TIME), cast(1, DATE, TIMESTAMPTZ)]).toEqual([
      -1,
      86_399_999_999n,
      86_400_000_000n,
    ]);
  });
});

describe('coercion', () => {
  it('widens without loss only', () => {
    expect(canImplicitlyCast(INTEGER, BIGINT)).toBe(true);
    expect(canImplicitlyCast(BIGINT, INTEGER)).toBe(false);
    expect(canImplicitlyCast(UTINYINT, SMALLINT)).toBe(true);
    expect(canImplicitlyCast(INTEGER, UBIGINT)).toBe(false);
    expect(canImplicitlyCast(INTEGER, decimal(10, 0))).toBe(true);
    expect(canImplicitlyCast(INTEGER, decimal(11, 2))).toBe(false);
    expect(canImplicitlyCast(decimal(5, 2), decimal(6, 2))).toBe(true);
    expect(canImplicitlyCast(decimal(5, 2), decimal(6, 1))).toBe(false);
    expect(canImplicitlyCast(DATE, TIMESTAMPTZ)).toBe(true);
    expect(canImplicitlyCast(TIMESTAMP, DATE)).toBe(false);
    expect(canImplicitlyCast(VARCHAR, INTEGER)).toBe(false);
    expect(canImplicitlyCast(BOOLEAN, INTEGER)).toBe(false);
  });

  it('finds common types', () => {
    const common = (...types: SqlType[]) => {
      const type = commonType(types);
      return type && typeName(type);
    };
    expect(common()).toBe('null');
    expect(common(INTEGER, UTINYINT, BIGINT)).toBe('bigint');
    expect(common(UBIGINT, TINYINT)).toBe('decimal(20,0)');
    expect(common(decimal(15, 2), BIGINT)).toBe('decimal(21,2)');
    expect(common(decimal(38, 0), decimal(15, 2))).toBe('decimal(38,2)');
    expect(common(REAL, INTEGER)).toBe('double');
    expect(common(DATE, TIMESTAMP)).toBe('timestamp');
    expect(common(VARCHAR, INTEGER)).toBe(null);
  });

  it('knows which casts exist', () => {
    expect([canCast(VARCHAR, DATE), canCast(DATE, INTEGER), canCast(BOOLEAN, DOUBLE), canCast(BLOB, VARCHAR)]).toEqual([
      true,
      false,
      false,
      true,
    ]);
  });
});
