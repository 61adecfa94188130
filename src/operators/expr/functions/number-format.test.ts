import { describe, expect, it } from 'vitest';
import { parseNumber } from '../parse-value.ts';
import { formattedNumber } from './number-format.ts';

/** The examples of PostgreSQL's documentation, and what it answers at the edges. */
const CASES: readonly (readonly [number: string, format: string, text: string])[] = [
  ['-0.1', '99.99', '  -.10'],
  ['-0.1', 'FM9.99', '-.1'],
  ['-0.1', 'FM90.99', '-0.1'],
  ['0.1', '0.9', ' 0.1'],
  ['0.1', '.99', ' .10'],
  ['0', '9', ' 0'],
  ['0', '999', '   0'],
  ['0', '9.99', '  .00'],
  ['0', 'FM9.99', '0.'],
  ['12', '9990999.9', '    0012.0'],
  ['12', 'FM9990999.9', '0012.'],
  ['485', '999', ' 485'],
  ['-485', '999', '-485'],
  ['485', '9 9 9', ' 4 8 5'],
  ['1485', '9,999', ' 1,485'],
  ['485', '9,999', '   485'],
  ['485', 'FM9,999', '485'],
  ['148.5', '999.999', ' 148.500'],
  ['148.5', 'FM999.999', '148.5'],
  ['148.5', 'FM999.990', '148.500'],
  ['3148.5', '9G999D999', ' 3,148.500'],
  ['-485', '999S', '485-'],
  ['12', 'S9999', '  +12'],
  ['-485', '999MI', '485-'],
  ['485', '999MI', '485 '],
  ['485', 'FM999MI', '485'],
  ['-485', 'MI999', '-485'],
  ['-485', '999PR', '<485>'],
  ['485', '999PR', ' 485 '],
  ['485', 'RN', '        CDLXXXV'],
  ['485', 'FMRN', 'CDLXXXV'],
  ['485', 'FMrn', 'cdlxxxv'],
  ['5.2', 'FMRN', 'V'],
  ['4000', 'RN', '###############'],
  ['482', '999th', ' 482nd'],
  ['485', '"Good number:"999', 'Good number: 485'],
  ['485.8', '"Pre:"999" Post:" .999', 'Pre: 485 Post: .800'],
  ['12', '99V999', ' 12000'],
  ['12.4', '99V999', ' 12400'],
  ['12.45', '99V9', ' 125'],
  ['0.0004859', '9.99EEEE', ' 4.86e-04'],
  ['-9.996', '9.99EEEE', '-1.00e+01'],
  ['0', '9.9EEEE', ' 0.0e+00'],
  ['1485', '999', ' ###'],
  ['1485.5', '99.9', ' ##.#'],
  ['2.345', '9.99', ' 2.35'],
  ['-0.001', '9.99', '  .00'],
  ['99999999999999999999999999999999999999', 'FM99999999999999999999999999999999999999', '9'.repeat(38)],
];

it.each(CASES)('%s as %s', (number, format, text) => {
  expect(formattedNumber(parseNumber(number)!, format)).toBe(text);
});

describe('refuses', () => {
  it.each([
    ['L999', "to_char: the pattern 'L' in 'L999' is not supported"],
    ['PL999', "to_char: the pattern 'PL' in 'PL999' is not supported"],
    ['9.9.9', "to_char: a second point in '9.9.9' is not supported"],
    ['9.9V9', "to_char: V behind a point in '9.9V9' is not supported"],
    ['99EEEE', "to_char: EEEE beside other than one digit, a point and digits in '99EEEE' is not supported"],
  ])('%s', (format, message) => {
    expect(() => formattedNumber({ unscaled: 1n, scale: 0 }, format)).toThrow(message);
  });
});
