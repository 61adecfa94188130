import { describe, expect, it } from 'vitest';
import { call, literal } from '../../../../test/oracle/expr-builder.ts';
import { ExecutionError } from '../../../common/errors.ts';
import {
  BIGINT,
  BLOB,
  DATE,
  DOUBLE,
  INTEGER,
  type SqlType,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  type Value,
} from '../../../common/types.ts';
import { resolveFunction } from '../functions.ts';
import { evaluateConstant } from '../interpret.ts';
import { parseDate, parseTimestamp } from '../parse-value.ts';
import { valueText } from '../value-text.ts';

const typeOf = (value: Value): SqlType => {
  if (typeof value === 'string') return VARCHAR;
  if (typeof value === 'bigint') return BIGINT;
  if (value instanceof Uint8Array) return BLOB;
  return Number.isInteger(value) ? INTEGER : DOUBLE;
};

const run = (name: string, ...args: readonly Value[]) =>
  evaluateConstant(call(name, ...args.map((value) => literal(value, typeOf(value)))));

const at = (text: string) => literal(parseTimestamp(text, false) as bigint, TIMESTAMP);
const on = (text: string) => literal(parseDate(text) as number, DATE);
const shown = (name: string, ...args: readonly ReturnType<typeof literal>[]) => {
  const expr = call(name, ...args);
  const value = evaluateConstant(expr);
  return value === null ? null : valueText(expr.type)(value);
};
const text = (value: string) => literal(value, VARCHAR);

function messageOf(build: () => unknown): string {
  try {
    return `no error but ${String(build())}`;
  } catch (error) {
    if (error instanceof ExecutionError) return error.message;
    throw error;
  }
}

describe('errors of functions', () => {
  it.each<[string, readonly Value[], string]>([
    ['repeat', ['ab', 1_000_000_000], 'repeat: a text of 2000000000 characters is longer than 268435456'],
    ['lpad', ['a', 1_000_000_000], 'lpad: a text of 1000000000 characters is longer than 268435456'],
    ['split_part', ['a', ',', 0], 'split_part: pieces are counted from 1, or from -1 at the end'],
    ['chr', [0xd800], 'chr: 55296 is no code point'],
    ['unhex', ['0g'], "'0g' is not hexadecimal"],
    ['from_base64', ['a*=='], "'a*==' is not base64"],
    ['decode', [new Uint8Array([0xc3])], 'decode: the bytes are not UTF-8'],
    ['encode', [new Uint8Array([1]), 'zip'], "encode: there is no format 'zip'"],
    ['log', [1, 5], 'logarithm to the base 1'],
    ['asin', [1.5], 'arcsine of a number beyond -1 and 1'],
    ['sin', [Number.POSITIVE_INFINITY], 'sine of an infinite number'],
    ['factorial', [34], 'factorial(34) is out of range for decimal(38,0)'],
    ['factorial', [-1], 'factorial of a negative number'],
    ['gcd', [-(2n ** 63n), -(2n ** 63n)], `gcd(-9223372036854775808, -9223372036854775808) is out of range for bigint`],
    ['lcm', [2n ** 62n, 3n], 'lcm(4611686018427387904, 3) is out of range for bigint'],
    ['width_bucket', [5, 1, 1, 3], 'width_bucket: the bounds are equal'],
    ['<<', [-1, 2], '-1 << 2: a negative number cannot be shifted to the left'],
    ['<<', [1, 63], '1 << 63 is out of range for bigint'],
    ['make_date', [2021, 2, 29], 'make_date(2021, 2, 29) is no date'],
    ['make_date', [0, 1, 1], 'make_date(0, 1, 1) is no date'],
    ['make_time', [25, 0, 0], 'make_time: 25:0:0 is no time of the day'],
    ['to_timestamp', [Number.NaN], 'NaN s is out of range for timestamp with time zone'],
    ['generate_series', [1, 100_000_000], 'generate_series: 100000000 elements are more than 10000000'],
    ['range', [1, 2, 0], 'range: the step is zero'],
    ['strptime', ['2020', '%Y-%m'], "strptime: '2020' is not in the format '%Y-%m'"],
    ['strptime', ['2020', '%Q'], "strptime: there is no specifier '%Q' in '%Q'"],
    ['strptime', ['2020', '%z'], "strptime: the specifier '%z' is for writing alone"],
    ['regexp_matches', ['a', 'x**'], "regular expression 'x**': invalid nested repetition operator at character 2"],
    ['regexp_matches', ['a', 'é[z-a]'], "regular expression 'é[z-a]': invalid character class range at character 3"],
    ['regexp_matches', ['a', 'a(b'], "regular expression 'a(b': missing closing )"],
    [
      'regexp_matches',
      ['a', 'a\\'],
      "regular expression 'a\\': trailing backslash at end of expression at character 3",
    ],
    ['regexp_matches', ['a', 'a', 'q'], "regular expressions have no option 'q'"],
    ['regexp_replace', ['a', '(a)', '\\2'], "regexp_replace: '\\2' in the replacement names no group"],
    ['regexp_extract', ['a', 'a', 10], 'regexp_extract: groups are numbered from 0 to 9, there is no 10'],
    ['similar_to', ['a', 'a#', '#'], "SIMILAR TO pattern 'a#' ends in its escape character"],
    ['timezone', ['Mars/Olympus', 0n], "there is no time zone 'Mars/Olympus'"],
  ])('%s%o', (name, args, message) => {
    const build = () =>
      name === 'timezone'
        ? evaluateConstant(call(name, text(args[0] as string), literal(args[1] as Value, TIMESTAMP)))
        : run(name, ...args);
    expect(messageOf(build)).toBe(message);
  });

  it('refuses random() by name', () => {
    expect(() => run('random')).toThrow('random() is not supported: attempts at one task would give different rows');
  });
});

