import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { likeMatcher } from './like.ts';

describe('LIKE', () => {
  it.each([
    ['%', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a%', 'abc', true],
    ['%c', 'abc', true],
    ['%b%', 'abc', true],
    ['a%b%c', 'aXbYc', true],
    ['ab%ba', 'aba', false],
    ['_', '😀', true],
    ['__', '😀', false],
    ['\\%', '%', true],
    ['\\%', 'x', false],
    ['a\\_c', 'abc', false],
    ['%special%requests%', 'the special deposits and requests', true],
    ['%\n%', 'a\nb', true],
    ['.', 'a', false],
  ])('%j matches %j: %s', (pattern, text, expected) => {
    expect(likeMatcher(pattern, '\\')(text)).toBe(expected);
  });

  it('takes any one character as escape, or none', () => {
    expect(likeMatcher('a#%', '#')('a%')).toBe(true);
    expect(likeMatcher('a\\%', '')('a\\bc')).toBe(true);
  });

  it('refuses a bad escape', () => {
    expect(() => likeMatcher('abc\\', '\\')).toThrow("LIKE pattern 'abc\\' ends in its escape character");
    expect(() => likeMatcher('abc', '##')).toThrow("LIKE escape '##' is not one character");
  });

  it('agrees with regular expressions on random patterns', () => {
    const random = seededRandom(3);
    const from = (letters: string, length: number) =>
      Array.from(
        { length: Math.floor(random.next() * length) },
        () => letters[Math.floor(random.next() * letters.length)],
      ).join('');
    for (let i = 0; i < 5000; i++) {
      const pattern = from('ab%_', 7);
      const text = from('ab', 9);
      const regex = new RegExp(`^${pattern.replaceAll('%', '.*').replaceAll('_', '.')}$`, 's');
      expect(likeMatcher(pattern, '\\')(text), `${pattern} on ${text}`).toBe(regex.test(text));
    }
  });

  it('does not backtrack', () => {
    const matches = likeMatcher(`${'%a_'.repeat(30)}%b`, '\\');
    expect(matches('a'.repeat(20_000))).toBe(false);
  });
});
