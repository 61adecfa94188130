const DOUBLE = { bits: 53, minExponent: -1074, max: 1024 };
const REAL = { bits: 24, minExponent: -149, max: 128 };

type Format = typeof DOUBLE;

/** Powers of ten up to this one are exact in a double. */
const EXACT_POWER = 10n ** 22n;
const EXACT_INTEGER = 1n << 53n;

/**
 * numerator / denominator as the nearest double, ties to even: the exact quotient rounded once. Past the largest double it
 * is an infinity. The denominator is not zero.
 */
export function ratioToDouble(numerator: bigint, denominator: bigint): number {
  if (denominator < 0n) return ratioToDouble(-numerator, -denominator);
  if (numerator <= EXACT_INTEGER && numerator >= -EXACT_INTEGER) {
    if (denominator <= EXACT_INTEGER) return Number(numerator) / Number(denominator);
    if (denominator === EXACT_POWER) return Number(numerator) / 1e22;
  }
  return round(numerator, denominator, DOUBLE);
}

/** The same for real. */
export function ratioToReal(numerator: bigint, denominator: bigint): number {
  return denominator < 0n ? round(-numerator, -denominator, REAL) : round(numerator, denominator, REAL);
}

function bitLength(n: bigint): number {
  return n === 0n ? 0 : n.toString(16).length * 4 - Math.clz32(Number.parseInt(n.toString(16)[0] as string, 16)) + 28;
}

/**
 * Scales by a power of two so that the integer quotient has at least bits + 2 bits, then rounds its tail, the remainder
 * being a sticky bit. `minExponent` is that of the least significant bit of a subnormal.
 */
function round(numerator: bigint, denominator: bigint, format: Format): number {
  if (numerator < 0n) return -round(-numerator, denominator, format);
  if (numerator === 0n) return 0;
  const shift = format.bits + 2 - (bitLength(numerator) - bitLength(denominator));
  const scaled = shift >= 0 ? numerator << BigInt(shift) : numerator;
  const divisor = shift >= 0 ? denominator : denominator << BigInt(-shift);
  const quotient = scaled / divisor;
  const sticky = scaled % divisor !== 0n;

  const exponent = Math.max(bitLength(quotient) - shift - format.bits, format.minExponent);
  const drop = BigInt(exponent + shift);
  const half = 1n << (drop - 1n);
  const tail = quotient & ((half << 1n) - 1n);
  let mantissa = quotient >> drop;
  if (tail > half || (tail === half && (sticky || (mantissa & 1n) === 1n))) mantissa += 1n;
  if (bitLength(mantissa) + exponent > format.max) return Number.POSITIVE_INFINITY;
  return Number(mantissa) * 2 ** exponent;
}