describe('regular expressions', () => {
  it('run in linear time whatever the pattern', () => {
    const long = `${'a'.repeat(50_000)}b`;
    for (const pattern of ['(a+)+$', '(a|aa)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)(.*)(.*)(.*)[^b]$']) {
      expect(run('regexp_matches', long, pattern)).toBe(false);
    }
    expect(run('regexp_replace', long, '(a*)*b', 'x')).toBe('x');
    expect(run('regexp_matches', long, '(x+x+)+y')).toBe(false);
  });

  it('count characters, not halves of them', () => {
    expect(run('regexp_full_match', '🦆', '.')).toBe(true);
    expect(run('regexp_replace', 'a🦆b', '', '-', 'g')).toBe('-a-🦆-b-');
    expect(run('regexp_extract', 'x🦆y', '[🦆-🦊]')).toBe('🦆');
  });

  it.each<[string, string, boolean]>([
    ['abc', 'abc', true],
    ['abc', 'a', false],
    ['abc', '%(b|d)%', true],
    ['abc', '(b|c)%', false],
    ['a\nc', 'a_c', true],
    ['aXc', 'a.c', false],
    ['a.c', 'a.c', true],
    ['aaa', 'a{2,3}', true],
    ['a%', 'a\\%', true],
    ['ab', 'a\\%', false],
    ['a^$', 'a^$', true],
    ['d', '[a-d]', true],
    ['é', '[[:alpha:]é]', true],
  ])('%j SIMILAR TO %j is %s', (value, pattern, expected) => {
    expect(run('similar_to', value, pattern)).toBe(expected);
    expect(run('not_similar_to', value, pattern)).toBe(!expected);
  });
});

describe('to_char', () => {
  const moment = at('2020-02-03 16:05:06.078901');

  it.each([
    ['YYYY-MM-DD HH24:MI:SS.US', '2020-02-03 16:05:06.078901'],
    ['HH:MI:SS.MS AM', '04:05:06.078 PM'],
    ['hh12 p.m.', '04 p.m.'],
    ['Day, DDth Month YYYY', 'Monday   , 03rd February  2020'],
    ['FMDay, FMDDth FMMonth YYYY', 'Monday, 3rd February 2020'],
    ['DY Dy dy MON Mon mon', 'MON Mon mon FEB Feb feb'],
    ['Q CC D ID W WW IW IYYY IDDD DDD J', '1 21 2 1 1 05 06 2020 036 034 2458883'],
    ['Y,YYY YYY YY Y I', '2,020 020 20 0 0'],
    ['SSSS RM rm', '57906 II   ii  '],
    ['"YYYY is" YYYY \\"Q', 'YYYY is 2020 "1'],
    ['BC A.D.', 'AD A.D.'],
  ])('%s', (format, expected) => {
    expect(shown('to_char', moment, text(format))).toBe(expected);
  });

  it('writes years before Christ', () => {
    expect(shown('to_char', on('0044-03-15 BC'), text('FMDD Mon YYYY BC'))).toBe('15 Mar 0044 BC');
  });

  it('names patterns that it does not have', () => {
    expect(() => shown('to_char', moment, text('YYYY TZ'))).toThrow(
      "to_char: the pattern 'TZ' in 'YYYY TZ' is not supported",
    );
  });
});

