import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../common/clock.ts';
import { ratioToDouble, ratioToReal } from './exact-ratio.ts';

/** Reads "a.b" and "aEb" exactly; the runtime's own text-to-double conversion is correctly rounded by the ECMAScript standard. */
function ratioOf(text: string): [bigint, bigint] {
  const [, digits, fraction, exponent] = /^(-?\d+)(?:\.(\d+))?(?:e([-+]?\d+))?$/.exec(text) as RegExpExecArray;
  const scale = Number(exponent ?? 0) - (fraction ?? '').length;
  const unscaled = BigInt(`${digits}${fraction ?? ''}`);
  return scale >= 0 ? [unscaled * 10n ** BigInt(scale), 1n] : [unscaled, 10n ** BigInt(-scale)];
}

describe('ratioToDouble', () => {
  it.each([
    '0.1',
    '-0.3',
    '2.2250738585072011e-308',
    '2.2250738585072012e-308',
    '2.2250738585072014e-308',
    '4.9406564584124654e-324',
    '2.4703282292062327e-324',
    '2.4703282292062328e-324',
    '1.7976931348623157e308',
    '1.7976931348623158e308',
    '1.7976931348623159e308',
    '9007199254740993',
    '9007199254740992.9999999999999999999999',
    '9007199254740993.0000000000000000000001',
    '6929495644600919.5',
    '3.518437208883201171875e13',
    '62.5364939768271845828',
    '8.10109172351e-10',
    '1.50000000000000011102230246251565',
    '1.50000000000000011102230246251566',
    '1.00000000000000011102230246251565404236316680908203125',
    '1.00000000000000033306690738754696212708950042724609375',
    '100000000000000016777215',
    '100000000000000016777216',
    '0.000000000000000000000000000000000000001',
  ])('rounds %s as the standard does', (text) => {
    expect(ratioToDouble(...ratioOf(text))).toBe(Number(text));
  });

  it('rounds ties to even', () => {
    expect(ratioToDouble(2n ** 53n + 1n, 1n)).toBe(2 ** 53);
    expect(ratioToDouble(2n ** 53n + 3n, 1n)).toBe(2 ** 53 + 4);
    expect(ratioToDouble((2n ** 54n + 2n) * 3n, 6n)).toBe(2 ** 53);
    expect(ratioToDouble((2n ** 54n + 2n) * 3n + 1n, 6n)).toBe(2 ** 53 + 2);
    expect(ratioToDouble(1n, 2n ** 1075n)).toBe(0);
    expect(ratioToDouble(3n, 2n ** 1075n)).toBe(2 * Number.MIN_VALUE);
  });

  it('keeps the sign, whichever side it is on', () => {
    expect(ratioToDouble(-1n, 3n)).toBe(-1 / 3);
    expect(ratioToDouble(1n, -3n)).toBe(-1 / 3);
    expect(ratioToDouble(-(10n ** 400n), 3n * 10n ** 390n)).toBe(-1e10 / 3);
  });

  it('agrees with the conversion of random decimal texts', () => {
    const random = seededRandom(7);
    for (let i = 0; i < 3000; i++) {
      const digits = Array.from({ length: 1 + Math.floor(random.next() * 25) }, () => Math.floor(random.next() * 10));
      const exponent = Math.floor(random.next() * 660) - 350;
      const text = `${digits.join('')}e${exponent}`;
      expect(ratioToDouble(...ratioOf(text)), text).toBe(Number(text));
    }
  });
});

describe('ratioToReal', () => {
  it('rounds once where rounding to double first would round twice', () => {
    const justAboveTie = 2n ** 60n + 2n ** 36n + 1n;
    expect(Math.fround(Number(justAboveTie))).toBe(2 ** 60);
    expect(ratioToReal(justAboveTie, 1n)).toBe(2 ** 60 + 2 ** 37);
  });

  it('is the nearest real', () => {
    const random = seededRandom(11);
    for (let i = 0; i < 1000; i++) {
      const [a, b] = [Math.floor(random.next() * 1e6) + 1, Math.floor(random.next() * 1e6) + 1];
      expect(ratioToReal(BigInt(a), BigInt(b))).toBe(Math.fround(a / b));
    }
    expect(ratioToReal(10n ** 39n, 1n)).toBe(Number.POSITIVE_INFINITY);
    expect(ratioToReal(1n, 2n ** 149n)).toBe(2 ** -149);
  });
});
