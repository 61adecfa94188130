import { describe, expect, it } from 'vitest';
import { call, literal } from '../../../test/oracle/expr-builder.ts';
import type { SqlType, Value } from '../../common/types.ts';
import {
  BIGINT,
  BOOLEAN,
  DATE,
  DOUBLE,
  decimal,
  INTEGER,
  INTERVAL,
  NULL,
  REAL,
  SMALLINT,
  sameType,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  TINYINT,
  typeName,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from '../../common/types.ts';
import { extractFunction } from './functions/date-fields.ts';
import { functionEntries, functionNames, resolveFunction } from './functions.ts';
import { evaluateConstant } from './interpret.ts';

const TYPES: readonly SqlType[] = [
  NULL,
  BOOLEAN,
  TINYINT,
  SMALLINT,
  INTEGER,
  BIGINT,
  UTINYINT,
  UINTEGER,
  UBIGINT,
  REAL,
  DOUBLE,
  DATE,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  INTERVAL,
  VARCHAR,
  decimal(9, 2),
  decimal(15, 2),
  decimal(38, 0),
  decimal(38, 38),
  { kind: 'list', element: INTEGER },
];

const typeOf = (name: string, ...types: SqlType[]) => {
  const resolved = resolveFunction(name, types);
  return resolved && typeName(resolved.type);
};

describe('resolution', () => {
  it('gives an overload that resolves to itself', () => {
    for (const name of functionNames()) {
      for (const a of TYPES) {
        for (const types of [[a], ...TYPES.map((b) => [a, b]), ...TYPES.map((b) => [a, b, a])]) {
          const first = resolveFunction(name, types);
          if (!first) continue;
          expect(first.argTypes.length).toBe(types.length);
          const again = resolveFunction(name, first.argTypes);
          expect(again, `${name}(${types.map(typeName)})`).toEqual(first);
        }
      }
    }
  });

  it('gives aliases the name of what they are', () => {
    const resolved = (name: string, ...types: SqlType[]) => resolveFunction(name, types);
    expect(resolved('substr', VARCHAR, INTEGER)).toEqual(resolved('substring', VARCHAR, INTEGER));
    expect(resolved('year', DATE)).toEqual(resolved('extract_year', DATE));
    for (const { name, aliasOf } of functionEntries()) {
      if (aliasOf === undefined) continue;
      expect(functionNames(), name).toContain(aliasOf);
      for (const a of TYPES) {
        for (const types of [[a], ...TYPES.map((b) => [a, b]), ...TYPES.map((b) => [a, b, a])]) {
          const alias = resolveFunction(name, types);
          if (alias) expect(alias, `${name}(${types.map(typeName)})`).toEqual(resolveFunction(aliasOf, types));
        }
      }
    }
  });

  it('knows no other function, and no other count of arguments', () => {
    expect(resolveFunction('frobnicate', [INTEGER])).toBe(null);
    expect(resolveFunction('constructor', [INTEGER])).toBe(null);
    expect(resolveFunction('lower', [])).toBe(null);
    expect(resolveFunction('=', [INTEGER])).toBe(null);
    expect(resolveFunction('=', [INTEGER, INTEGER, INTEGER])).toBe(null);
  });

  it('does not compare text with numbers or dates', () => {
    expect(resolveFunction('=', [VARCHAR, INTEGER])).toBe(null);
    expect(resolveFunction('<', [VARCHAR, DATE])).toBe(null);
    expect(resolveFunction('=', [NULL, DATE])?.argTypes).toEqual([DATE, DATE]);
  });

  it('has a line of documentation for every function', () => {
    for (const { name, doc } of functionEntries()) expect(doc, name).toMatch(/^\S.+[^.]$/);
  });

  it.each([
    ['+', [INTEGER, BIGINT], 'bigint'],
    ['+', [SMALLINT, SMALLINT], 'smallint'],
    ['+', [UINTEGER, INTEGER], 'bigint'],
    ['+', [UBIGINT, BIGINT], 'decimal(21,0)'],
    ['+', [decimal(15, 2), decimal(15, 2)], 'decimal(16,2)'],
    ['-', [INTEGER, decimal(15, 2)], 'decimal(16,2)'],
    ['+', [decimal(15, 2), decimal(10, 4)], 'decimal(18,4)'],
    ['+', [decimal(38, 2), decimal(38, 4)], 'decimal(38,4)'],
    ['*', [decimal(15, 2), decimal(16, 2)], 'decimal(31,4)'],
    ['*', [decimal(31, 4), decimal(16, 2)], 'decimal(38,6)'],
    ['*', [decimal(38, 30), decimal(38, 30)], null],
    ['/', [decimal(15, 2), INTEGER], 'double'],
    ['/', [INTEGER, INTEGER], 'integer'],
    ['%', [decimal(15, 2), decimal(10, 4)], 'decimal(17,4)'],
    ['*', [REAL, REAL], 'real'],
    ['*', [REAL, INTEGER], 'double'],
    ['*', [decimal(5, 2), DOUBLE], 'double'],
    ['+', [DATE, INTEGER], 'date'],
    ['+', [INTEGER, DATE], 'date'],
    ['-', [DATE, DATE], 'integer'],
    ['-', [INTEGER, DATE], null],
    ['+', [DATE, INTERVAL], 'timestamp'],
    ['-', [TIMESTAMP, DATE], 'interval'],
    ['+', [TIMESTAMPTZ, INTERVAL], 'timestamp with time zone'],
    ['+', [VARCHAR, INTEGER], null],
    ['negate', [UINTEGER], 'bigint'],
    ['negate', [INTERVAL], 'interval'],
    ['round', [decimal(9, 2)], 'decimal(8,0)'],
    ['round', [decimal(9, 2), INTEGER], 'decimal(10,2)'],
    ['||', [VARCHAR, INTEGER], 'varchar'],
    ['||', [INTEGER, INTEGER], null],
    ['length', [VARCHAR], 'integer'],
    ['extract_year', [DATE], 'bigint'],
    ['extract_second', [TIMESTAMP], 'decimal(8,6)'],
    ['extract_year', [TIME], null],
    ['extract_hour', [DATE], 'bigint'],
    ['date_trunc', [VARCHAR, DATE], 'timestamp'],
    ['greatest', [INTEGER, decimal(5, 2), NULL], 'decimal(12,2)'],
    ['sqrt', [INTEGER], 'double'],
  ])('%s(%j) is %s', (name, types, expected) => {
    expect(typeOf(name as string, ...(types as SqlType[]))).toBe(expected);
  });

  it('has a function for every field of EXTRACT', () => {
    expect(extractFunction('YEAR')).toBe('extract_year');
    expect(extractFunction('dayofweek')).toBe('extract_dow');
    expect(extractFunction('constructor')).toBe(null);
    expect(sameType(resolveFunction('extract_epoch', [TIMESTAMP])!.type, decimal(21, 6))).toBe(true);
  });
});

const int = (value: Value) => literal(value, INTEGER);
const big = (value: Value) => literal(value, BIGINT);
const text = (value: Value) => literal(value, VARCHAR);
const dec = (value: bigint, precision: number, scale: number) => literal(value, decimal(precision, scale));
const double = (value: number) => literal(value, DOUBLE);
const run = (name: string, ...args: Parameters<typeof call>[1][]) => evaluateConstant(call(name, ...args));

describe('arithmetic', () => {
  it.each([
    ['+', int(2147483647), int(1), '2147483647 + 1 is out of range for integer'],
    ['-', int(-2147483648), int(1), '-2147483648 - 1 is out of range for integer'],
    ['*', big(2n ** 62n), big(2n), '4611686018427387904 * 2 is out of range for bigint'],
    ['/', big(-(2n ** 63n)), big(-1n), '-9223372036854775808 / -1 is out of range for bigint'],
    ['+', literal(100, TINYINT), literal(28, TINYINT), '100 + 28 is out of range for tinyint'],
    ['-', literal(1, UINTEGER), literal(2, UINTEGER), '1 - 2 is out of range for uinteger'],
    [
      '*',
      dec(10n ** 37n, 38, 0),
      dec(100n, 3, 0),
      '10000000000000000000000000000000000000 * 100 is out of range for decimal(38,0)',
    ],
    [
      '+',
      dec(10n ** 38n - 1n, 38, 2),
      dec(1n, 38, 2),
      '999999999999999999999999999999999999.99 + 0.01 is out of range for decimal(38,2)',
    ],
    ['*', double(1e308), double(10), '1e+308 * 10 is out of range for double'],
    ['/', int(1), int(0), 'division by zero'],
    ['%', big(1n), big(0n), 'division by zero'],
    ['/', double(1), double(0), 'division by zero'],
    ['/', dec(1n, 3, 2), dec(0n, 3, 2), 'division by zero'],
  ])('%s names what went wrong', (name, a, b, message) => {
    expect(() => run(name, a, b)).toThrow(expect.objectContaining({ message }));
  });

  it('truncates integer division and keeps the sign of the left operand in a remainder', () => {
    expect([run('/', int(-7), int(2)), run('%', int(-7), int(2)), run('%', int(-2147483648), int(-1))]).toEqual([
      -3, -1, 0,
    ]);
    expect([run('/', big(-7n), big(2n)), run('%', big(7n), big(-2n))]).toEqual([-3n, 1n]);
  });

  it('divides decimals exactly and rounds once', () => {
    expect(run('/', dec(1n, 2, 1), dec(3n, 1, 0))).toBe(0.1 / 3);
    expect(run('/', dec(10n ** 38n - 1n, 38, 0), dec(3n, 1, 0))).toBe(3.3333333333333333e37);
    expect(run('/', dec(9007199254740993n, 38, 0), dec(1n, 1, 0))).toBe(9007199254740992);
  });

  it('has no negative zero among integers', () => {
    for (const value of [run('*', int(0), int(-1)), run('negate', int(0)), run('/', int(-1), int(2))]) {
      expect(Object.is(value, 0)).toBe(true);
    }
  });

  it('negates and takes absolute values up to the edge', () => {
    expect(() => run('negate', int(-2147483648))).toThrow('-(-2147483648) is out of range for integer');
    expect(() => run('abs', big(-(2n ** 63n)))).toThrow('abs(-9223372036854775808) is out of range for bigint');
    expect(run('negate', literal(255, UTINYINT))).toBe(-255);
  });
});

describe('comparison', () => {
  const NAN = double(Number.NaN);

  it('holds NaN equal to itself and greater than all else', () => {
    expect([run('=', NAN, NAN), run('>', NAN, double(Number.POSITIVE_INFINITY)), run('<', NAN, double(1))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(run('=', double(0), double(-0))).toBe(true);
  });

  it('orders text by its UTF-8 bytes', () => {
    expect(run('<', text('\uffee'), text('😀'))).toBe(true);
    expect(run('<', text('Z'), text('a'))).toBe(true);
    expect(run('<', text('a'), text('ab'))).toBe(true);
  });

  it('compares numbers of different types exactly', () => {
    expect(run('=', big(9007199254740993n), dec(9007199254740993n, 38, 0))).toBe(true);
    expect(run('<', literal(-1, TINYINT), literal(2n ** 64n - 1n, UBIGINT))).toBe(true);
  });

  it('greatest and least pass over NULLs', () => {
    expect([run('greatest', int(1), int(null), int(3)), run('least', int(null), int(null))]).toEqual([3, null]);
  });
});

describe('rounding', () => {
  it.each([
    ['round', dec(250n, 5, 2), 3n],
    ['round', dec(-250n, 5, 2), -3n],
    ['floor', dec(-1n, 5, 2), -1n],
    ['ceil', dec(1n, 5, 2), 1n],
    ['ceil', dec(-199n, 5, 2), -1n],
    ['trunc', dec(-199n, 5, 2), -1n],
    ['round', double(2.5), 2],
    ['round', double(-3.5), -4],
    ['floor', int(7), 7],
    ['sign', double(-0.5), -1],
    ['sign', dec(-1n, 5, 2), -1],
  ])('%s', (name, arg, expected) => {
    expect(run(name, arg)).toBe(expected);
  });

  it('rounds to digits, left of the point too', () => {
    expect(run('round', dec(12345n, 7, 2), int(1))).toBe(12350n);
    expect(run('round', dec(12345n, 7, 2), int(-2))).toBe(10000n);
    expect(run('round', dec(99999n, 5, 2), int(-3))).toBe(100000n);
    expect(run('trunc', dec(12345n, 7, 2), int(-9))).toBe(0n);
    expect(run('round', double(2.675), int(2))).toBe(2.68);
    expect(run('round', double(1234.5), int(-2))).toBe(1200);
  });
});

describe('mathematics', () => {
  it.each([
    ['sqrt', [double(-1)], 'square root of a negative number'],
    ['ln', [double(0)], 'logarithm of zero'],
    ['ln', [double(-1)], 'logarithm of a negative number'],
    ['power', [double(0), double(-1)], 'zero raised to a negative power'],
    ['power', [double(-8), double(0.5)], 'a negative number raised to a power that is not whole'],
    ['exp', [double(1000)], 'exp(1000) is out of range for double'],
  ])('%s says why it has no value', (name, args, message) => {
    expect(() => run(name, ...args)).toThrow(expect.objectContaining({ message }));
  });

  it('computes', () => {
    expect([run('sqrt', int(9)), run('power', int(2), int(10)), run('ln', double(1)), run('exp', double(0))]).toEqual([
      3, 1024, 0, 1,
    ]);
  });
});

describe('text', () => {
  it.each([
    [['hello', 2, 3], 'ell'],
    [['hello', 0, 3], 'he'],
    [['hello', -2, 3], ''],
    [['hello', -2, 5], 'he'],
    [['hello', 2, 0], ''],
    [['hello', 9, 2], ''],
    [['a😀b', 2, 1], '😀'],
  ])('substring%j is %j', ([source, from, count], expected) => {
    expect(run('substring', text(source as string), big(BigInt(from as number)), big(BigInt(count as number)))).toBe(
      expected,
    );
  });

  it('substring without length, and with a negative one', () => {
    expect(run('substring', text('hello'), int(-5))).toBe('hello');
    expect(run('substring', text('hello'), int(3))).toBe('llo');
    expect(() => run('substring', text('hello'), int(1), int(-1))).toThrow('substring: the length -1 is negative');
  });

  it('counts code points and bytes', () => {
    expect([run('length', text('a😀é')), run('octet_length', text('a😀é'))]).toEqual([3, 7]);
    expect([
      run('strpos', text('a😀b'), text('b')),
      run('position', text('abc'), text('x')),
      run('strpos', text('x'), text('')),
    ]).toEqual([3, 0, 1]);
  });

  it('trims spaces, or the characters given', () => {
    expect([
      run('trim', text('  a b ')),
      run('ltrim', text('xxay'), text('yx')),
      run('rtrim', text('ab😀'), text('😀')),
    ]).toEqual(['a b', 'ay', 'ab']);
    expect(run('trim', text('\ta '))).toBe('\ta');
  });

  it('changes case without changing lengths', () => {
    expect([run('upper', text('straße')), run('lower', text('ÀÉ'))]).toEqual(['STRAßE', 'àé']);
  });

  it('concatenates', () => {
    expect([
      run('||', text('a'), text(null)),
      run('concat', text('a'), text(null), text('b')),
      run('||', text('n='), int(5)),
    ]).toEqual([null, 'ab', 'n=5']);
  });

  it('replaces', () => {
    expect([
      run('replace', text('aXbX'), text('X'), text('$&')),
      run('replace', text('a'), text(''), text('b')),
    ]).toEqual(['a$&b$&', 'a']);
  });
});

describe('dates and times', () => {
  const date = (value: string) => evaluateConstant({ kind: 'cast', input: text(value), type: DATE, try: false });
  const timestamp = (value: string) =>
    literal(evaluateConstant({ kind: 'cast', input: text(value), type: TIMESTAMP, try: false }), TIMESTAMP);
  const interval = (months: number, days = 0, micros = 0n) => literal({ months, days, micros }, INTERVAL);
  const shown = (name: string, ...args: Parameters<typeof call>[1][]) =>
    evaluateConstant({ kind: 'cast', input: call(name, ...args), type: VARCHAR, try: false });
  const day = (value: string) => literal(date(value), DATE);

  it('clips months to their last day', () => {
    expect(shown('+', day('2024-01-31'), interval(1))).toBe('2024-02-29 00:00:00');
    expect(shown('-', day('2023-03-31'), interval(1))).toBe('2023-02-28 00:00:00');
    expect(shown('+', timestamp('2024-01-31 10:00:00'), interval(13, 1, 60_000_000n))).toBe('2025-03-01 10:01:00');
  });

  it('counts days', () => {
    expect(run('-', day('1998-12-01'), day('1998-09-02'))).toBe(90);
    expect(shown('-', day('1998-12-01'), int(90))).toBe('1998-09-02');
    expect(shown('-', timestamp('2020-01-01'), timestamp('2019-01-01 03:00:00'))).toBe('364 days 21:00:00');
    expect(shown('-', timestamp('2019-01-01 03:00:00'), timestamp('2020-01-01'))).toBe('-364 days -21:00:00');
  });

  it('leaves no range silently', () => {
    expect(() => run('+', day('1970-01-01'), big(2n ** 40n))).toThrow(
      '1970-01-01 + 1099511627776 is out of range for date',
    );
    expect(() => run('+', day('1970-01-01'), interval(2 ** 30))).toThrow('is out of range for timestamp');
    const ten = literal(36_000_000_000n, TIME);
    const late = '999999-01-01 + 10:00:00 is out of range for timestamp';
    expect(() => run('+', day('999999-01-01'), ten)).toThrow(late);
    expect(() => run('+', ten, day('999999-01-01'))).toThrow(late);
  });

  it.each([
    ['year', '2024-02-29', 2024n],
    ['quarter', '2024-02-29', 1n],
    ['doy', '2024-12-31', 366n],
    ['dow', '2024-02-25', 0n],
    ['isodow', '2024-02-25', 7n],
    ['week', '2021-01-03', 53n],
    ['isoyear', '2021-01-03', 2020n],
    ['century', '2000-12-31', 20n],
    ['century', '2001-01-01', 21n],
    ['year', '0001-01-01 BC', -1n],
    ['century', '0001-01-01 BC', -1n],
  ])('%s of %s', (field, value, expected) => {
    expect(run(`extract_${field}`, day(value))).toBe(expected);
  });

  it('has fractions in seconds and epochs', () => {
    const at = timestamp('1969-12-31 23:59:58.5');
    expect([run('extract_second', at), run('extract_epoch', at), run('date_part', text('epoch'), at)]).toEqual([
      58_500_000n,
      -1_500_000n,
      -1.5,
    ]);
    expect(() => run('date_part', text('hours ago'), at)).toThrow("date_part does not know the unit 'hours ago'");
  });

  it.each([
    ['millennium', '2001-01-01'],
    ['century', '2001-01-01'],
    ['decade', '2020-01-01'],
    ['quarter', '2024-04-01'],
    ['week', '2024-05-13'],
    ['hour', '2024-05-15 13:00:00'],
  ])('truncates to the %s', (unit, expected) => {
    expect(String(shown('date_trunc', text(unit), timestamp('2024-05-15 13:14:15.5')))).toMatch(
      new RegExp(`^${expected}`),
    );
  });
});
