import { describe, expect, it } from 'vitest';
import {
  parseDate,
  parseDouble,
  parseInterval,
  parseNumber,
  parseTime,
  parseTimestamp,
  parseUuid,
} from './parse-value.ts';

it('takes white space around a number', () => {
  expect(parseNumber(' \t\u00a0-1.50e2\n')).toEqual({ unscaled: -150n, scale: 0 });
  expect(parseNumber('1 2')).toBeNull();
  expect(parseNumber('  ')).toBeNull();
});

describe('text of any length that is no value is refused in linear time', () => {
  const LENGTH = 1_000_000;
  const parsers = { parseNumber, parseDouble, parseDate, parseTime, parseInterval, parseUuid };
  for (const [name, parse] of Object.entries(parsers)) {
    it.each([
      ['spaces', ' ', 'x'],
      ['digits', '1', 'x'],
      ['spaces behind a digit', `1${' '.repeat(LENGTH)}`, 'x'],
      ['spaces behind a date', `2020-01-01${' '.repeat(LENGTH)}`, 'x'],
      ['Ts behind a date', `2020-01-01${'T'.repeat(LENGTH)}`, 'x'],
    ])(`${name}: %s`, (_, fill, end) => {
      expect(parse((fill.length === 1 ? fill.repeat(LENGTH) : fill) + end)).toBeNull();
    });
  }

  it('parseTimestamp', () => {
    expect(parseTimestamp(`2020-01-01 00:00${' '.repeat(LENGTH)}x`, true)).toBeNull();
  });
});