describe('time zones', () => {
  const zoned = (zone: string, moment: string) => shown('timezone', text(zone), at(moment));

  it.each([
    ['UTC', '2020-02-03 04:05:06', '2020-02-03 04:05:06+00'],
    ['+02:00', '2020-02-03 04:05:06', '2020-02-03 02:05:06+00'],
    ['-0330', '2020-02-03 04:05:06', '2020-02-03 07:35:06+00'],
    ['Europe/Berlin', '2020-07-03 04:05:06.5', '2020-07-03 02:05:06.5+00'],
    ['Europe/Berlin', '2020-03-29 02:30:00', '2020-03-29 01:30:00+00'],
    ['Europe/Berlin', '2020-10-25 02:30:00', '2020-10-25 01:30:00+00'],
    ['Asia/Kolkata', '1969-12-31 23:59:59.999999', '1969-12-31 18:29:59.999999+00'],
    ['Europe/Berlin', '0044-03-15 12:00:00 BC', '0044-03-15 11:06:32+00 BC'],
  ])('%s, %s', (zone, moment, expected) => {
    expect(zoned(zone, moment)).toBe(expected);
  });

  it('give back the clock', () => {
    const moment = literal(parseTimestamp('2020-07-03 02:05:06.5', false) as bigint, TIMESTAMPTZ);
    expect(shown('timezone', text('Europe/Berlin'), moment)).toBe('2020-07-03 04:05:06.5');
  });
});

describe('texts', () => {
  it('initcap begins words at letters and digits', () => {
    expect(run('initcap', 'hELLO wORLD foo-bar élan 3rd')).toBe('Hello World Foo-Bar Élan 3rd');
  });

  it('bytes have text forms', () => {
    expect(run('encode', new Uint8Array([0, 255]), 'hex')).toBe('00ff');
    expect(run('decode', '00ff', 'hex')).toEqual(new Uint8Array([0, 255]));
    expect(run('decode', 'YWI=', 'base64')).toEqual(new Uint8Array([97, 98]));
  });
});

describe('structs and maps', () => {
  const pair: SqlType = {
    kind: 'struct',
    fields: [
      { name: 'a', type: INTEGER, nullable: true },
      { name: 'b c', type: VARCHAR, nullable: true },
    ],
  };
  const map: SqlType = { kind: 'map', key: VARCHAR, value: INTEGER };
  const ages = literal(
    [
      ['x', 1],
      ['y', null],
    ],
    map,
  );

  it('have fields', () => {
    const value = literal([1, 'x'], pair);
    expect(evaluateConstant(call('.b c', value))).toBe('x');
    expect(evaluateConstant(call('.a', literal(null, pair)))).toBe(null);
    expect(resolveFunction('.z', [pair])).toBe(null);
    expect(resolveFunction('.a', [INTEGER])).toBe(null);
  });

  it('have entries', () => {
    const get = (name: string, key: string) => evaluateConstant(call(name, ages, text(key)));
    expect([get('[]', 'x'), get('[]', 'y'), get('[]', 'z')]).toEqual([1, null, null]);
    expect([get('element_at', 'x'), get('element_at', 'y'), get('map_extract', 'z')]).toEqual([[1], [null], []]);
    expect([get('map_contains', 'y'), get('map_contains', 'z')]).toEqual([true, false]);
    expect(evaluateConstant(call('map_keys', ages))).toEqual(['x', 'y']);
    expect(evaluateConstant(call('map_values', ages))).toEqual([1, null]);
    expect(evaluateConstant(call('cardinality', ages))).toBe(2n);
    expect(shown('map_entries', ages)).toBe("[{'key': x, 'value': 1}, {'key': y, 'value': NULL}]");
  });

  it('are cast part by part', () => {
    const wide: SqlType = { kind: 'map', key: VARCHAR, value: DOUBLE };
    expect(evaluateConstant({ kind: 'cast', input: ages, type: wide, try: false })).toEqual([
      ['x', 1],
      ['y', null],
    ]);
    const lists = literal([['1', null], null], { kind: 'list', element: { kind: 'list', element: VARCHAR } });
    const numbers: SqlType = { kind: 'list', element: { kind: 'list', element: INTEGER } };
    expect(evaluateConstant({ kind: 'cast', input: lists, type: numbers, try: false })).toEqual([[1, null], null]);
    const keys: SqlType = { kind: 'map', key: INTEGER, value: INTEGER };
    const doubled = literal(
      [
        ['1', 1],
        ['01', 2],
      ],
      map,
    );
    expect(() => evaluateConstant({ kind: 'cast', input: doubled, type: keys, try: false })).toThrow(
      "cannot cast '{1=1, 01=2}' to map(integer, integer)",
    );
  });
});

describe('single_row', () => {
  it('gives its value for one row or none', () => {
    expect(run('single_row', 'a', 1)).toBe('a');
    expect(run('single_row', 'a', 0)).toBe('a');
    expect(run('single_row', 'a', 0n)).toBe('a');
  });

  it('raises for more, whatever the value', () => {
    expect(messageOf(() => run('single_row', 'a', 2))).toBe('a query inside an expression gave more than one row');
    expect(messageOf(() => run('single_row', null, 3))).toBe('a query inside an expression gave more than one row');
  });
});
